"""Retention of help for people in hardship, in the nightly sweep of privacy."""

from binhyen.aid import queries, services
from binhyen.privacy.retention_registry import Retention, register_retention

register_retention(Retention("aid", queries.get_aid_retention_status, services.delete_expired_aid))
