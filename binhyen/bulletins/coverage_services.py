"""Writes on areas: numbers of inhabitants, the group into which members of another move, telephones of stations."""

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.audit.services import AuditAction, record_actions
from binhyen.bulletins import coverage_queries, manual_queries
from binhyen.bulletins.models import ManualGroup, Population, Station
from binhyen.bulletins.rules import parse_station_phone
from binhyen.channels.services.quarantine import publish_contact
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.text import collapse_spaces, to_name_key, to_nfc
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


# Writes of stations: telephone and address on the public page of an area.

MAX_ADDRESS_LENGTH = 160


@transaction.atomic
def change_station(*, phone: str, address: str, officer: Officer, now: dt.datetime) -> Station:
    """Set telephone and address of the officer's own unit; outbound DLP lets the number pass from now on."""
    if not access.officer_may(officer, Permission.APPROVE_BULLETINS):
        raise RuleViolation(_("Bạn không có quyền làm việc này."))
    digits, address = parse_station_phone(phone), collapse_spaces(to_nfc(address))
    if not digits:
        raise RuleViolation(_("Số điện thoại chưa đúng, ví dụ 0239 384 6113."))
    if not 5 <= len(address) <= MAX_ADDRESS_LENGTH:
        raise RuleViolation(_("Địa chỉ dài từ 5 đến {n} ký tự.").format(n=MAX_ADDRESS_LENGTH))
    fields = {"phone": digits, "address": address, "officer": officer, "changed_at": now}
    row, _created = Station.objects.update_or_create(unit=officer.unit, defaults=fields)
    publish_contact(unit_id=officer.unit_id, value=digits, officer=officer, now=now)
    entry = AuditAction(get_audit_actor(officer), "station.changed", f"station:{officer.unit.code}", officer.unit_id)
    record_actions([entry], now=now)
    return row
