"""Services of the audit log: write entries, chain, sign and publish them."""

from binhyen.audit.services.recording import AuditAction, encode_actions, record_actions, record_read

__all__ = ["AuditAction", "encode_actions", "record_actions", "record_read"]
