"""Follow-up messages of reporters, attached to their case."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from binhyen.cases.choices import CATEGORY_LABELS, OPEN_STATES, State, Verb
from binhyen.cases.kinds import get_kind_for_category
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.cases.rules import EscalationDelays, should_alarm, should_reopen
from binhyen.cases.services.alarms import restart_alarm, start_alarm
from binhyen.cases.services.lost_found import enqueue_matching
from binhyen.cases.services.search_index import add_search_words
from binhyen.cases.services.unit_of_work import (
    CITIZEN_ACTOR,
    INTAKE_ACTOR,
    lock_case_for_system,
    reopen_case,
    reset_clocks,
    save_change,
)
from binhyen.channels import services as channels


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A follow-up of a case. `urgency`, `sensitive`: of the message; they can only raise the case's.

    `resumes`: a waiting or closed case is worked on again; `place`: as written; `category`: "" where the reader is not
    sure.
    """

    case_id: int
    message_id: int
    reporter_id: int
    conversation_id: int | None
    folded: str
    search_accented: str
    urgency: int
    resumes: bool = True
    sensitive: bool = False
    place: str = ""
    category: str = ""


@transaction.atomic(savepoint=False)
def add_follow_ups(hearings: Sequence[FollowUp], *, ladder: EscalationDelays, now: dt.datetime) -> None:
    """Attach each message to its case, in the order of case ids."""
    for hearing in sorted(hearings, key=lambda follow_up: follow_up.case_id):
        _add_follow_up(hearing, delays=ladder, now=now)


def _add_follow_up(follow_up: FollowUp, *, delays: EscalationDelays, now: dt.datetime) -> None:
    case = lock_case_for_system(follow_up.case_id)
    CaseMessage.objects.create(
        case=case, message_id=follow_up.message_id, attached_at=now, attached_by=INTAKE_ACTOR.label
    )
    channels.retain_for_case(follow_up.message_id, unit_id=case.unit_id)
    Report.objects.get_or_create(
        case=case, reporter_id=follow_up.reporter_id, defaults={"conversation_id": follow_up.conversation_id, "at": now}
    )
    changed = add_search_words(case, follow_up.folded, follow_up.search_accented)
    waited = case.state == State.WAITING or should_reopen(State(case.state), closed_at=case.closed_at, now=now)
    if follow_up.resumes and waited:
        changed += reopen_case(case, now=now)
    alarm_fields = update_alarm(case, follow_up.urgency, delays=delays, now=now)
    if follow_up.urgency > case.urgency:
        case.urgency = follow_up.urgency
        changed.append("urgency")
    if follow_up.sensitive and not case.sensitive:
        case.sensitive = True
        changed.append("sensitive")
    if follow_up.category and _is_unclassified(case):
        changed += _set_category(case, follow_up.category, now=now)
    if follow_up.place and not case.place:
        case.place = follow_up.place[:160]
        changed.append("place")
        if case.title == CATEGORY_LABELS.get(case.category):
            case.title = f"{case.title} · {case.place}"[:160]
            changed.append("title")
    enqueue_matching([case])
    data = {"message": follow_up.message_id}
    save_change(
        case,
        Verb.HEARD,
        actor=CITIZEN_ACTOR,
        now=now,
        data=data,
        changed=[*changed, *alarm_fields],
        rings=bool(alarm_fields),
    )


def _is_unclassified(case: Case) -> bool:
    """Return whether the first message had no content (a photo, a cry) and no officer classified the case."""
    is_classified = case.category != "other" or case.assignee_id is not None or case.state not in OPEN_STATES
    return not is_classified and not case.events.filter(officer__isnull=False).exists()


def _set_category(case: Case, category: str, *, now: dt.datetime) -> list[str]:
    """Set the category that a follow-up reveals; return the changed fields."""
    case_kind, label = get_kind_for_category(category), CATEGORY_LABELS[case.category]
    case.kind, case.category, case.lane = case_kind.code, category, case_kind.get_lane(category)
    if case.title.startswith(label):
        case.title = f"{CATEGORY_LABELS[category]}{case.title.removeprefix(label)}"[:160]
    reset_clocks(case, now=now)
    return ["kind", "category", "lane", "title", "due_at"]


def update_alarm(case: Case, urgency: int, *, delays: EscalationDelays, now: dt.datetime) -> list[str]:
    """Start or restart the alarm for a follow-up of this urgency on the locked case; return the changed fields.

    The assignee of an ordinary case does not know yet that it is urgent, or that an urgent one got worse.
    """
    if not should_alarm(urgency):
        return []
    rings = restart_alarm if should_alarm(case.urgency) else start_alarm
    return rings(case, delays=delays, now=now)


@transaction.atomic
def rate_outcome(*, report_id: int, helped: bool, now: dt.datetime, message_id: int | None = None) -> None:
    """Store the reporter's rating; the last one counts. A negative one flags the closed case until a note or reopening.

    `message_id`: the chat message with the rating: it is attached to the case, reopens nothing and counts as no unread
    update.
    """
    report = Report.objects.select_related("case").get(pk=report_id)
    report.was_helpful, report.rated_at = helped, now
    report.save(update_fields=["was_helpful", "rated_at"])
    case = lock_case_for_system(report.case_id)
    if message_id is not None:
        CaseMessage.objects.create(case=case, message_id=message_id, attached_at=now, attached_by=INTAKE_ACTOR.label)
        channels.retain_for_case(message_id, unit_id=case.unit_id)
    ended = lock_case_for_system(case.merged_into_id) if case.merged_into_id else case
    if ended.state == State.CLOSED:
        ended.reporter_unsatisfied = not helped or (ended.reporter_unsatisfied and has_negative_rating(ended))
    for rated_case in dict.fromkeys([case, ended]):
        save_change(
            rated_case,
            Verb.RATED,
            actor=CITIZEN_ACTOR,
            now=now,
            data={"helped": helped},
            changed=["reporter_unsatisfied"],
        )


def has_negative_rating(case: Case) -> bool:
    """Return whether a reporter of the case, or of a case merged into it, rated its outcome as not helpful."""
    ratings = Report.objects.filter(Q(case=case) | Q(case__merged_into=case), was_helpful=False)
    return ratings.filter(rated_at__gte=case.closed_at).exists()
