"""Follow-up messages of reporters, attached to their case."""

import copy
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from binhyen.cases.choices import CATEGORY_LABELS, OPEN_STATES, State, UnreadUpdate, Verb
from binhyen.cases.kinds import get_kind_for_category
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.cases.rules import EscalationDelays, should_alarm, should_reopen
from binhyen.cases.services.alarms import restart_alarm, start_alarm
from binhyen.cases.services.lost_found import enqueue_matching
from binhyen.cases.services.search_index import add_search_words
from binhyen.cases.services.unit_of_work import (
    ALARM_EVENT,
    CITIZEN_ACTOR,
    INTAKE_ACTOR,
    ChangeRecord,
    lock_case_for_system,
    record_changes,
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


# Duplicate reports of one incident: each adds a reporter to the case; few statements for any number.
#
# A reporter never learns of the others: they get the same message as for a new case.

_UPDATED_COLUMNS = (
    "search_text",
    "search_accented",
    "urgency",
    "version",
    "updated_at",
    "acknowledged_at",
    "state",
    "closed_at",
    "outcome",
    "reporter_unsatisfied",
    "due_at",
    "unread_reason",
)


@dataclass(frozen=True, slots=True)
class DuplicateReport:
    """A report of an incident that is open already.

    `reason`: code of the matching reason; `link_hash`: status page; `has_news`: it has new information.
    """

    case_id: int
    message_id: int
    reporter_id: int
    conversation_id: int | None
    folded: str
    search_accented: str
    urgency: int
    why: str
    link_hash: str | None = None
    has_news: bool = True


@transaction.atomic(savepoint=False)
def add_duplicate_reports(
    witnesses: Sequence[DuplicateReport], *, ladder: EscalationDelays, now: dt.datetime
) -> dict[int, Case]:
    """Add the reports to their cases; return the case of each message.

    The messages are retained already.
    """
    if not witnesses:
        return {}
    ids = {report.case_id for report in witnesses}
    cases = {
        locked_case.pk: locked_case
        for locked_case in Case.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    }
    CaseMessage.objects.bulk_create(
        CaseMessage(
            case_id=report.case_id, message_id=report.message_id, attached_at=now, attached_by=INTAKE_ACTOR.label
        )
        for report in witnesses
    )
    existing = set(
        Report.objects.filter(
            case_id__in=ids, reporter_id__in=[report.reporter_id for report in witnesses]
        ).values_list("case_id", "reporter_id")
    )
    Report.objects.bulk_create(  # an existing link is refused, as with a new case
        Report(
            case_id=report.case_id,
            reporter_id=report.reporter_id,
            conversation_id=report.conversation_id,
            link_hash=report.link_hash,
            at=now,
        )
        for report in witnesses
        if (report.case_id, report.reporter_id) not in existing
    )
    records = [_add_report(cases[report.case_id], report, delays=ladder, now=now) for report in witnesses]
    for case in cases.values():
        if case.state == State.CLOSED:  # closed at this very moment: the new report reopens it
            reopen_case(case, now=now)
    Case.objects.bulk_update(cases.values(), _UPDATED_COLUMNS)
    record_changes(records, now=now)
    return {report.message_id: cases[report.case_id] for report in witnesses}


def _add_report(case: Case, report: DuplicateReport, *, delays: EscalationDelays, now: dt.datetime) -> ChangeRecord:
    """Add text and urgency of the report to the case; urgency can only rise, and new information rings."""
    add_search_words(case, report.folded, report.search_accented)
    has_news = report.has_news or not should_alarm(case.urgency)
    rings = bool(has_news and update_alarm(case, report.urgency, delays=delays, now=now))
    case.urgency = max(case.urgency, report.urgency)
    case.version += 1
    case.updated_at = now
    case.unread_reason = case.unread_reason if case.unread_reason == UnreadUpdate.ORPHANED else UnreadUpdate.MESSAGE
    data = {"message": report.message_id, "why": report.why}
    return ChangeRecord(copy.copy(case), Verb.WITNESSED, INTAKE_ACTOR, data, name=ALARM_EVENT if rings else "case")
