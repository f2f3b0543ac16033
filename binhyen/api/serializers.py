"""Serializers of cases, messages and events: no integer keys, no names where a pseudonym exists."""

from collections.abc import Iterable, Sequence
from typing import Any

from binhyen.api.response_schemas import CaseOut, CaseRow, Changed, ClockOut, EventOut, LineOut, Named
from binhyen.areas import queries as areas
from binhyen.areas.models import Area
from binhyen.cases.choices import EVENT_LABELS, Grade, Lane, Outcome, State, Verb
from binhyen.cases.models import Case, CaseEvent
from binhyen.cases.queries.case_detail import Line
from binhyen.cases.queries.case_list import Row
from binhyen.cases.queries.overdue import clocks
from binhyen.cases.rules import Facts, next_states, outcomes
from binhyen.channels.models import Attachment, Message
from binhyen.channels.presenters import sealed
from binhyen.people.models import Officer
from binhyen.vault.pseudonyms import called, in_case

# Verbs with data of codes and UUIDs only; data of other verbs are not returned.
_OPEN_DATA = frozenset(
    {
        Verb.STATE, Verb.CLOSED, Verb.GRADED, Verb.RECLASSIFIED, Verb.ASSIGNED, Verb.MERGED, Verb.ABSORBED,
        Verb.UNMERGED, Verb.RELATED, Verb.UNRELATED, Verb.RATED,
    }
)  # fmt: skip


def row(found: Row) -> CaseRow:
    return CaseRow(
        code=found["code"], title=found["title"], place=found["place"], kind=found["kind"],
        category=found["category"], urgency=found["urgency"], state=State(found["state"]),
        sensitive=found["sensitive"], unit=found["unit__name"], assignee=found["assignee__name"],
        opened_at=found["opened_at"], acknowledged_at=found["acknowledged_at"], due_at=found["due_at"],
        outcome=_outcome(found["outcome"]), grade=Grade(found["grade"]), version=found["version"],
    )  # fmt: skip


def detail(
    case: Case, facts: Facts, *, decides: bool, absorbed: Sequence[Case], lines: Sequence[Line],
    happened: Sequence[CaseEvent],
) -> CaseOut:  # fmt: skip
    return CaseOut(
        code=case.code, title=case.title, kind=case.kind, lane=Lane(case.lane), state=State(case.state),
        category=case.category, urgency=case.urgency, sensitive=case.sensitive, place=case.place,
        latitude=case.latitude, longitude=case.longitude, commune=_commune(case.commune),
        unit=Named(id=case.unit.public_id, name=case.unit.name), assignee=_person(case.assignee),
        opened_at=case.opened_at, updated_at=case.updated_at, acknowledged_at=case.acknowledged_at,
        due_at=case.due_at, closed_at=case.closed_at, outcome=_outcome(case.outcome), result=case.result,
        grade=Grade(case.grade), merged_into=case.merged_into.code if case.merged_into else None,
        absorbed=[c.code for c in absorbed], version=case.version, next_states=list(next_states(facts)),
        outcomes=list(outcomes(facts, decides=decides)), thread=[_line(line, case) for line in lines],
        events=events(happened),
        clocks=[
            ClockOut(name=c.name, label=c.label, due_at=c.due_at, stopped_at=c.stopped_at)
            for c in clocks(case)
        ],
    )  # fmt: skip


def changed(case: Case) -> dict[str, Any]:
    """Serialize the answer to a write, as it is sent and stored."""
    answer = Changed(
        code=case.code, version=case.version, state=State(case.state), acknowledged_at=case.acknowledged_at,
        assignee=case.assignee.public_id if case.assignee else None, outcome=_outcome(case.outcome),
    )  # fmt: skip
    return answer.model_dump(mode="json")


def events(happened: Iterable[CaseEvent]) -> list[EventOut]:
    return [
        EventOut(
            version=e.version, at=e.at, verb=e.verb, label=EVENT_LABELS.get(e.verb, e.verb),
            who=e.officer.name if e.officer else e.actor.partition(":")[0], data=e.data if e.verb in _OPEN_DATA else {},
        )
        for e in happened
    ]  # fmt: skip


def _line(line: Line, case: Case) -> LineOut:
    if line.message is not None:
        return _heard(line, line.message, case)
    if line.outgoing is not None:
        sent = line.outgoing
        return LineOut(at=line.at, side=line.side, who=line.who, text=sent.text, channel=sent.channel.kind)
    return LineOut(at=line.at, side=line.side, who=line.who, text=line.text)


def _heard(line: Line, message: Message, case: Case) -> LineOut:
    ready = [a.public_id for a in message.attachments.all() if a.state == Attachment.State.READY]
    return LineOut(
        at=line.at, side=line.side, who=called(message.reporter.pseudonym, in_case(case.code)),
        channel=message.channel.kind,
        text=message.text if message.sealed is None else sealed(message),
        case=line.case_code, photos=ready, latitude=message.latitude, longitude=message.longitude,
    )  # fmt: skip


def _commune(area: Area | None) -> Named | None:
    if area is None:
        return None
    known = areas.directory().communes.values()
    return Named(id=area.public_id, name=next((c.full_name for c in known if c.area_id == area.pk), ""))


def _person(officer: Officer | None) -> Named | None:
    return Named(id=officer.public_id, name=officer.name) if officer else None


def _outcome(code: str) -> Outcome | None:
    return Outcome(code) if code else None
