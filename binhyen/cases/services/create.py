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
from binhyen.cases.escalation_settings import get_work_calendar
from binhyen.cases.kinds import get_kind
from binhyen.cases.models import Case
from binhyen.cases.rules import AlarmLevel, Due, EscalationDelays, build_clocks, get_next_escalation, should_alarm
from binhyen.cases.services.search_index import MAX_SEARCH_CHARS, MAX_SNIPPET_CHARS
from binhyen.cases.services.unit_of_work import ALARM_EVENT, Actor, ChangeRecord, record_changes
from binhyen.kit import ids
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.jobs import defer_once
from binhyen.kit.prepared_queries import prepared_cursor
from binhyen.kit.rls_scope import PROGRAM_SCOPE, extra_rls_scope, rls_scope
from binhyen.kit.search_terms import accented_words, join_accented_words
from binhyen.kit.text import fold_text

_COLUMNS = (
    "public_id",
    "code",
    "kind",
    "lane",
    "state",
    "category",
    "urgency",
    "sensitive",
    "title",
    "unit_id",
    "area_id",
    "commune_id",
    "place",
    "snippet",
    "latitude",
    "longitude",
    "assignee_id",
    "due_at",
    "search_text",
    "search_accented",
)
_OPEN_SQL = "SELECT code, id FROM cases_open(%s::jsonb, %s)"


@dataclass(frozen=True, slots=True)
class NewCase:
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
    search_accented: str = ""
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
    excluded_officers: Sequence[int] | None = None  # excluded officers
    reported_at: dt.datetime | None = None  # arrival of the message, where an officer opens the case later
    near: int | None = None  # an open case that may be a duplicate, not certainly
    near_index: int | None = None  # the same for another opening: its index in `new_cases`
    followed_id: int | None = None  # the case of the group tip that this private message follows


@transaction.atomic(savepoint=False)
def create_cases(openings: Sequence[NewCase], *, ladder: EscalationDelays, now: dt.datetime) -> list[Case]:
    """Open cases, in the order of `new_cases`. Their messages are retained already (`retain_for_case`).

    A complaint about police opens without content, even if the opening has some; its sealed store encrypts the text.
    """
    if not openings:
        return []
    openings = _replace_places(
        [_clear_content(new_case) if get_kind(new_case.kind).is_restricted else new_case for new_case in openings], now
    )
    cases = [_build_case(new_case, _build_case_clocks(new_case, now), now) for new_case in openings]
    rows = [_build_row(created, new_case, ladder, now) for created, new_case in zip(cases, openings, strict=True)]
    has_restricted = any(
        created.is_restricted for created in cases
    )  # an officer's request may not read such a row back
    with rls_scope(PROGRAM_SCOPE) if has_restricted else nullcontext(), prepared_cursor() as cursor:
        cursor.execute(_OPEN_SQL, [orjson.dumps(rows).decode(), now])
        keys = dict(cursor.fetchall())
    for case in cases:
        case.pk = keys[case.code]
        case._state.adding = False
    _set_opening_times([case for case in cases if case.opened_at != now])
    for case in cases:
        if case.excluded_officers is not None:
            Case.objects.filter(pk=case.pk).update(excluded_officers=case.excluded_officers)
    codes = _get_codes(openings)
    records = [
        ChangeRecord(
            created,
            Verb.OPENED,
            new_case.actor,
            event_data.build_opened_data(
                created.category,
                created.urgency,
                created.unit_id,
                asked=new_case.asked,
                near_code=_get_near_code(new_case, cases, codes),
                followed_code=codes.get(new_case.followed_id or 0, ""),
            ),
            name=ALARM_EVENT if should_alarm(created.urgency) else "case",
        )
        for created, new_case in zip(cases, openings, strict=True)
    ]
    record_changes(records, now=now)
    for case in cases:
        if case.is_restricted:
            enqueue_sealing(case)
    return cases


def _get_codes(openings: Sequence[NewCase]) -> dict[int, str]:
    """Return the codes of the cases that these openings refer to; none for most."""
    ids = [pk for new_case in openings for pk in (new_case.near, new_case.followed_id) if pk is not None]
    return dict(Case.objects.filter(pk__in=ids).values_list("pk", "code")) if ids else {}


def _get_near_code(opening: NewCase, cases: Sequence[Case], codes: Mapping[int, str]) -> str:
    """Return the code of the case that may be a duplicate; "" for most."""
    return codes.get(opening.near or 0, "") if opening.near_index is None else cases[opening.near_index].code


