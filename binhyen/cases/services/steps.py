"""What every write of a case does: lock it, check that it is not stale, raise its version, leave its traces."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from binhyen.audit.services import Act, record
from binhyen.cases.kinds import kind
from binhyen.cases.models import Case, CaseEvent, Clock, Uncounted
from binhyen.cases.rules import Facts, NotAllowed, NotFound
from binhyen.cases.words import OPEN_STATES, Lane, State
from binhyen.kit.live import Live, publish
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.rules import May

_QUIETS = frozenset({"acknowledged", "closed", "merged"})  # after these the case alarms nobody any more


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
        raise NotAllowed("Bạn không có quyền làm việc này.")


def lock(code: str, *, officer: Officer, version: int | None) -> Case:
    """The case, locked until the transaction ends. Raises NotFound, or StaleCase when `version` is not the newest."""
    case = Case.objects.select_for_update(of=("self",)).filter(access.cases(officer), code=code).first()
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
    return (f"unit:{case.unit_id}", "province", *own, *more)


def finish(
    case: Case,
    verb: str,
    *,
    actor: Actor,
    now: dt.datetime,
    data: dict[str, Any] | None = None,
    changed: Iterable[str] = (),
    also: tuple[str, ...] = (),
) -> None:
    """Raise the version, save the named columns, write event, audit row and live event. `data`: codes and ids only."""
    case.version += 1
    case.updated_at = now
    case.save(update_fields={"version", "updated_at", *changed})
    CaseEvent.objects.create(
        case=case, version=case.version, at=now, actor=actor.label, officer_id=actor.officer_id, verb=verb,
        data=data or {},
    )  # fmt: skip
    Uncounted.objects.create(case=case)
    record([Act(actor.label, f"case.{verb}", f"case:{case.code}", case.unit_id, data or {})], now=now)
    name = "quiet" if verb in _QUIETS else "case"
    publish([Live(topics(case, *also), name, live_data(case, verb))], now=now)


def live_data(case: Case, verb: str) -> dict[str, Any]:
    return {"case": case.code, "verb": verb, "version": case.version, "state": case.state, "urgency": case.urgency}


def keep_clocks(case: Case, *, now: dt.datetime) -> None:
    """Stop the clocks that the case's state keeps, run the others on, and note the nearest on the case."""
    clocks = list(Clock.objects.filter(case=case))
    for clock in clocks:
        kept = case.state in clock.stops_at
        if kept != (clock.stopped_at is not None):
            clock.stopped_at = now if kept else None
            clock.save(update_fields=["stopped_at"])
    running = [clock.due_at for clock in clocks if clock.stopped_at is None]
    case.due_at = min(running) if running and case.state in OPEN_STATES else None
