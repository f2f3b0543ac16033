"""Transferred cases that the new unit has not started: the only ones still visible to the officer who sent them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import orjson
from django.db.models import Exists, OuterRef, QuerySet

from binhyen.areas.queries import get_directory
from binhyen.cases import event_data
from binhyen.cases.choices import CATEGORY_LABELS, OPEN_STATES, Verb
from binhyen.cases.models import CaseEvent
from binhyen.kit import prepared_queries
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.people import access
from binhyen.people.roles import Permission

RETURN_WINDOW = dt.timedelta(days=7)
_MAX_ROWS = 10


@dataclass(frozen=True, slots=True)
class TransferredCase:
    """A transferred case.

    `title`: as of the transfer; `unit`: name of the new unit; `previous_unit_id`: id of the previous one.
    """

    case_id: int
    code: str
    title: str
    unit: str
    previous_unit_id: int
    at: dt.datetime


def list_transferred(officer: Any, *, now: dt.datetime) -> list[TransferredCase]:
    """List them newest first. Empty for officers without this permission or moved to another unit since."""
    if not access.officer_may(officer, Permission.HAND_ON):
        return []
    params = {prepared_queries.ID_PARAM: officer.pk, prepared_queries.NOW_PARAM: now - RETURN_WINDOW}
    with rls_scope(PROGRAM_SCOPE):  # code, unit and time of their own transfers
        key = ("handed", access.get_visibility_key(officer))
        raw_rows = prepared_queries.fetch_rows(key, lambda: _select_waiting(officer.pk), params)
    rows: list[tuple[prepared_queries.Row, event_data.Moved]] = [(row, orjson.loads(row["data"])) for row in raw_rows]
    sight, names = access.visibility(officer), get_directory().unit_name
    return [
        TransferredCase(row["case_id"], row["case__code"], _get_title(row), names(data["to"]), data["from"], row["at"])
        for row, data in rows
        if sight.province or sight.unit_id == data["from"]
    ]


def _get_title(row: prepared_queries.Row) -> str:
    """Return the title, or its category where reporters added the place since: only the new unit may see that."""
    return (
        CATEGORY_LABELS.get(row["case__category"], event_data.UNKNOWN_TITLE)
        if row["placed"]
        else str(row["case__title"])
    )


def _select_waiting(officer_id: int) -> QuerySet[CaseEvent, Any]:
    """Return this officer's transfers that no other officer has touched since and that do not exclude the officer."""
    later = CaseEvent.objects.filter(case=OuterRef("case"), id__gt=OuterRef("id"))
    own_transfers = _select_transfers_by(prepared_queries.ID_PARAM, since=prepared_queries.NOW_PARAM)
    waiting = own_transfers.filter(case__is_restricted=False, case__state__in=[state.value for state in OPEN_STATES])
    waiting = waiting.exclude(case__excluded_officers__contains=[officer_id])
    waiting = waiting.exclude(Exists(later.filter(officer__isnull=False).exclude(officer_id=prepared_queries.ID_PARAM)))
    waiting = waiting.exclude(Exists(later.filter(verb__in=_MOVE_VERBS)))
    waiting = waiting.annotate(placed=Exists(later.filter(verb=Verb.PLACED)))
    columns = ("case_id", "case__code", "case__title", "case__category", "placed", "data", "at")
    rows: QuerySet[CaseEvent, Any] = waiting.order_by("-id").values(*columns)[:_MAX_ROWS]
    return rows


def find_transferred_id(officer: Any, code: str, *, now: dt.datetime) -> int | None:
    """Return the id of a case that this officer transferred recently, in any unit now; None of any other."""
    if not access.officer_may(officer, Permission.HAND_ON):
        return None
    with rls_scope(PROGRAM_SCOPE):
        return (
            _select_transfers_by(officer.pk, since=now - RETURN_WINDOW)
            .filter(case__code=code)
            .values_list("case_id", flat=True)
            .first()
        )


_MOVE_VERBS = (Verb.HANDED_ON, Verb.TAKEN_BACK)  # a later transfer is listed by itself


def _select_transfers_by(officer_id: int, *, since: dt.datetime) -> QuerySet[CaseEvent]:
    return CaseEvent.objects.filter(officer_id=officer_id, verb=Verb.HANDED_ON, at__gt=since)
