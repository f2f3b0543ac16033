"""Follow-up messages of reporters, attached to their case."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from binhyen.cases.choices import CATEGORY_LABELS, OPEN_STATES, State, Verb
from binhyen.cases.kinds import kind_for
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.cases.rules import Ladder, alarm_starts, reopens
from binhyen.cases.services.alarms import ring, ring_anew
from binhyen.cases.services.lost_found import match_later
from binhyen.cases.services.search_index import tell_more
from binhyen.cases.services.unit_of_work import (
    CITIZEN,
    INTAKE,
    back_to_work,
    finish,
    lock_for_system,
    set_clocks,
)
from binhyen.channels import services as channels


@dataclass(frozen=True, slots=True)
class Hearing:
    """A follow-up of a case. `urgency`, `sensitive`: of the message; they can only raise the case's.

    `resumes`: a waiting or closed case is worked on again; `place`: as written; `category`: "" where the reader is not
    sure.
    """

    case_id: int
    message_id: int
    reporter_id: int
    conversation_id: int | None
    folded: str
    marked: str
    urgency: int
    resumes: bool = True
    sensitive: bool = False
    place: str = ""
    category: str = ""


@transaction.atomic(savepoint=False)
def hear(hearings: Sequence[Hearing], *, ladder: Ladder, now: dt.datetime) -> None:
    """Attach each message to its case, in the order of case ids."""
    for hearing in sorted(hearings, key=lambda h: h.case_id):
        _hear(hearing, ladder=ladder, now=now)


def _hear(hearing: Hearing, *, ladder: Ladder, now: dt.datetime) -> None:
    case = lock_for_system(hearing.case_id)
    CaseMessage.objects.create(case=case, message_id=hearing.message_id, attached_at=now, attached_by=INTAKE.label)
    channels.hold(hearing.message_id, unit_id=case.unit_id)
    Report.objects.get_or_create(
        case=case, reporter_id=hearing.reporter_id, defaults={"conversation_id": hearing.conversation_id, "at": now}
    )
    changed = tell_more(case, hearing.folded, hearing.marked)
    waited = case.state == State.WAITING or reopens(State(case.state), closed_at=case.closed_at, now=now)
    if hearing.resumes and waited:
        changed += back_to_work(case, now=now)
    rung = danger(case, hearing.urgency, ladder=ladder, now=now)
    if hearing.urgency > case.urgency:
        case.urgency = hearing.urgency
        changed.append("urgency")
    if hearing.sensitive and not case.sensitive:
        case.sensitive = True
        changed.append("sensitive")
    if hearing.category and _unknown(case):
        changed += _become(case, hearing.category, now=now)
    if hearing.place and not case.place:
        case.place = hearing.place[:160]
        changed.append("place")
        if case.title == CATEGORY_LABELS.get(case.category):
            case.title = f"{case.title} · {case.place}"[:160]
            changed.append("title")
    match_later([case])
    data = {"message": hearing.message_id}
    finish(case, Verb.HEARD, actor=CITIZEN, now=now, data=data, changed=[*changed, *rung], alarms=bool(rung))


def _unknown(case: Case) -> bool:
    """Return whether the first message had no content (a photo, a cry) and no officer classified the case."""
    known = case.category != "other" or case.assignee_id is not None or case.state not in OPEN_STATES
    return not known and not case.events.filter(officer__isnull=False).exists()


def _become(case: Case, category: str, *, now: dt.datetime) -> list[str]:
    """Set the category that a follow-up reveals; return the changed fields."""
    chosen, label = kind_for(category), CATEGORY_LABELS[case.category]
    case.kind, case.category, case.lane = chosen.code, category, chosen.lane_of(category)
    if case.title.startswith(label):
        case.title = f"{CATEGORY_LABELS[category]}{case.title.removeprefix(label)}"[:160]
    set_clocks(case, now=now)
    return ["kind", "category", "lane", "title", "due_at"]


def danger(case: Case, urgency: int, *, ladder: Ladder, now: dt.datetime) -> list[str]:
    """Start or restart the alarm for a follow-up of this urgency on the locked case; return the changed fields.

    The assignee of an ordinary case does not know yet that it is urgent, or that an urgent one got worse.
    """
    if not alarm_starts(urgency):
        return []
    rings = ring_anew if alarm_starts(case.urgency) else ring
    return rings(case, ladder=ladder, now=now)


@transaction.atomic
def rate(*, report_id: int, helped: bool, now: dt.datetime, message_id: int | None = None) -> None:
    """Store the reporter's rating; the last one counts. A negative one flags the closed case until a note or reopening.

    `message_id`: the chat message with the rating: it is attached to the case, reopens nothing and counts as no unread
    update.
    """
    report = Report.objects.select_related("case").get(pk=report_id)
    report.helped, report.rated_at = helped, now
    report.save(update_fields=["helped", "rated_at"])
    case = lock_for_system(report.case_id)
    if message_id is not None:
        CaseMessage.objects.create(case=case, message_id=message_id, attached_at=now, attached_by=INTAKE.label)
        channels.hold(message_id, unit_id=case.unit_id)
    ended = lock_for_system(case.merged_into_id) if case.merged_into_id else case
    if ended.state == State.CLOSED:
        ended.unhelped = not helped or (ended.unhelped and unhelped(ended))
    for each in dict.fromkeys([case, ended]):
        finish(each, Verb.RATED, actor=CITIZEN, now=now, data={"helped": helped}, changed=["unhelped"])


def unhelped(case: Case) -> bool:
    """Return whether a reporter of the case, or of a case merged into it, rated its outcome as not helpful."""
    told = Report.objects.filter(Q(case=case) | Q(case__merged_into=case), helped=False)
    return told.filter(rated_at__gte=case.closed_at).exists()
