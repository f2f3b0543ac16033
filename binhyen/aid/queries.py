"""Reads of help for people in hardship: needs of the cases an officer may see; public needs without names."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from binhyen.aid.models import AidDelivery, Need, Pledge
from binhyen.aid.rules import (
    SHOWN_AS_HELPED,
    Balance,
    HouseholdAid,
    PledgeState,
    compute_balance,
    is_double_aid,
)
from binhyen.areas.queries import get_directory
from binhyen.cases.choices import WELFARE_CATEGORY, Outcome, State
from binhyen.cases.models import Case
from binhyen.consents.rules import is_in_force
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import hash_token, normalize_code
from binhyen.kit.keyset_pagination import Page, paginate_descending
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.kit.text import fold_to_words, to_sort_key
from binhyen.people import access
from binhyen.privacy.config import get_retention_span
from binhyen.privacy.retention_registry import RetentionStatus
from binhyen.vault.queries import DisclosureNotice, list_disclosures

PAGE_SIZE = 30
MAX_SEARCH_WORDS = 6
_IS_SHOWN: Final = Q(
    is_public=True,
    verified_at__isnull=False,
    case__category=WELFARE_CATEGORY,
    case__sensitive=False,
    case__is_restricted=False,
    case__erased_at=None,
)
ON_BOARD: Final = _IS_SHOWN & Q(case__is_open=True)


def list_needs(officer: Any, *, search: str = "", cursor: str = "", now: dt.datetime) -> Page[Need]:
    """Return the needs visible to the officer, newest first, with `reserved` units and `waiting` pledges."""
    rows = _select_needs(officer).filter(_match_words(search))
    rows = rows.annotate(reserved=_sum_reserved(now), waiting=Count("pledges", filter=_is_reserving(now)))
    return paginate_descending("aid", rows.select_related("case"), ("id",), cursor=cursor, limit=PAGE_SIZE)


def _select_needs(officer: Any) -> "QuerySet[Need]":
    return Need.objects.filter(access.filter_cases(officer, "case__"))


def find_need(officer: Any, public_id: UUID) -> Need | None:
    """Return a need with its case; None where it is not visible to the officer."""
    rows = _select_needs(officer).filter(public_id=public_id)
    return rows.select_related("case", "case__unit", "officer", "verified_by").first()


def find_need_of_case(officer: Any, case_id: int) -> Need | None:
    return _select_needs(officer).filter(case_id=case_id).first()


# The need was found for the officer. Consents are read as the program: they stay with the unit that recorded them,
# while the case may move to another, or be a task of the village team.


def find_pledge(need: Need, public_id: str) -> Pledge | None:
    """Return a pledge of a need that the officer may see."""
    try:
        rows = need.pledges.filter(public_id=UUID(public_id))
    except ValueError:
        return None
    with rls_scope(PROGRAM_SCOPE):
        return rows.select_related("need", "need__case", "consent").first()


def list_pledges(need: Need) -> Sequence[Pledge]:
    with rls_scope(PROGRAM_SCOPE):
        return list(need.pledges.select_related("consent", "officer").order_by("id"))


def list_deliveries(need: Need) -> Sequence[AidDelivery]:
    with rls_scope(PROGRAM_SCOPE):
        return list(need.deliveries.select_related("officer", "pledge", "pledge__consent").order_by("number"))


def find_delivery(need: Need, public_id: UUID) -> AidDelivery | None:
    with rls_scope(PROGRAM_SCOPE):
        rows = need.deliveries.filter(public_id=public_id)
        return rows.select_related("officer", "pledge", "pledge__consent").first()


def get_balance(need: Need, *, now: dt.datetime) -> Balance:
    return compute_balance(need.needed, need.delivered, [pledge.facts for pledge in need.pledges.all()], now)


def count_open_pledges(need: Need, *, now: dt.datetime) -> int:
    return need.pledges.filter(state=PledgeState.RESERVED, expires_at__gt=now).count()


def _is_reserving(now: dt.datetime) -> Q:
    return Q(pledges__state=PledgeState.RESERVED, pledges__expires_at__gt=now)


def _sum_reserved(now: dt.datetime) -> Coalesce:
    return Coalesce(Sum(F("pledges__units") - F("pledges__delivered"), filter=_is_reserving(now)), 0)


def _match_words(search: str) -> Q:
    condition = Q()
    for word in fold_to_words(search).split()[:MAX_SEARCH_WORDS]:
        condition &= Q(search_text__contains=word)
    return condition


@dataclass(frozen=True, slots=True)
class DoubleAid:
    """Other needs that are probably of the same household. `elsewhere`: number of those the officer may not see."""

    needs: tuple[Need, ...] = ()
    elsewhere: int = 0


def find_double_aid(officer: Any, need: Need, *, now: dt.datetime) -> DoubleAid:
    """Return other open or recently helped needs of the same household in the commune."""
    rows = Need.objects.filter(household_key=need.household_key, commune_id=need.commune_id).exclude(pk=need.pk)
    today, household = to_vietnam_day(now), _to_household_aid(need)
    with rls_scope(PROGRAM_SCOPE):
        matches = [
            row
            for row in rows.select_related("case").order_by("-id")[:100]
            if is_double_aid(household, _to_household_aid(row), today)
        ]
        visible = set(_select_needs(officer).filter(pk__in=[row.pk for row in matches]).values_list("pk", flat=True))
    shown = tuple(row for row in matches if row.pk in visible)
    return DoubleAid(shown, len(matches) - len(shown))


def _to_household_aid(need: Need) -> HouseholdAid:
    case = need.case
    helped = case.state == State.CLOSED and case.outcome == Outcome.HELPED and case.closed_at is not None
    return HouseholdAid(
        need.household_key,
        need.place_key,
        is_open=case.is_open,
        helped_on=to_vietnam_day(case.closed_at) if helped and case.closed_at else None,
    )


@dataclass(frozen=True, slots=True)
class Thanks:
    """A donor to thank by name."""

    name: str
    units: int


@dataclass(frozen=True, slots=True)
class PublicNeed:
    """A need on the public page, without household and village. `other_units`: of donors without a name."""

    code: str
    kind: str
    summary: str
    unit_name: str
    balance: Balance
    commune: str
    unit: str
    verified_on: dt.date
    is_open: bool
    thanks: tuple[Thanks, ...] = ()
    other_units: int = 0


def list_board_communes() -> list[tuple[str, str]]:
    """Return code and name of each commune of the province, by name."""
    entries = sorted(get_directory().communes.values(), key=lambda entry: to_sort_key(entry.full_name))
    return [(entry.code, entry.full_name) for entry in entries]


def _get_commune_names() -> dict[int, str]:
    return {entry.area_id: entry.full_name for entry in get_directory().communes.values()}


def list_public_needs(
    *, commune_code: str = "", search: str = "", cursor: str = "", now: dt.datetime
) -> tuple[list[PublicNeed], str]:
    """Return a page of open needs and the cursor of the next one. Names the public columns only."""
    rows = Need.objects.filter(ON_BOARD, _match_words(search), _in_commune(commune_code))
    rows = rows.annotate(reserved=_sum_reserved(now))
    with rls_scope(PROGRAM_SCOPE):
        page = paginate_descending("aid_board", rows.select_related("case"), ("id",), cursor=cursor, limit=PAGE_SIZE)
    names = _get_commune_names()
    return [_to_public(row, names) for row in page.rows], page.next


def list_helped_needs(*, commune_code: str = "", now: dt.datetime) -> list[PublicNeed]:
    """Return the needs that were helped lately, newest first."""
    rows = Need.objects.filter(_IS_HELPED, _in_commune(commune_code), case__closed_at__gte=now - SHOWN_AS_HELPED)
    with rls_scope(PROGRAM_SCOPE):
        helped = list(rows.select_related("case").order_by("-case__closed_at", "-id")[:PAGE_SIZE])
    names = _get_commune_names()
    return [_to_public(row, names) for row in helped]


_IS_HELPED: Final = _IS_SHOWN & Q(case__state=State.CLOSED, case__outcome=Outcome.HELPED)


def _in_commune(code: str) -> Q:
    entry = get_directory().communes.get(code)
    return Q(commune_id=entry.area_id) if entry is not None else Q()


def _match_published(now: dt.datetime) -> Q:
    return ON_BOARD | _IS_HELPED & Q(case__closed_at__gte=now - SHOWN_AS_HELPED)


def is_published(need: Need, *, now: dt.datetime) -> bool:
    """Return whether citizens see the need; while its case is sensitive or restricted they do not."""
    return need.is_public and Need.objects.filter(_match_published(now), pk=need.pk).exists()


def find_public_need(code: str, *, now: dt.datetime) -> PublicNeed | None:
    """Return an open or lately helped need with its thanks."""
    rows = Need.objects.filter(_match_published(now), code=normalize_code(code)[:8])
    with rls_scope(PROGRAM_SCOPE):
        row = rows.annotate(reserved=_sum_reserved(now)).select_related("case").first()
        thanks = list_thanks(row, today=to_vietnam_day(now)) if row is not None else []
    return None if row is None else _to_public(row, _get_commune_names(), thanks)


def list_thanks(need: Need, *, today: dt.date) -> list[Thanks]:
    """Return the donors of delivered units who agreed to be named, most units first."""
    pledges = need.pledges.filter(delivered__gt=0, is_named=True).select_related("consent")
    named = [Thanks(pledge.donor_name, pledge.delivered) for pledge in pledges if can_name(pledge, today=today)]
    return sorted(named, key=lambda donor: -donor.units)


def can_name(pledge: Pledge, *, today: dt.date) -> bool:
    """Return whether the donor may be named today."""
    return bool(pledge.donor_name) and pledge.consent is not None and is_in_force(pledge.consent.facts, today)


def _to_public(row: Need, names: dict[int, str], thanks: Sequence[Thanks] = ()) -> PublicNeed:
    assert row.verified_at is not None
    return PublicNeed(
        code=row.code,
        kind=row.kind,
        summary=row.summary,
        unit_name=row.unit_name,
        balance=Balance(row.needed, row.delivered, getattr(row, "reserved", 0)),
        commune=names.get(row.commune_id or 0, ""),
        unit=get_directory().unit_name(row.case.unit_id),
        verified_on=to_vietnam_day(row.verified_at),
        is_open=row.case.is_open,
        thanks=tuple(thanks),
        other_units=row.delivered - sum(donor.units for donor in thanks),
    )


def find_pledge_by_link(link: str) -> Pledge | None:
    """Return the pledge of the holder of a link."""
    with rls_scope(PROGRAM_SCOPE):
        rows = Pledge.objects.filter(link_hash=hash_token(link))
        return rows.select_related("need", "need__case", "consent").first()


def list_contact_disclosures(pledge: Pledge) -> list[DisclosureNotice]:
    """Return when custodians opened the donor's contact: the donor reads it behind the link."""
    with rls_scope(PROGRAM_SCOPE):
        return list_disclosures(pledge.reporter_id) if pledge.reporter_id is not None else []


def list_erased_needs() -> "QuerySet[Need]":
    """Return the needs whose case lost its content: their own content goes too."""
    return Need.objects.filter(case__erased_at__isnull=False)


def list_expired_contacts(before: dt.datetime) -> "QuerySet[Pledge]":
    """Return pledges that ended before and still have a contact or words of their donor, and contacts taken back."""
    has_content = Q(reporter__isnull=False) | ~Q(note="") | ~Q(answer="")
    has_ended = Q(ended_at__lte=before) | Q(state=PledgeState.RESERVED, expires_at__lte=before)
    taken_back = Q(reporter__isnull=False, has_contact=False)
    return Pledge.objects.filter((has_content & has_ended) | taken_back).order_by("pk")


def get_aid_retention_status(now: dt.datetime) -> RetentionStatus:
    first = Need.objects.order_by("at").values_list("at", flat=True).first()
    late = list_erased_needs().count() + list_expired_contacts(now - get_retention_span("donor")).count()
    return RetentionStatus(Need.objects.count(), late, first)


def can_have_need(case: Case) -> bool:
    """Return whether a need may be entered for this case."""
    return case.category == WELFARE_CATEGORY and case.is_open and not (case.sensitive or case.is_restricted)
