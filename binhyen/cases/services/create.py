"""Bulk creation of cases: two statements for any batch size.

This is the hot path of intake and of the web form. The object mapper took a dozen statements and most of the time;
`cases_open` (cases/sql) writes cases with their clocks, reports, messages and alarms in one.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from django.db import transaction

from binhyen.areas import queries as areas
from binhyen.cases import event_data
from binhyen.cases.choices import CATEGORY_LABELS, Lane, Verb
from binhyen.cases.kinds import kind
from binhyen.cases.models import Case
from binhyen.cases.rules import Due, Ladder, Stage, alarm_starts, clocks, next_step
from binhyen.cases.services.search_index import BEGINNING, SEARCHED
from binhyen.cases.services.unit_of_work import ALARM, Actor, Trace, leave_traces
from binhyen.kit import ids
from binhyen.kit.clock import vietnam_day
from binhyen.kit.jobs import defer_once
from binhyen.kit.prepared_queries import ready_cursor
from binhyen.kit.rls_scope import PROGRAM, also, entered
from binhyen.kit.search_terms import marked, marked_together
from binhyen.kit.text import fold

_COLUMNS = (
    "public_id", "code", "kind", "lane", "state", "category", "urgency", "sensitive", "title", "unit_id", "area_id",
    "commune_id", "place", "snippet", "latitude", "longitude", "assignee_id", "due_at", "folded",
    "marked",
)  # fmt: skip
_OPEN = "SELECT code, id FROM cases_open(%s::jsonb, %s)"


@dataclass(frozen=True, slots=True)
class Opening:
    """A case to open. `message_ids`: its messages; `link_hash`: the reporter's status page."""

    kind: str
    lane: Lane
    category: str
    urgency: int
    sensitive: bool
    title: str
    unit_id: int
    actor: Actor
    folded: str = ""
    marked: str = ""
    area_id: int | None = None
    commune_id: int | None = None
    place: str = ""
    words: str = ""  # the text of the first message
    latitude: float | None = None
    longitude: float | None = None
    reporter_id: int | None = None
    conversation_id: int | None = None
    link_hash: str | None = None
    message_ids: tuple[int, ...] = field(default=())
    assignee_id: int | None = None
    asked: bool = False  # one question follows the receipt
    barred: Sequence[int] | None = None  # excluded officers
    told_at: dt.datetime | None = None  # arrival of the message, where an officer opens the case later
    near: int | None = None  # an open case that may be a duplicate, not certainly
    beside: int | None = None  # the same for another opening: its index in `new_cases`
    after: int | None = None  # the case of the group tip that this private message follows


@transaction.atomic(savepoint=False)
def open_cases(openings: Sequence[Opening], *, ladder: Ladder, now: dt.datetime) -> list[Case]:
    """Open cases, in the order of `new_cases`. Their messages are retained already (`retain_for_case`).

    A complaint about police opens without content, even if the opening has some; its sealed store encrypts the text.
    """
    if not openings:
        return []
    openings = _by_map([_bare(o) if kind(o.kind).apart else o for o in openings], now)
    cases = [_case(o, _due(o, now), now) for o in openings]
    rows = [_row(c, o, ladder, now) for c, o in zip(cases, openings, strict=True)]
    apart = any(c.apart for c in cases)  # an officer's request may not read such a row back
    with entered(PROGRAM) if apart else nullcontext(), ready_cursor() as cursor:
        cursor.execute(_OPEN, [orjson.dumps(rows).decode(), now])
        keys = dict(cursor.fetchall())
    for case in cases:
        case.pk = keys[case.code]
        case._state.adding = False
    _told_before([case for case in cases if case.opened_at != now])
    for case in cases:
        if case.barred is not None:
            Case.objects.filter(pk=case.pk).update(barred=case.barred)
    codes = _codes(openings)
    traces = [
        Trace(c, Verb.OPENED, o.actor,
              event_data.opened(c.category, c.urgency, c.unit_id, asked=o.asked, near=_near(o, cases, codes),
                          after=codes.get(o.after or 0, "")),
              name=ALARM if alarm_starts(c.urgency) else "case")
        for c, o in zip(cases, openings, strict=True)
    ]  # fmt: skip
    leave_traces(traces, now=now)
    for case in cases:
        if case.apart:
            lift_later(case)
    return cases


