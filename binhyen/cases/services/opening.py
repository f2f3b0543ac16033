"""Open cases, many at a time: whatever the batch, the same dozen statements."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from binhyen.audit.services import Act, record
from binhyen.cases.kinds import kind
from binhyen.cases.models import Alarm, Case, CaseEvent, CaseMessage, Clock, Report, Uncounted
from binhyen.cases.rules import Due, Ladder, Stage, alarm_starts, clocks, next_step
from binhyen.cases.services.steps import Actor, live_data, topics
from binhyen.cases.words import Lane
from binhyen.kit.live import Live, publish


@dataclass(frozen=True, slots=True)
class Opening:
    """A case to open. `message_ids`: the messages that tell of it; `link_hash`: the reporter's status page."""

    kind: str
    lane: Lane
    category: str
    urgency: int
    sensitive: bool
    title: str
    unit_id: int
    actor: Actor
    folded: str = ""
    area_id: int | None = None
    commune_id: int | None = None
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    reporter_id: int | None = None
    conversation_id: int | None = None
    link_hash: str | None = None
    message_ids: tuple[int, ...] = field(default=())
    assignee_id: int | None = None


@transaction.atomic
def open_cases(openings: Sequence[Opening], *, ladder: Ladder, now: dt.datetime) -> list[Case]:
    """The new cases, in the order of `openings`. Their messages are held already (`Heard.held`, `hold`)."""
    if not openings:
        return []
    dues = [clocks(kind(o.kind), o.lane, opened_at=now) for o in openings]
    cases = Case.objects.bulk_create(_case(o, due, now) for o, due in zip(openings, dues, strict=True))
    pairs = list(zip(cases, openings, strict=True))
    Clock.objects.bulk_create(
        Clock(case=case, name=d.name, label=d.label, due_at=d.due_at, stops_at=list(d.stops_at))
        for case, due in zip(cases, dues, strict=True)
        for d in due
    )
    Report.objects.bulk_create(
        Report(case=c, reporter_id=o.reporter_id, conversation_id=o.conversation_id, link_hash=o.link_hash, at=now)
        for c, o in pairs
        if o.reporter_id is not None
    )
    CaseMessage.objects.bulk_create(
        CaseMessage(case=c, message_id=m, attached_at=now, attached_by=o.actor.label) for c, o in pairs for m in o.message_ids
    )
    _leave_traces(pairs, ladder=ladder, now=now)
    return cases


def _case(opening: Opening, due: Sequence[Due], now: dt.datetime) -> Case:
    return Case(
        kind=opening.kind, lane=opening.lane, category=opening.category, urgency=opening.urgency,
        sensitive=opening.sensitive, title=opening.title[:160], unit_id=opening.unit_id, area_id=opening.area_id,
        commune_id=opening.commune_id, place=opening.place[:160], latitude=opening.latitude,
        longitude=opening.longitude, assignee_id=opening.assignee_id, opened_at=now, updated_at=now,
        due_at=min((d.due_at for d in due), default=None), folded=opening.folded,
    )  # fmt: skip


def _leave_traces(pairs: Sequence[tuple[Case, Opening]], *, ladder: Ladder, now: dt.datetime) -> None:
    ringing = [case for case, _ in pairs if alarm_starts(case.urgency)]
    Alarm.objects.bulk_create(
        Alarm(case=case, raised_at=now, next_at=next_step(Stage.OFFICERS, opened_at=now, ladder=ladder))
        for case in ringing
    )
    CaseEvent.objects.bulk_create(
        CaseEvent(case=c, version=1, at=now, actor=o.actor.label, officer_id=o.actor.officer_id, verb="opened",
                  data={"category": c.category, "urgency": c.urgency, "unit": c.unit_id})
        for c, o in pairs
    )  # fmt: skip
    Uncounted.objects.bulk_create(Uncounted(case=case) for case, _ in pairs)
    record([Act(o.actor.label, "case.opened", f"case:{c.code}", c.unit_id) for c, o in pairs], now=now)
    publish([Live(topics(c), "alarm" if alarm_starts(c.urgency) else "case", live_data(c, "opened")) for c, _ in pairs],
            now=now)  # fmt: skip
