"""Serializers of cases, messages and events: no integer keys, no names where a pseudonym exists."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from binhyen.api.schemas import CaseChange, CaseOut, CaseRow, ClockOut, EventOut, LineOut, NamedReference
from binhyen.areas import queries as areas
from binhyen.areas.models import Area
from binhyen.cases.choices import EVENT_LABELS, Grade, Lane, Outcome, State, Verb
from binhyen.cases.models import Case, CaseEvent
from binhyen.cases.queries.case_detail import ThreadEntry, map_alias_codes
from binhyen.cases.queries.case_list import CaseListRow
from binhyen.cases.queries.overdue import list_clocks
from binhyen.cases.rules import CaseStatus, list_next_states, list_outcomes
from binhyen.channels.models import Attachment, Message
from binhyen.channels.presenters import get_sealed_placeholder
from binhyen.people.models import Officer
from binhyen.vault.pseudonyms import derive_pseudonym, format_case_scope

# Verbs with data of codes and UUIDs only; data of other verbs are not returned.
_VERBS_WITH_PUBLIC_DATA = frozenset(
    {
        Verb.STATE,
        Verb.CLOSED,
        Verb.GRADED,
        Verb.RECLASSIFIED,
        Verb.ASSIGNED,
        Verb.MERGED,
        Verb.ABSORBED,
        Verb.UNMERGED,
        Verb.RELATED,
        Verb.UNRELATED,
        Verb.RATED,
    }
)


def serialize_row(row_values: CaseListRow) -> CaseRow:
    return CaseRow(
        code=row_values["code"],
        title=row_values["title"],
        place=row_values["place"],
        kind=row_values["kind"],
        category=row_values["category"],
        urgency=row_values["urgency"],
        state=State(row_values["state"]),
        sensitive=row_values["sensitive"],
        unit=row_values["unit__name"],
        assignee=row_values["assignee__name"],
        opened_at=row_values["opened_at"],
        acknowledged_at=row_values["acknowledged_at"],
        due_at=row_values["due_at"],
        outcome=_parse_outcome(row_values["outcome"]),
        grade=Grade(row_values["tip_value"]),
        version=row_values["version"],
    )


def serialize_case(
    case: Case,
    facts: CaseStatus,
    *,
    can_decide: bool,
    absorbed: Sequence[Case],
    lines: Sequence[ThreadEntry],
    case_events: Sequence[CaseEvent],
) -> CaseOut:
    aliases = map_alias_codes(lines, case)
    return CaseOut(
        code=case.code,
        title=case.title,
        kind=case.kind,
        lane=Lane(case.lane),
        state=State(case.state),
        category=case.category,
        urgency=case.urgency,
        sensitive=case.sensitive,
        place=case.place,
        latitude=case.latitude,
        longitude=case.longitude,
        commune=_serialize_commune(case.commune),
        unit=NamedReference(id=case.unit.public_id, name=case.unit.name),
        assignee=_serialize_officer(case.assignee),
        opened_at=case.opened_at,
        updated_at=case.updated_at,
        acknowledged_at=case.acknowledged_at,
        due_at=case.due_at,
        closed_at=case.closed_at,
        outcome=_parse_outcome(case.outcome),
        result=case.result,
        grade=Grade(case.tip_value),
        merged_into=case.merged_into.code if case.merged_into else None,
        absorbed=[related.code for related in absorbed],
        version=case.version,
        next_states=list(list_next_states(facts)),
        outcomes=list(list_outcomes(facts, can_decide=can_decide)),
        thread=[_serialize_line(line, aliases) for line in lines],
        events=serialize_events(case_events),
        clocks=[
            ClockOut(name=related.name, label=related.label, due_at=related.due_at, stopped_at=related.stopped_at)
            for related in list_clocks(case)
        ],
    )


def serialize_change(case: Case) -> dict[str, Any]:
    """Serialize the answer to a write, as it is sent and stored."""
    answer = CaseChange(
        code=case.code,
        version=case.version,
        state=State(case.state),
        acknowledged_at=case.acknowledged_at,
        assignee=case.assignee.public_id if case.assignee else None,
        outcome=_parse_outcome(case.outcome),
    )
    return answer.model_dump(mode="json")


def serialize_events(case_events: Iterable[CaseEvent]) -> list[EventOut]:
    return [
        EventOut(
            version=event.version,
            at=event.at,
            verb=event.verb,
            label=EVENT_LABELS.get(event.verb, event.verb),
            who=event.officer.name if event.officer else event.actor.partition(":")[0],
            data=event.data if event.verb in _VERBS_WITH_PUBLIC_DATA else {},
        )
        for event in case_events
    ]


def _serialize_line(line: ThreadEntry, aliases: Mapping[int, str]) -> LineOut:
    if line.message is not None:
        return _serialize_message(line, line.message, aliases)
    if line.outgoing is not None:
        message_sent = line.outgoing
        return LineOut(
            at=line.at, side=line.side, who=line.who, text=message_sent.text, channel=message_sent.channel.kind
        )
    return LineOut(at=line.at, side=line.side, who=line.who, text=line.text)


def _serialize_message(line: ThreadEntry, message: Message, aliases: Mapping[int, str]) -> LineOut:
    photo_ids = [
        attachment.public_id for attachment in message.attachments.all() if attachment.state == Attachment.State.READY
    ]
    return LineOut(
        at=line.at,
        side=line.side,
        who=derive_pseudonym(message.reporter.pseudonym, format_case_scope(aliases[message.reporter_id])),
        channel=message.channel.kind,
        text=message.text if message.ciphertext is None else get_sealed_placeholder(message),
        case=line.case_code,
        photos=photo_ids,
        latitude=message.latitude,
        longitude=message.longitude,
    )


def _serialize_commune(area: Area | None) -> NamedReference | None:
    if area is None:
        return None
    communes = areas.get_directory().communes.values()
    return NamedReference(
        id=area.public_id, name=next((entry.full_name for entry in communes if entry.area_id == area.pk), "")
    )


def _serialize_officer(officer: Officer | None) -> NamedReference | None:
    return NamedReference(id=officer.public_id, name=officer.name) if officer else None


def _parse_outcome(code: str) -> Outcome | None:
    return Outcome(code) if code else None