def _codes(openings: Sequence[Opening]) -> dict[int, str]:
    """Return the codes of the cases that these openings refer to; none for most."""
    ids = [pk for o in openings for pk in (o.near, o.after) if pk is not None]
    return dict(Case.objects.filter(pk__in=ids).values_list("pk", "code")) if ids else {}


def _near(opening: Opening, cases: Sequence[Case], codes: Mapping[int, str]) -> str:
    """Return the code of the case that may be a duplicate; "" for most."""
    return codes.get(opening.near or 0, "") if opening.beside is None else cases[opening.beside].code


def _told_before(cases: Sequence[Case]) -> None:
    """Set `opened_at` of cases that officers open from older messages; `cases_open` knows only one time."""
    with entered(PROGRAM) if cases else nullcontext():
        for case in cases:
            Case.objects.filter(pk=case.pk).update(opened_at=case.opened_at)


def lift_later(case: Case) -> None:
    """Enqueue the job that seals and routes the remaining text of a complaint; idempotent."""
    with also(PROGRAM):  # jobs of complaints are visible to no officer
        defer_once(queue="urgent", task="conduct.lift", key=f"conduct.lift:{case.pk}", arguments={"case_id": case.pk})


def _bare(o: Opening) -> Opening:
    return replace(
        o, unit_id=areas.directory().province_unit_id, title=kind(o.kind).label, sensitive=True, folded="", marked="",
        place="", words="", latitude=None, longitude=None, area_id=None, commune_id=None, assignee_id=None, asked=False,
    )  # fmt: skip


def _by_map(openings: Sequence[Opening], now: dt.datetime) -> list[Opening]:
    """Replace the place of sealed group tips by its official name: the place as written is sealed text.

    For example «sau bếp quán bà Nghi». An urgent tip keeps it until its text is sealed too (search_index.py).
    """
    hushed = {o.area_id for o in openings if _sealed(o) and o.area_id is not None}
    names = areas.labels(hushed, vietnam_day(now)) if hushed else {}
    return [_called(o, names.get(o.area_id or 0, "")) if _sealed(o) else o for o in openings]


def _sealed(o: Opening) -> bool:
    return o.words in (event_data.TIP, event_data.ALONE) and not alarm_starts(o.urgency)


def _called(o: Opening, place: str) -> Opening:
    title = " · ".join(filter(None, [CATEGORY_LABELS[o.category], place]))
    return replace(o, title=title, place=place, folded=fold(place), marked=marked(place))


def _due(o: Opening, now: dt.datetime) -> tuple[Due, ...]:
    """Return the clocks. The law counts from the report, not from the time an officer opened the case."""
    return clocks(kind(o.kind), o.lane, opened_at=o.told_at or now)


def _case(o: Opening, due: Sequence[Due], now: dt.datetime) -> Case:
    """Build the case. Its title is searchable too, because officers read it; a restricted case is never searchable."""
    title = "" if kind(o.kind).apart else o.title
    return Case(
        kind=o.kind, lane=o.lane, category=o.category, urgency=o.urgency, sensitive=o.sensitive, title=o.title[:160],
        unit_id=o.unit_id, area_id=o.area_id, commune_id=o.commune_id, place=o.place[:160],
        snippet=o.words[:BEGINNING], latitude=o.latitude,
        longitude=o.longitude, assignee_id=o.assignee_id, opened_at=o.told_at or now, updated_at=now,
        due_at=min((d.due_at for d in due), default=None), folded=f"{fold(title)} {o.folded}".strip()[:SEARCHED],
        marked=marked_together(marked(title), o.marked),
        apart=kind(o.kind).apart, barred=None if o.barred is None else list(o.barred),
    )  # fmt: skip


def _row(case: Case, opening: Opening, ladder: Ladder, now: dt.datetime) -> dict[str, Any]:
    """Return a case and its related rows as `_OPEN_SQL` reads them."""
    rings = alarm_starts(case.urgency) and not case.apart
    row = {name: getattr(case, name) for name in _COLUMNS}
    return row | {
        "clocks": _due(opening, now),
        "messages": opening.message_ids,
        "by": opening.actor.label,
        "reporter_id": opening.reporter_id,
        "conversation_id": opening.conversation_id,
        "link_hash": opening.link_hash,
        "report_id": ids.uuid7(),
        "alarm_next": next_step(Stage.OFFICERS, opened_at=now, ladder=ladder) if rings else None,
    }
