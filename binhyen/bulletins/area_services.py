"""Writes of stations: telephone and address on the public page of an area."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.bulletins.models import Station
from binhyen.bulletins.rules import parse_station_phone
from binhyen.channels.services.quarantine import publish_contact
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor

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
