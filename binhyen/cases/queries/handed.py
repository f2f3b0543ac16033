"""What an officer handed on to another unit and nobody there took up yet: the one thing they may still know of it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import orjson
from django.db.models import Exists, OuterRef, QuerySet

from binhyen.areas.queries import directory
from binhyen.cases import kept
from binhyen.cases.models import CaseEvent
from binhyen.cases.words import CATEGORY_LABELS, OPEN_STATES, Verb
from binhyen.kit import compiled
from binhyen.kit.scope import PROGRAM, entered
from binhyen.people import access
from binhyen.people.rules import May

RETURNABLE = dt.timedelta(days=7)
_MOST = 10


@dataclass(frozen=True, slots=True)
class Handed:
    """A case on its way. `title`: as it was when it was handed on; `unit`: the name of the one it went to; `back_to`:
    whose it was.
    """

    case_id: int
    code: str
    title: str
    unit: str
    back_to: int
    at: dt.datetime


def handed(officer: Any, *, now: dt.datetime) -> list[Handed]:
    """The newest first. Empty for whoever hands nothing on, or has moved to another unit since."""
    if not access.may(officer, May.HAND_ON):
        return []
    given = {compiled.NUMBER: officer.pk, compiled.NOW: now - RETURNABLE}
    with entered(PROGRAM):  # code, unit and time of what they gave themselves
        key = ("handed", access.sight_key(officer))
        found = compiled.rows(key, lambda: _waiting(officer.pk), given)
    rows: list[tuple[compiled.Row, kept.Moved]] = [(row, orjson.loads(row["data"])) for row in found]
    sight, names = access.sight(officer), directory().unit_name
    return [
        Handed(row["case_id"], row["case__code"], _title(row), names(data["to"]), data["from"], row["at"])
        for row, data in rows
        if sight.province or sight.unit_id == data["from"]
    ]


def _title(row: compiled.Row) -> str:
    """Nobody there has touched it; but who told may have said since where it was, and that is the other unit's."""
    return CATEGORY_LABELS.get(row["case__category"], kept.NAMELESS) if row["placed"] else str(row["case__title"])


def _waiting(officer_id: int) -> QuerySet[CaseEvent, Any]:
    """What somebody handed on since, nobody else has touched after that, and they are not barred from."""
    later = CaseEvent.objects.filter(case=OuterRef("case"), id__gt=OuterRef("id"))
    mine = _by(compiled.NUMBER, since=compiled.NOW)
    waiting = mine.filter(case__apart=False, case__state__in=[s.value for s in OPEN_STATES])
    waiting = waiting.exclude(case__barred__contains=[officer_id])
    waiting = waiting.exclude(Exists(later.filter(officer__isnull=False).exclude(officer_id=compiled.NUMBER)))
    waiting = waiting.exclude(Exists(later.filter(verb__in=_OVER)))
    waiting = waiting.annotate(placed=Exists(later.filter(verb=Verb.PLACED)))
    columns = ("case_id", "case__code", "case__title", "case__category", "placed", "data", "at")
    rows: QuerySet[CaseEvent, Any] = waiting.order_by("-id").values(*columns)[:_MOST]
    return rows


def gave(officer: Any, code: str, *, now: dt.datetime) -> int | None:
    """The id of a case that this person handed on lately, whoever has it now; None of any other."""
    if not access.may(officer, May.HAND_ON):
        return None
    with entered(PROGRAM):
        return _by(officer.pk, since=now - RETURNABLE).filter(case__code=code).values_list("case_id", flat=True).first()


_OVER = (Verb.HANDED_ON, Verb.TAKEN_BACK)  # a later hand-over stands for itself


def _by(officer_id: int, *, since: dt.datetime) -> QuerySet[CaseEvent]:
    return CaseEvent.objects.filter(officer_id=officer_id, verb=Verb.HANDED_ON, at__gt=since)
