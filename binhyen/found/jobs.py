"""Retention of found things: they go with the content of their case, in the nightly sweep of privacy."""

from binhyen.found import queries, services
from binhyen.privacy.retention_registry import Retention, register_retention

register_retention(Retention("found", queries.get_item_retention_status, services.delete_erased_items))
