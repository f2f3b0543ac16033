"""Reads of found things: those of the cases an officer may see, with details; the public board without."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from binhyen.areas.queries import get_directory
from binhyen.cases.models import Case
from binhyen.found.models import Claim, FoundItem
from binhyen.found.rules import (
    MAX_FAILED_CLAIMS,
    MIN_QUESTIONS,
    TO_DECIDE,
    ClaimState,
    HiddenField,
    normalize_number,
)
from binhyen.kit.ids import hash_token, normalize_code
from binhyen.kit.keyset_pagination import Page, paginate_descending
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.kit.text import fold_to_words, to_sort_key
from binhyen.people import access
from binhyen.privacy.retention_registry import RetentionStatus

PAGE_SIZE = 30
MAX_SEARCH_WORDS = 6
# Folded words of a plain sentence that name no thing: «em bị mất cái ví màu nâu ở chợ»
_FILLERS = frozenset(
    fold_to_words(
        "toi em anh chi chau minh con bac bi mat danh roi quen tim nhat duoc cai chiec mot mau o tai gan cua voi va"
    ).split()
)
_BOARD_COLUMNS = ("code", "kind", "description", "brand", "colour", "place", "commune_id", "found_on")
_ON_BOARD = Q(is_public=True, case__is_open=True)


def list_items(officer: Any, *, search: str = "", cursor: str = "") -> Page[FoundItem]:
    """Return the things of the cases visible to the officer, newest first, with the number of claims to decide."""
    rows = _select_items(officer).filter(_match_words(search))
    waiting = Count("claims", filter=Q(claims__state__in=TO_DECIDE))
    return paginate_descending(
        "found", rows.select_related("case").annotate(waiting=waiting), ("id",), cursor=cursor, limit=PAGE_SIZE
    )


def _select_items(officer: Any) -> "QuerySet[FoundItem]":
    return FoundItem.objects.filter(access.filter_cases(officer, "case__"))


def find_item(officer: Any, public_id: UUID) -> FoundItem | None:
    """Return a thing with its case; None where it is not visible to the officer."""
    return _select_items(officer).filter(public_id=public_id).select_related("case", "case__unit", "officer").first()


def load_matching_texts(case_ids: Sequence[int]) -> dict[int, str]:
    """Return by case the words of its thing, hidden details too, for the comparison with lost things only.

    A number is also given without blanks and with 0 for O, as people write it in a report.
    """
    details: dict[int, list[str]] = {}
    rows = FoundItem.objects.filter(case__in=case_ids).values_list(
        "case_id", "description", "brand", "colour", "place", "details__field", "details__text"
    )
    for pk, description, brand, colour, place, field, text in rows.order_by("details__id"):
        words = details.setdefault(pk, [", ".join(filter(None, (description, brand, colour, place)))])
        if field == HiddenField.NUMBER:
            words.append(f"{text}, {normalize_number(text)}")
        elif text:
            words.append(f"ten {text}" if field == HiddenField.NAME else text)
    return {pk: ". ".join(words) for pk, words in details.items()}


def find_item_of_case(officer: Any, case_id: int) -> FoundItem | None:
    return _select_items(officer).filter(case_id=case_id).first()


def _match_words(search: str) -> Q:
    condition = Q()
    words = fold_to_words(search).split()
    for word in [word for word in words if word not in _FILLERS][:MAX_SEARCH_WORDS]:
        condition &= Q(search_text__contains=word)
    return condition


@dataclass(frozen=True, slots=True)
class PublicItem:
    """A thing as the board shows it. `questions`: fields to ask about; empty where a claim is made in person."""

    code: str
    kind: str
    description: str
    brand: str
    colour: str
    place: str
    commune: str
    unit: str
    found_on: dt.date
    questions: tuple[HiddenField, ...] = ()


def list_commune_choices() -> list[tuple[str, str]]:
    """Return code and name of each commune of the province, by name."""
    entries = sorted(get_directory().communes.values(), key=lambda entry: to_sort_key(entry.full_name))
    return [(entry.code, entry.full_name) for entry in entries]


def _get_commune_names() -> dict[int, str]:
    return {entry.area_id: entry.full_name for entry in get_directory().communes.values()}


def list_public_items(*, commune_code: str = "", search: str = "", cursor: str = "") -> tuple[list[PublicItem], str]:
    """Return a page of the public board and the cursor of the next one. Names the public columns only."""
    entry = get_directory().communes.get(commune_code)
    rows = FoundItem.objects.filter(_ON_BOARD, _match_words(search))
    if entry is not None:
        rows = rows.filter(commune_id=entry.area_id)
    columns = (*_BOARD_COLUMNS, "case__unit_id")
    with rls_scope(PROGRAM_SCOPE):
        page = paginate_descending(
            "found_board", rows.select_related("case").only(*columns), ("id",), cursor=cursor, limit=PAGE_SIZE
        )
    names = _get_commune_names()
    return [_to_public(row, names, ()) for row in page.rows], page.next


def find_public_item(code: str) -> PublicItem | None:
    """Return a thing on the board with the fields to ask about."""
    with rls_scope(PROGRAM_SCOPE):
        row = FoundItem.objects.filter(_ON_BOARD, code=normalize_code(code)[:8]).select_related("case").first()
        questions = list_questions(row) if row is not None and can_claim_online(row) else ()
    return None if row is None else _to_public(row, _get_commune_names(), questions)


def _to_public(row: FoundItem, names: dict[int, str], questions: tuple[HiddenField, ...]) -> PublicItem:
    return PublicItem(
        code=row.code,
        kind=row.kind,
        description=row.description,
        brand=row.brand,
        colour=row.colour,
        place=row.place,
        commune=names.get(row.commune_id or 0, ""),
        unit=get_directory().unit_name(row.case.unit_id),
        found_on=row.found_on,
        questions=questions,
    )


def list_questions(item: FoundItem) -> tuple[HiddenField, ...]:
    """Return the fields with a hidden detail, in the order of the questions."""
    fields = set(item.details.values_list("field", flat=True))
    return tuple(field for field in HiddenField if field in fields)


def can_claim_online(item: FoundItem) -> bool:
    """Return whether a new claim may answer on the page: enough questions, few failed claims, no owner yet."""
    states = list(item.claims.values_list("state", flat=True))
    return (
        item.details.count() >= MIN_QUESTIONS
        and states.count(ClaimState.FAILED) < MAX_FAILED_CLAIMS
        and ClaimState.ACCEPTED not in states
    )


def find_claim(link: str) -> Claim | None:
    """Return the claim of the holder of a link."""
    with rls_scope(PROGRAM_SCOPE):
        return Claim.objects.filter(link_hash=hash_token(link)).select_related("item", "item__case").first()


def list_claims(item: FoundItem) -> Sequence[Claim]:
    """Return the claims of a thing that the officer may see, those to decide first."""
    claims = list(item.claims.select_related("officer").order_by("id"))
    return sorted(claims, key=lambda claim: claim.state not in TO_DECIDE)


def list_erased_items() -> "QuerySet[FoundItem]":
    """Return the things whose case lost its content: their own content goes too."""
    return FoundItem.objects.filter(case__erased_at__isnull=False)


def get_item_retention_status(now: dt.datetime) -> RetentionStatus:
    first = FoundItem.objects.order_by("at").values_list("at", flat=True).first()
    return RetentionStatus(FoundItem.objects.count(), list_erased_items().count(), first)


def is_registrable(case: Case) -> bool:
    """Return whether a found thing may be entered for this case."""
    return case.category == "found_item" and case.is_open and not (case.sensitive or case.is_restricted)
