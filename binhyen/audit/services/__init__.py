"""Services of the audit log: write entries, chain, sign and publish them."""

from binhyen.audit.services.recording import Act, as_json, record, saw

__all__ = ["Act", "as_json", "record", "saw"]
