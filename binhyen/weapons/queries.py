"""Reads of weapons handed in: officers see the records of their cases, names and places where custody is visible."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Max, Prefetch, Q, QuerySet, Sum

from binhyen.cases.models import Case
from binhyen.kit.ids import normalize_code
from binhyen.kit.keyset_pagination import Page, paginate_descending
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.privacy.config import get_retention_span
from binhyen.privacy.retention_registry import RetentionStatus
from binhyen.weapons.models import (
    Weapon,
    WeaponAppointment,
    WeaponCampaign,
    WeaponCustody,
    WeaponReceipt,
    WeaponRecord,
)
from binhyen.weapons.rules import MIN_SERIAL_LENGTH, Measure, WeaponKind, normalize_serial

PAGE_SIZE = 30
WEAPON_CATEGORY = "weapon_handover"


def list_weapon_records(officer: Any, *, search: str = "", cursor: str = "") -> Page[WeaponRecord]:
    """Return the records of the cases visible to the officer, newest first, with their weapons."""
    rows = _select_records(officer).filter(_match_search(search)).select_related("case", "case__unit")
    weapons = Prefetch("weapons", Weapon.objects.order_by("pk"))
    return paginate_descending("weapons", rows.prefetch_related(weapons), ("id",), cursor=cursor, limit=PAGE_SIZE)


def _select_records(officer: Any) -> "QuerySet[WeaponRecord]":
    return WeaponRecord.objects.filter(access.filter_cases(officer, "case__"))


def _match_search(search: str) -> Q:
    """Match the record's code, words of the description or a serial number in any notation."""
    if not search:
        return Q()
    condition = Q(code=normalize_code(search)[:8])
    matching = Q(description__icontains=search)
    if len(serial_key := normalize_serial(search)) >= MIN_SERIAL_LENGTH:
        matching |= Q(serial_key__contains=serial_key)
    return condition | Q(pk__in=Weapon.objects.filter(matching).values("record"))


def find_weapon_record(officer: Any, public_id: UUID) -> WeaponRecord | None:
    """Return a record with its case; None where it is not visible to the officer."""
    rows = _select_records(officer).filter(public_id=public_id)
    return rows.select_related("case", "case__unit", "officer").first()


def find_weapon_record_of_case(officer: Any, case_id: int) -> WeaponRecord | None:
    return _select_records(officer).filter(case_id=case_id).first()


def can_see_custody(officer: Any, record: WeaponRecord) -> bool:
    """Return whether names and storage places of a visible record are shown, and its custody may be written."""
    return WeaponRecord.objects.filter(access.filter_weapon_custody(officer), pk=record.pk).exists()


def list_weapons(record: WeaponRecord) -> list[Weapon]:
    return list(record.weapons.order_by("pk"))


def list_custody(officer: Any, record: WeaponRecord) -> Mapping[int, list[WeaponCustody]]:
    """Return the steps of each weapon of a record, oldest first; empty where custody is not visible."""
    visible = access.filter_weapon_custody(officer, "weapon__record__")
    rows = WeaponCustody.objects.filter(visible, weapon__record=record).select_related("officer")
    steps: dict[int, list[WeaponCustody]] = {}
    for row in rows.order_by("weapon_id", "number"):
        steps.setdefault(row.weapon_id, []).append(row)
    return steps


def find_receipt(officer: Any, record: WeaponRecord) -> WeaponReceipt | None:
    """Return the receipt of a record; None where custody is not visible."""
    visible = access.filter_weapon_custody(officer, "record__")
    return WeaponReceipt.objects.filter(visible, record=record).select_related("officer").first()


def find_same_serial(serial: str, kind: str) -> Weapon | None:
    """Return a weapon of any unit in custody with the same serial number in any notation."""
    serial_key = normalize_serial(serial)
    if len(serial_key) < MIN_SERIAL_LENGTH:
        return None
    with rls_scope(PROGRAM_SCOPE):
        rows = Weapon.objects.filter(serial_key=serial_key, kind=kind, ended_at=None).select_related("record")
        return rows.order_by("pk").first()