def _set_opening_times(cases: Sequence[Case]) -> None:
    """Set `opened_at` of cases that officers open from older messages; `cases_open` knows only one time."""
    with rls_scope(PROGRAM_SCOPE) if cases else nullcontext():
        for case in cases:
            Case.objects.filter(pk=case.pk).update(opened_at=case.opened_at)


def enqueue_sealing(case: Case) -> None:
    """Enqueue the job that seals and routes the remaining text of a complaint; idempotent."""
    with extra_rls_scope(PROGRAM_SCOPE):  # jobs of complaints are visible to no officer
        defer_once(
            queue="urgent", task="conduct.seal_case", key=f"conduct.lift:{case.pk}", arguments={"case_id": case.pk}
        )


def _clear_content(new_case: NewCase) -> NewCase:
    return replace(
        new_case,
        unit_id=areas.get_directory().province_unit_id,
        title=get_kind(new_case.kind).label,
        sensitive=True,
        folded="",
        search_accented="",
        place="",
        words="",
        latitude=None,
        longitude=None,
        area_id=None,
        commune_id=None,
        assignee_id=None,
        asked=False,
    )


def _replace_places(openings: Sequence[NewCase], now: dt.datetime) -> list[NewCase]:
    """Replace the place of sealed group tips by its official name: the place as written is sealed text.

    For example «sau bếp quán bà Nghi». An urgent tip keeps it until its text is sealed too (search_index.py).
    """
    sealed_area_ids = {
        new_case.area_id for new_case in openings if _is_sealed(new_case) and new_case.area_id is not None
    }
    names = areas.build_labels(sealed_area_ids, to_vietnam_day(now)) if sealed_area_ids else {}
    return [
        _with_place(new_case, names.get(new_case.area_id or 0, "")) if _is_sealed(new_case) else new_case
        for new_case in openings
    ]


def _is_sealed(new_case: NewCase) -> bool:
    return new_case.words in (event_data.GROUP_TIP_TEXT, event_data.PRIVATE_FOLLOW_UP_TEXT) and not should_alarm(
        new_case.urgency
    )


def _with_place(new_case: NewCase, place: str) -> NewCase:
    title = " · ".join(filter(None, [CATEGORY_LABELS[new_case.category], place]))
    return replace(new_case, title=title, place=place, folded=fold_text(place), search_accented=accented_words(place))


def _build_case_clocks(new_case: NewCase, now: dt.datetime) -> tuple[Due, ...]:
    """Return the clocks. The law counts from the report, not from the time an officer opened the case."""
    opened_at = new_case.reported_at or now
    return build_clocks(
        get_kind(new_case.kind),
        new_case.lane,
        opened_at=opened_at,
        calendar=get_work_calendar(),
        urgency=new_case.urgency,
    )


def _build_case(new_case: NewCase, due: Sequence[Due], now: dt.datetime) -> Case:
    """Build the case. Its title is searchable too, because officers read it; a restricted case is never searchable."""
    title = "" if get_kind(new_case.kind).is_restricted else new_case.title
    return Case(
        kind=new_case.kind,
        lane=new_case.lane,
        category=new_case.category,
        urgency=new_case.urgency,
        sensitive=new_case.sensitive,
        title=new_case.title[:160],
        unit_id=new_case.unit_id,
        area_id=new_case.area_id,
        commune_id=new_case.commune_id,
        place=new_case.place[:160],
        snippet=new_case.words[:MAX_SNIPPET_CHARS],
        latitude=new_case.latitude,
        longitude=new_case.longitude,
        assignee_id=new_case.assignee_id,
        opened_at=new_case.reported_at or now,
        updated_at=now,
        due_at=min((clock.due_at for clock in due), default=None),
        search_text=f"{fold_text(title)} {new_case.folded}".strip()[:MAX_SEARCH_CHARS],
        search_accented=join_accented_words(accented_words(title), new_case.search_accented),
        is_restricted=get_kind(new_case.kind).is_restricted,
        excluded_officers=None if new_case.excluded_officers is None else list(new_case.excluded_officers),
    )


def _build_row(case: Case, opening: NewCase, delays: EscalationDelays, now: dt.datetime) -> dict[str, Any]:
    """Return a case and its related rows as `_OPEN_SQL` reads them."""
    rings = should_alarm(case.urgency) and not case.is_restricted
    row = {name: getattr(case, name) for name in _COLUMNS}
    return row | {
        "clocks": _build_case_clocks(opening, now),
        "messages": opening.message_ids,
        "by": opening.actor.label,
        "reporter_id": opening.reporter_id,
        "conversation_id": opening.conversation_id,
        "link_hash": opening.link_hash,
        "report_id": ids.generate_uuid7(),
        "alarm_next": get_next_escalation(AlarmLevel.OFFICERS, opened_at=now, delays=delays) if rings else None,
    }
