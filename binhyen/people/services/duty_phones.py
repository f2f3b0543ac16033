"""The telephone number of an officer for alarms that no officer acknowledges."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.people.errors import RuleViolation
from binhyen.people.models import DutyPhone, Officer
from binhyen.people.services.sessions import get_audit_actor

_LENGTHS = range(8, 12)  # digits of a Vietnamese number: land line to mobile


@transaction.atomic
def set_duty_phone(*, officer: Officer, phone: str, now: dt.datetime) -> None:
    """Store or, for an empty text, delete the own number. Raises RuleViolation."""
    digits = "".join(char for char in phone if char not in " .-()")
    digits = "0" + digits[3:] if digits.startswith("+84") else digits
    actor = get_audit_actor(officer)
    if not digits:
        if DutyPhone.objects.filter(officer=officer).delete()[0]:
            record_actions([AuditAction(actor, "duty_phone_removed", actor, officer.unit_id)], now=now)
        return
    if not (digits.isascii() and digits.isdigit() and digits.startswith("0") and len(digits) in _LENGTHS):
        raise RuleViolation(_("Số điện thoại bắt đầu bằng 0, có 8 đến 11 chữ số."))
    DutyPhone.objects.update_or_create(officer=officer, defaults={"phone": digits, "changed_at": now})
    record_actions([AuditAction(actor, "duty_phone_set", actor, officer.unit_id)], now=now)
