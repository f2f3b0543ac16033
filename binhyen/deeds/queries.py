"""Reads of good deeds: those of the cases an officer may see; the public roll of the year; a school's letter."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from binhyen.areas.queries import get_directory
from binhyen.consents.models import Consent
from binhyen.consents.rules import Purpose, is_in_force
from binhyen.consents.services import list_case_consents
from binhyen.deeds.models import Deed
from binhyen.deeds.rules import DeedState
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import hash_token
from binhyen.kit.keyset_pagination import Page, paginate_descending
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.people import access
from binhyen.privacy.config import get_retention_span
from binhyen.privacy.retention_registry import RetentionStatus

PAGE_SIZE = 30
_YEAR_LENGTH = 4


def list_deeds(officer: Any, *, cursor: str = "") -> Page[Deed]:
    """Return the deeds of the cases visible to the officer, newest first."""
    rows = _select_deeds(officer).select_related("case", "consent")
    return paginate_descending("deeds", rows, ("id",), cursor=cursor, limit=PAGE_SIZE)


def _select_deeds(officer: Any) -> "QuerySet[Deed]":
    return Deed.objects.filter(access.filter_cases(officer, "case__"))


def find_deed(officer: Any, public_id: UUID) -> Deed | None:
    rows = _select_deeds(officer).filter(public_id=public_id)
    return rows.select_related("case", "case__unit", "consent", "author", "decided_by").first()


def find_newest_public_deed(case_id: int, *, today: dt.date) -> Deed | None:
    """Return the newest deed of a case, which the caller may see, whose person may be named now."""
    return Deed.objects.filter(_build_public_filter(today), case=case_id).order_by("-pk").first()


def select_deeds_to_recall(today: dt.date) -> "QuerySet[Deed]":
    """Select the deeds with bulletins whose person may not be named any more."""
    public = Deed.objects.filter(_build_public_filter(today)).values("pk")
    return Deed.objects.exclude(bulletin_codes=[]).exclude(pk__in=public)


def list_praise_consents(officer: Any, case_id: int, *, today: dt.date) -> list[Consent]:
    """Return the consents of a case that allow a person to be named and that no deed uses yet."""
    used = set(Deed.objects.filter(case=case_id, consent__isnull=False).values_list("consent", flat=True))
    return [
        consent
        for consent in list_case_consents(officer, case_id)
        if consent.purpose == Purpose.PRAISE and consent.pk not in used and is_in_force(consent.facts, today)
    ]


def is_public(deed: Deed, *, today: dt.date) -> bool:
    """Return whether the person may be named now: approved, and the consent lasts."""
    consent = deed.consent
    return (
        deed.state == DeedState.APPROVED
        and deed.erased_at is None
        and consent is not None
        and is_in_force(consent.facts, today)
    )


def _build_public_filter(today: dt.date) -> Q:
    """Return the condition of `is_public` for the database."""
    return Q(
        Q(consent__until=None) | Q(consent__until__gte=today),
        state=DeedState.APPROVED,
        erased_at=None,
        consent__isnull=False,
        consent__withdrawn_at=None,
    )


@dataclass(frozen=True, slots=True)
class PublicDeed:
    """A line of the public roll."""

    person_name: str
    kind: str
    text: str
    school: str
    school_class: str
    commune: str
    approved_on: dt.date


def list_roll(
    year: int, *, today: dt.date, commune_code: str = "", search: str = "", cursor: str = ""
) -> tuple[list[PublicDeed], str]:
    """Return a page of the roll of a year and the cursor of the next one. `search`: words of school or name."""
    rows = Deed.objects.filter(_build_public_filter(today), approved_on__year=year)
    if (entry := get_directory().communes.get(commune_code)) is not None:
        rows = rows.filter(commune_id=entry.area_id)
    if search:
        rows = rows.filter(Q(school__icontains=search) | Q(person_name__icontains=search))
    with rls_scope(PROGRAM_SCOPE):
        page = paginate_descending("deed_roll", rows, ("id",), cursor=cursor, limit=PAGE_SIZE)
    names = {entry.area_id: entry.full_name for entry in get_directory().communes.values()}
    return [
        PublicDeed(
            person_name=row.person_name,
            kind=row.kind,
            text=row.text,
            school=row.school,
            school_class=row.school_class,
            commune=names.get(row.commune_id or 0, ""),
            approved_on=row.approved_on or today,
        )
        for row in page.rows
    ], page.next


def list_roll_years(*, today: dt.date) -> list[int]:
    """Return the years with public deeds, newest first; always the present one."""
    with rls_scope(PROGRAM_SCOPE):
        days = Deed.objects.filter(_build_public_filter(today)).dates("approved_on", "year", order="DESC")
        years = [day.year for day in days]
    return years if today.year in years else [today.year, *years]


def parse_year(text: str, *, today: dt.date) -> int:
    """Return the year of an address; the present one for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) == _YEAR_LENGTH and int(text) else today.year


def find_school_deed(link: str) -> Deed | None:
    """Return the deed of the holder of a school's link."""
    with rls_scope(PROGRAM_SCOPE):
        rows = Deed.objects.filter(link_hash=hash_token(link)).select_related("case", "case__unit", "consent")
        return rows.first()


def list_commended_days(case_ids: Any) -> dict[int, dt.date]:
    """Return the day of the first approved deed of each of these cases that has one."""
    rows = Deed.objects.filter(case__in=case_ids, state=DeedState.APPROVED, approved_on__isnull=False)
    days: dict[int, dt.date] = {}
    for case_id, day in rows.order_by("-approved_on").values_list("case_id", "approved_on"):
        if day is not None:
            days[case_id] = day
    return days


def list_deeds_to_erase(now: dt.datetime) -> "QuerySet[Deed]":
    """Return deeds with texts whose consent ended or was deleted, or that are old."""
    today, expired = to_vietnam_day(now), now - get_retention_span("deed")
    without_consent = Q(consent=None) | Q(consent__withdrawn_at__isnull=False) | Q(consent__until__lt=today)
    return Deed.objects.filter(without_consent | Q(at__lte=expired), erased_at=None)


def get_deed_retention_status(now: dt.datetime) -> RetentionStatus:
    rows = Deed.objects.filter(erased_at=None)
    first = rows.order_by("at").values_list("at", flat=True).first()
    return RetentionStatus(rows.count(), list_deeds_to_erase(now).count(), first)
