"""Writes behind the coverage page: numbers of inhabitants, and the group into which members of another move."""

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.audit.services import AuditAction, record_actions
from binhyen.bulletins import coverage_queries, manual_queries
from binhyen.bulletins.models import ManualGroup, Population
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.text import to_name_key
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor


@transaction.atomic
def save_population(
    *, commune: areas.CommuneEntry, people_by_name: Mapping[str, int], officer: Officer, now: dt.datetime
) -> tuple[int, list[str]]:
    """Store the inhabitants of villages by name; return (number stored, names that are no village of the commune)."""
    visible = access.visibility(officer)
    if not access.officer_may(officer, Permission.APPROVE_BULLETINS) or not (
        visible.province or visible.unit_id == commune.unit_id
    ):
        raise RuleViolation(_("Bạn không có quyền làm việc này."))
    places = areas.list_villages_of_commune(commune.area_id, to_vietnam_day(now))
    by_key = {to_name_key(name): place.area_id for place in places for name in (place.name, place.full_name)}
    by_key[to_name_key(commune.full_name)] = commune.area_id
    stored, unknown = {}, []
    for name, people in people_by_name.items():
        area = by_key.get(to_name_key(name))
        if area is None:
            unknown.append(name)
        else:
            stored[area] = people
    for area, people in stored.items():
        fields = {"people": people, "officer": officer, "changed_at": now}
        Population.objects.update_or_create(area_id=area, defaults=fields)
    if stored:
        entry = AuditAction(get_audit_actor(officer), "population.saved", f"commune:{commune.code}", commune.unit_id)
        record_actions([entry], now=now)
    return len(stored), unknown


@transaction.atomic
def choose_successor(*, public_id: UUID, group: UUID | None, officer: Officer, now: dt.datetime) -> ManualGroup:
    """Set the account's group into which the members of a group run by hand move; None ends the move."""
    row = manual_queries.get_manual_group(officer, public_id)
    successor = coverage_queries.find_group(officer, group) if group else None
    if group is not None and (successor is None or successor.unit_id != row.unit_id or not successor.link):
        raise RuleViolation(_("Hãy chọn một nhóm trong danh sách."))
    row.successor = successor
    row.save(update_fields=["successor"])
    entry = AuditAction(get_audit_actor(officer), "manual_group.moving", f"manual_group:{row.public_id}", row.unit_id)
    record_actions([entry], now=now)
    return row
