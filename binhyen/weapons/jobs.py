"""Retention of weapons: records go some years after their last weapon left custody, in the sweep of privacy."""

from binhyen.privacy.retention_registry import Retention, register_retention
from binhyen.weapons import queries, services

register_retention(Retention("weapon", queries.get_weapon_retention_status, services.delete_expired_records))
