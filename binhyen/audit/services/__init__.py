"""Write entries, give them their place, sign the book and hand it out."""

from binhyen.audit.services.recording import Act, as_json, record, saw

__all__ = ["Act", "as_json", "record", "saw"]