def list_appointments(officer: Any, *, today: dt.date, case_id: int | None = None) -> Sequence[WeaponAppointment]:
    """Return coming appointments of the officer's open cases, or all of one case, soonest first."""
    rows = WeaponAppointment.objects.filter(access.filter_cases(officer, "case__"))
    rows = rows.filter(day__gte=today, case__is_open=True) if case_id is None else rows.filter(case_id=case_id)
    return list(rows.select_related("case", "case__unit").order_by("day", "pk")[:PAGE_SIZE])


def find_appointment(officer: Any, public_id: UUID) -> WeaponAppointment | None:
    rows = WeaponAppointment.objects.filter(access.filter_cases(officer, "case__"), public_id=public_id)
    return rows.select_related("case").first()


@dataclass(frozen=True, slots=True)
class CampaignCounts:
    """Counters of a campaign: cases, and quantities by kind and measure."""

    cases: int
    quantities: Mapping[tuple[WeaponKind, Measure], int]


def list_campaigns(officer: Any) -> list[tuple[WeaponCampaign, CampaignCounts]]:
    """Return the campaigns of the officer's unit and of the province, newest first, each with what the officer sees."""
    if not access.officer_may(officer, Permission.READ_LEDGER):
        return []
    rows = WeaponCampaign.objects.select_related("unit").order_by("-starts_on", "-pk")
    if not access.visibility(officer).province:
        rows = rows.filter(Q(unit=officer.unit_id) | Q(unit__level="PROVINCE"))
    visible = access.filter_cases(officer, "case__")
    return [(campaign, _count_campaign(campaign, visible)) for campaign in rows[:PAGE_SIZE]]


def list_public_campaigns(*, today: dt.date) -> list[tuple[WeaponCampaign, CampaignCounts]]:
    """Return the province's campaigns of these days with their totals; no place, no name."""
    rows = WeaponCampaign.objects.filter(unit__level="PROVINCE", starts_on__lte=today, ends_on__gte=today)
    rows = rows.select_related("unit")
    with rls_scope(PROGRAM_SCOPE):
        return [(campaign, _count_campaign(campaign, Q())) for campaign in rows.order_by("ends_on", "pk")[:3]]


def _count_campaign(campaign: WeaponCampaign, visible: Q) -> CampaignCounts:
    """Count the completed records in the days of a campaign, of its unit or, for the province, of all."""
    records = WeaponRecord.objects.filter(
        visible, completed_on__range=(campaign.starts_on, campaign.ends_on), case__is_restricted=False
    )
    if campaign.unit.level != "PROVINCE":
        records = records.filter(case__unit=campaign.unit_id)
    weapons = Weapon.objects.filter(record__in=records.values("pk")).values_list("kind", "measure")
    rows = weapons.annotate(total=Sum("quantity")).order_by("kind", "measure")
    return CampaignCounts(
        records.count(), {(WeaponKind(kind), Measure(measure)): total for kind, measure, total in rows}
    )


def list_expired_records(now: dt.datetime) -> "QuerySet[WeaponRecord]":
    """Return the records whose last weapon left custody longer ago than the retention period."""
    in_custody = Weapon.objects.filter(ended_at=None).values("record")
    last_end = WeaponRecord.objects.annotate(last_end=Max("weapons__ended_at"))
    return last_end.filter(last_end__lte=now - get_retention_span("weapon")).exclude(pk__in=in_custody)


def get_weapon_retention_status(now: dt.datetime) -> RetentionStatus:
    first = WeaponRecord.objects.order_by("at").values_list("at", flat=True).first()
    return RetentionStatus(WeaponRecord.objects.count(), list_expired_records(now).count(), first)


def is_registrable_weapon_case(case: Case) -> bool:
    """Return whether weapons may be entered for this case."""
    return case.category == WEAPON_CATEGORY and case.is_open and not case.is_restricted


def may_run_campaigns(officer: Officer) -> bool:
    return access.officer_may(officer, Permission.KEEP_WEAPONS)
