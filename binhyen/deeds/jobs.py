"""Retention of good deeds: name and texts go when the consent ends, in the nightly sweep of privacy."""

from binhyen.deeds import queries, services
from binhyen.privacy.retention_registry import Retention, register_retention

register_retention(Retention("deed", queries.get_deed_retention_status, services.erase_ended_deeds))
