"""Transferred cases that the new unit has not started: the only ones still visible to the officer who sent them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import orjson
from django.db.models import Exists, OuterRef, QuerySet

from binhyen.areas.queries import directory
from binhyen.cases import event_data
from binhyen.cases.choices import CATEGORY_LABELS, OPEN_STATES, Verb
from binhyen.cases.models import CaseEvent
from binhyen.kit import prepared_queries
from binhyen.kit.rls_scope import PROGRAM, entered
from binhyen.people import access
from binhyen.people.roles import May

RETURNABLE = dt.timedelta(days=7)
_MOST = 10


@dataclass(frozen=True, slots=True)
class Handed:
    """A transferred case.

    `title`: as of the transfer; `unit`: name of the new unit; `previous_unit_id`: id of the previous one.
    """

    case_id: int
    code: str
    title: str
    unit: str
    back_to: int
    at: dt.datetime


def handed(officer: Any, *, now: dt.datetime) -> list[Handed]:
    """List them newest first. Empty for officers without this permission or moved to another unit since."""
    if not access.may(officer, May.HAND_ON):
        return []
    given = {prepared_queries.NUMBER: officer.pk, prepared_queries.NOW: now - RETURNABLE}
    with entered(PROGRAM):  # code, unit and time of their own transfers
        key = ("handed", access.sight_key(officer))
        found = prepared_queries.rows(key, lambda: _waiting(officer.pk), given)
    rows: list[tuple[prepared_queries.Row, event_data.Moved]] = [(row, orjson.loads(row["data"])) for row in found]
    sight, names = access.sight(officer), directory().unit_name
    return [
        Handed(row["case_id"], row["case__code"], _title(row), names(data["to"]), data["from"], row["at"])
        for row, data in rows
        if sight.province or sight.unit_id == data["from"]
    ]


def _title(row: prepared_queries.Row) -> str:
    """Return the title, or its category where reporters added the place since: only the new unit may see that."""
    return CATEGORY_LABELS.get(row["case__category"], event_data.NAMELESS) if row["placed"] else str(row["case__title"])


def _waiting(officer_id: int) -> QuerySet[CaseEvent, Any]:
    """Return this officer's transfers that no other officer has touched since and that do not exclude the officer."""
    later = CaseEvent.objects.filter(case=OuterRef("case"), id__gt=OuterRef("id"))
    mine = _by(prepared_queries.NUMBER, since=prepared_queries.NOW)
    waiting = mine.filter(case__apart=False, case__state__in=[s.value for s in OPEN_STATES])
    waiting = waiting.exclude(case__barred__contains=[officer_id])
    waiting = waiting.exclude(Exists(later.filter(officer__isnull=False).exclude(officer_id=prepared_queries.NUMBER)))
    waiting = waiting.exclude(Exists(later.filter(verb__in=_OVER)))
    waiting = waiting.annotate(placed=Exists(later.filter(verb=Verb.PLACED)))
    columns = ("case_id", "case__code", "case__title", "case__category", "placed", "data", "at")
    rows: QuerySet[CaseEvent, Any] = waiting.order_by("-id").values(*columns)[:_MOST]
    return rows


def gave(officer: Any, code: str, *, now: dt.datetime) -> int | None:
    """Return the id of a case that this officer transferred recently, in any unit now; None of any other."""
    if not access.may(officer, May.HAND_ON):
        return None
    with entered(PROGRAM):
        return _by(officer.pk, since=now - RETURNABLE).filter(case__code=code).values_list("case_id", flat=True).first()


_OVER = (Verb.HANDED_ON, Verb.TAKEN_BACK)  # a later transfer is listed by itself


def _by(officer_id: int, *, since: dt.datetime) -> QuerySet[CaseEvent]:
    return CaseEvent.objects.filter(officer_id=officer_id, verb=Verb.HANDED_ON, at__gt=since)
