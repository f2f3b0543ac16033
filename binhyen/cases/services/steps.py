"""What every write of a case does: lock it, check that it is not stale, raise its version, leave its traces."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from django.db.models import Q
from django.utils.translation import gettext as _

from binhyen.audit.services import Act
from binhyen.audit.services import as_json as audit_json
from binhyen.cases.kinds import kind
from binhyen.cases.models import Case, CaseEvent, Clock
from binhyen.cases.queries.bell import rung_of
from binhyen.cases.rules import Facts, NotAllowed, NotFound, Stage, clocks
from binhyen.cases.words import OPEN_STATES, Lane, News, State, Verb
from binhyen.channels.models import Message
from binhyen.channels.services import imprints
from binhyen.kit import compiled
from binhyen.kit.inserts import rewrite
from binhyen.kit.live import Live
from binhyen.kit.live import as_json as live_json
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.queries import who_see
from binhyen.people.rules import May
from binhyen.vault.rules import may_hold

ALARM = "alarm"  # the live event that rings
CALLED_AT_ONCE = 200  # people in one event: PostgreSQL's notification holds 8 kB
# After these the case alarms nobody any more.
_QUIETS = frozenset({Verb.ACKNOWLEDGED, Verb.CLOSED, Verb.MERGED, Verb.WITHDRAWN})

# What happened that somebody ought to look at; and what leaves nothing to look at.
_NEWS = {Verb.HEARD: News.WORDS, Verb.HANDED_ON: News.GIVEN, Verb.LEFT: News.LEFT} | dict.fromkeys(
    (Verb.CLOSED, Verb.MERGED, Verb.WITHDRAWN), News.NONE
)
_TRACES = "SELECT cases_trace(%s::jsonb, %s), audit_record(%s::jsonb, %s), kit_publish(%s::jsonb, %s)"


class StaleCase(Exception):
    """Somebody changed the case since the page was opened. `events`: what happened meanwhile, oldest first."""

    def __init__(self, case: Case, events: list[CaseEvent]) -> None:
        super().__init__("stale")
        self.case = case
        self.events = events


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an officer, a citizen, or the system."""

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
    """Are its words open, or could this officer be given the key to them? What nobody could read, nobody judges."""
    return not kind(case.kind).sealed or may_hold("TIPS", officer.role)


def require_reader(officer: Officer, case: Case) -> None:
    if not reads(officer, case):
        raise NotAllowed(_("Lời báo này niêm phong. Chỉ người đọc được mới làm được việc này."))


def lock(code: str, *, officer: Officer, version: int | None) -> Case:
    """The case, locked until the transaction ends. Raises NotFound, or StaleCase when `version` is not the newest."""
    case = compiled.first(
        Case, ("lock", access.sight_key(officer)),
        lambda: Case.objects.select_for_update(of=("self",)).filter(access.cases(officer), code=compiled.WORD),
        {compiled.WORD: code},
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
    """Who may hear of the case: its unit, the province, and whoever has it as a task."""
    own = (f"officer:{case.assignee_id}",) if case.assignee_id else ()
    if case.barred is not None:  # one by one: of what is kept from some of a unit, the unit hears nothing
        seers = [f"officer:{pk}" for pk in who_see(case.unit_id) if pk not in case.barred]
        return (*seers, *own, *(topic for topic in more if topic.startswith("officer:")))
    return (f"unit:{case.unit_id}", "province", *own, *more)


@dataclass(frozen=True, slots=True)
class Trace:
    """What a change leaves behind. `data`: codes and ids only."""

    case: Case
    verb: Verb
    actor: Actor
    data: Mapping[str, object]
    also: tuple[str, ...] = ()  # topics of those whom the change takes the case from
    name: str = "case"  # of the live event
    stage: int = Stage.OFFICERS  # how far an alarm has gone


def matter(case: Case) -> str:
    """How the audit calls the case; a complaint about police by a name that leads to no case."""
    return f"conduct:{case.public_id}" if case.apart else f"case:{case.code}"


def _lives(traces: Sequence[Trace]) -> list[Live]:
    """What the desks hear; of what lies apart nothing, not even that something happened. An alarm calls those for whom
    it rings, one by one; to everybody else it is a change like any other.
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
    """Events, marks for the counter, audit rows and live events of many changes, in one statement."""
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
    with compiled.ready_cursor() as cursor:
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
    """Raise the version, save the named columns, leave the traces. `alarms`: it rings, for those of `stage`. What there
    is to look at follows from the verb; where it does not, the caller has set `news`.
    """
    case.version += 1
    case.updated_at = now
    if not (verb == Verb.HEARD and case.news == News.LEFT):  # that nobody has it says more
        case.news = _NEWS.get(verb, case.news)
    rewrite(case, {"version", "updated_at", "news", *changed})
    name = ALARM if alarms else "quiet" if verb in _QUIETS else "case"
    leave_traces([Trace(case, verb, actor, data or {}, also, name, stage)], now=now)


def take_along(case: Case, *, now: dt.datetime) -> None:
    """The case is another unit's now, and what was told in confidence goes with it: the gate asks there too."""
    told = Message.objects.filter(Q(case_messages__case=case) | Q(case_messages__case__merged_into=case))
    imprints.pass_on(set(told.values_list("public_id", flat=True)), unit_id=case.unit_id, now=now)


def live_data(case: Case, verb: Verb) -> dict[str, Any]:
    return {"case": case.code, "verb": verb, "version": case.version, "state": case.state, "urgency": case.urgency}


def back_to_work(case: Case, *, now: dt.datetime) -> list[str]:
    """It is worked on again: what it ended with does not hold. The changed columns, for the caller to save."""
    case.state, case.closed_at, case.outcome, case.unhelped = State.WORKING, None, "", False
    keep_clocks(case, now=now)
    return ["state", "closed_at", "outcome", "unhelped", "due_at"]


def set_clocks(case: Case, *, now: dt.datetime) -> None:
    """The clocks of its kind and lane, counted from when it was told; one that goes by the same name runs on. What
    merged cases brought along stays. The caller saves `due_at`.
    """
    due = clocks(kind(case.kind), Lane(case.lane), opened_at=case.opened_at)
    own = Clock.objects.filter(case=case, lent_by=None)
    own.exclude(name__in=[d.name for d in due]).delete()
    had = set(own.values_list("name", flat=True))
    Clock.objects.bulk_create(Clock(case=case, **asdict(d)) for d in due if d.name not in had)
    keep_clocks(case, now=now)


def keep_clocks(case: Case, *, now: dt.datetime) -> None:
    """Stop the clocks that the case's state keeps, run the others on, and note the nearest on the case."""
    every = list(Clock.objects.filter(case=case))
    for clock in every:
        kept = case.state in clock.stops_at
        if kept != (clock.stopped_at is not None):
            clock.stopped_at = now if kept else None
            clock.save(update_fields=["stopped_at"])
    running = [clock.due_at for clock in every if clock.stopped_at is None]
    case.due_at = min(running) if running and case.state in OPEN_STATES else None
