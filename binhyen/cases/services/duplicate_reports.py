"""Duplicate reports of one incident: each adds a reporter to the case; few statements for any number.

A reporter never learns of the others: they get the same message as for a new case.
"""

import copy
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from binhyen.cases.choices import State, UnreadUpdate, Verb
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.cases.rules import EscalationDelays, should_alarm
from binhyen.cases.services.follow_ups import update_alarm
from binhyen.cases.services.search_index import add_search_words
from binhyen.cases.services.unit_of_work import ALARM_EVENT, INTAKE_ACTOR, ChangeRecord, record_changes, reopen_case

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
