"""Common steps of every write of a case: lock, version check, increment, and recording the change."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from django.db.models import Q
from django.utils.translation import gettext as _

from binhyen.audit.services import Act
from binhyen.audit.services import as_json as audit_json
from binhyen.cases.choices import OPEN_STATES, Lane, News, State, Verb
from binhyen.cases.kinds import kind
from binhyen.cases.models import Case, CaseEvent, Clock
from binhyen.cases.queries.alarm_recipients import rung_of
from binhyen.cases.rules import Facts, NotAllowed, NotFound, Stage, clocks
from binhyen.channels.models import Message
from binhyen.channels.services import fingerprints
from binhyen.kit import prepared_queries
from binhyen.kit.bulk_insert import rewrite
from binhyen.kit.live_events import Live
from binhyen.kit.live_events import as_json as live_json
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.queries import who_see
from binhyen.people.roles import May
from binhyen.vault.rules import may_hold

ALARM = "alarm"  # name of the live event of an alarm
CALLED_AT_ONCE = 200  # officer ids in one event: a PostgreSQL notification is limited to 8 kB
# After these the case has no alarm.
_QUIETS = frozenset({Verb.ACKNOWLEDGED, Verb.CLOSED, Verb.MERGED, Verb.WITHDRAWN})

# Changes that are an unread update; and those that clear it.
_NEWS = {Verb.HEARD: News.WORDS, Verb.HANDED_ON: News.GIVEN, Verb.LEFT: News.LEFT} | dict.fromkeys(
    (Verb.CLOSED, Verb.MERGED, Verb.WITHDRAWN), News.NONE
)
_TRACES = "SELECT cases_trace(%s::jsonb, %s), audit_record(%s::jsonb, %s), kit_publish(%s::jsonb, %s)"


class StaleCase(Exception):
    """The case changed since the form was loaded. `events`: the changes since, oldest first."""

    def __init__(self, case: Case, events: list[CaseEvent]) -> None:
        super().__init__("stale")
        self.case = case
        self.events = events


@dataclass(frozen=True, slots=True)
class Actor:
    """The actor of a change: an officer, a citizen, or the system."""

    label: str
    officer_id: int | None = None


CITIZEN = Actor("citizen")
INTAKE = Actor("system:intake")
ESCALATION = Actor("system:escalation")


def acting(officer: Officer) -> Actor:
    return Actor(f"officer:{officer.public_id}", officer.pk)


def facts(case: Case) -> Facts:
    return Facts(kind(case.kind), Lane(case.lane), State(case.state))


def require(officer: Officer, ability: May) -> None:
    if not access.may(officer, ability):
        raise NotAllowed(_("Bạn không có quyền làm việc này."))


def reads(officer: Officer, case: Case) -> bool:
    """Return whether the text is readable to this officer, or could be with a key.

    An unreadable case must not be judged.
    """
    return not kind(case.kind).sealed or may_hold("TIPS", officer.role)


def require_reader(officer: Officer, case: Case) -> None:
    if not reads(officer, case):
        raise NotAllowed(_("Lời báo này niêm phong. Chỉ người đọc được mới làm được việc này."))


def lock(code: str, *, officer: Officer, version: int | None) -> Case:
    """Return the case locked until the transaction ends. Raises NotFound, or StaleCase for an old `version`."""
    case = prepared_queries.first(
        Case, ("lock", access.sight_key(officer)),
        lambda: Case.objects.select_for_update(of=("self",)).filter(access.cases(officer), code=prepared_queries.WORD),
        {prepared_queries.WORD: code},
    )  # fmt: skip
    if case is None:
        raise NotFound
    if version is not None and version != case.version:
        newer = case.events.filter(version__gt=version).select_related("officer").order_by("id")
        raise StaleCase(case, list(newer))
    return case


def lock_for_system(case_id: int) -> Case:
    return Case.objects.select_for_update(of=("self",)).get(pk=case_id)


def topics(case: Case, *more: str) -> tuple[str, ...]:
    """Return the live event topics that may learn of the case: its unit, the province, and the assignee."""
    own = (f"officer:{case.assignee_id}",) if case.assignee_id else ()
    if case.barred is not None:  # by officer: an event to the unit would reach the excluded ones too
        seers = [f"officer:{pk}" for pk in who_see(case.unit_id) if pk not in case.barred]
        return (*seers, *own, *(topic for topic in more if topic.startswith("officer:")))
    return (f"unit:{case.unit_id}", "province", *own, *more)


@dataclass(frozen=True, slots=True)
class Trace:
    """The record of a change. `data`: codes and ids only."""

    case: Case
    verb: Verb
    actor: Actor
    data: Mapping[str, object]
    also: tuple[str, ...] = ()  # topics of officers losing the case by the change
    name: str = "case"  # of the live event
    stage: int = Stage.OFFICERS  # escalation level of an alarm


def matter(case: Case) -> str:
    """Return the audit subject of the case; that of a complaint about police does not identify the case."""
    return f"conduct:{case.public_id}" if case.apart else f"case:{case.code}"


def _lives(traces: Sequence[Trace]) -> list[Live]:
    """Build the live events for the desks; none for restricted cases, not even that something happened.

    An alarm goes to each recipient separately; for other officers it is a change like any other.
    """
    open_ = [t for t in traces if not t.case.apart]
    alarms = [t for t in open_ if t.name == ALARM]
    rung = rung_of([(t.case, t.stage) for t in alarms])
    changes = [
        Live(topics(t.case, *t.also), "case" if t.name == ALARM else t.name, live_data(t.case, t.verb)) for t in open_
    ]
    return changes + [
        Live(tuple(f"officer:{pk}" for pk in called[i : i + CALLED_AT_ONCE]), ALARM, live_data(t.case, t.verb))
        for t, called in zip(alarms, rung, strict=True)
        for i in range(0, len(called), CALLED_AT_ONCE)
    ]


def leave_traces(traces: Sequence[Trace], *, now: dt.datetime) -> None:
    """Store events, statistics marks, audit rows and live events of many changes in one statement."""
    if not traces:
        return
    rows = [
        {"case_id": t.case.pk, "version": t.case.version, "actor": t.actor.label, "officer_id": t.actor.officer_id,
         "verb": t.verb, "data": t.data}
        for t in traces
    ]  # fmt: skip
    acts = [
        Act(t.actor.label, f"case.{t.verb}", matter(t.case), None if t.case.apart else t.case.unit_id, dict(t.data))
        for t in traces
    ]
    events = orjson.dumps(rows).decode()
    with prepared_queries.ready_cursor() as cursor:
        cursor.execute(_TRACES, [events, now, audit_json(acts), now, live_json(_lives(traces)), now])


def finish(
    case: Case,
    verb: Verb,
    *,
    actor: Actor,
    now: dt.datetime,
    data: Mapping[str, object] | None = None,
    changed: Iterable[str] = (),
    also: tuple[str, ...] = (),
    alarms: bool = False,
    stage: int = Stage.OFFICERS,
) -> None:
    """Increment the version, save the changed columns and record the change.

    `rings`: an alarm at `stage`. The verb sets the unread update; otherwise the caller has set `news`.
    """
    case.version += 1
    case.updated_at = now
    if not (verb == Verb.HEARD and case.news == News.LEFT):  # an orphaned case is the more important notice
        case.news = _NEWS.get(verb, case.news)
    rewrite(case, {"version", "updated_at", "news", *changed})
    name = ALARM if alarms else "quiet" if verb in _QUIETS else "case"
    leave_traces([Trace(case, verb, actor, data or {}, also, name, stage)], now=now)


def take_along(case: Case, *, now: dt.datetime) -> None:
    """Share the fingerprints of confidential messages with the new unit, so that its outbound DLP checks them too."""
    told = Message.objects.filter(Q(case_messages__case=case) | Q(case_messages__case__merged_into=case))
    fingerprints.pass_on(set(told.values_list("public_id", flat=True)), unit_id=case.unit_id, now=now)


def live_data(case: Case, verb: Verb) -> dict[str, Any]:
    return {"case": case.code, "verb": verb, "version": case.version, "state": case.state, "urgency": case.urgency}


def back_to_work(case: Case, *, now: dt.datetime) -> list[str]:
    """Reopen the case without its outcome; return the changed columns for the caller to save."""
    case.state, case.closed_at, case.outcome, case.unhelped = State.WORKING, None, "", False
    keep_clocks(case, now=now)
    return ["state", "closed_at", "outcome", "unhelped", "due_at"]


def set_clocks(case: Case, *, now: dt.datetime) -> None:
    """Reset the clocks to kind and lane, counted from the opening; those of the same name run on.

    Clocks inherited by a merge stay. The caller saves `due_at`.
    """
    due = clocks(kind(case.kind), Lane(case.lane), opened_at=case.opened_at)
    own = Clock.objects.filter(case=case, lent_by=None)
    own.exclude(name__in=[d.name for d in due]).delete()
    had = set(own.values_list("name", flat=True))
    Clock.objects.bulk_create(Clock(case=case, **asdict(d)) for d in due if d.name not in had)
    keep_clocks(case, now=now)


def keep_clocks(case: Case, *, now: dt.datetime) -> None:
    """Stop the clocks whose deadline the state meets, resume the others, and set the earliest one on the case."""
    every = list(Clock.objects.filter(case=case))
    for clock in every:
        kept = case.state in clock.stops_at
        if kept != (clock.stopped_at is not None):
            clock.stopped_at = now if kept else None
            clock.save(update_fields=["stopped_at"])
    running = [clock.due_at for clock in every if clock.stopped_at is None]
    case.due_at = min(running) if running and case.state in OPEN_STATES else None
