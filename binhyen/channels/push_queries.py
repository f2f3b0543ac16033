"""Reads of web push for screens: own devices, and which officers of a unit would hear an alarm on their phone."""

import datetime as dt
from dataclasses import dataclass

from binhyen.channels.models import PushSubscription
from binhyen.people.models import DutyPhone, Officer
from binhyen.people.queries import list_ids_on_duty, list_officers_for_duty
from binhyen.ui.formatting import format_phone


def list_own_devices(officer: Officer) -> list[PushSubscription]:
    """List the officer's own subscriptions, newest first, without their sealed address."""
    rows = PushSubscription.objects.filter(officer=officer, ended_at=None).only("public_id", "browser", "made_at")
    return list(rows.order_by("-pk"))


@dataclass(frozen=True, slots=True)
class OfficerReach:
    """How an officer is reached by an alarm. `phone`: "" where none is stored."""

    name: str
    role: str
    is_on_duty: bool
    has_device: bool
    phone: str


def list_unit_reach(unit_id: int, *, now: dt.datetime) -> list[OfficerReach]:
    """List how each alarmed officer of a unit is reached; officers on duty and those without a device first."""
    officers, on_duty = list_officers_for_duty(unit_id), list_ids_on_duty(unit_id, now)
    subscribed = set(
        PushSubscription.objects.filter(officer__in=[o.pk for o in officers], ended_at=None).values_list(
            "officer_id", flat=True
        )
    )
    phones = dict(DutyPhone.objects.filter(officer__in=[o.pk for o in officers]).values_list("officer_id", "phone"))
    rows = [
        OfficerReach(o.name, o.role_label, o.pk in on_duty, o.pk in subscribed, format_phone(phones.get(o.pk, "")))
        for o in officers
    ]
    return sorted(rows, key=lambda row: (not row.is_on_duty, row.has_device))
