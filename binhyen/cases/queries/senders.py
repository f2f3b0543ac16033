"""What a sender told of before, for intake (which acts for the system, not for a person)."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Exists, OuterRef, QuerySet

from binhyen.cases.models import Case, CaseEvent, CaseMessage, Report
from binhyen.cases.told import OpenCase
from binhyen.cases.words import OPEN_STATES, State

TALKED_LATELY = dt.timedelta(days=30)
JUST_NOW = dt.timedelta(hours=1)
CLOSED_LATELY = dt.timedelta(days=3)
ANSWERS_WITHIN = dt.timedelta(days=1)


def latest_of_reporters(reporter_ids: Sequence[int], *, now: dt.datetime) -> dict[int, OpenCase]:
    """By reporter, the newest case they told of that a further word could belong to."""
    if not reporter_ids:
        return {}
    rows = _reports(reporter_id__in=reporter_ids).order_by("reporter_id", "-id").distinct("reporter_id")
    found: dict[int, OpenCase] = {}
    for report in rows:
        case = report.case.merged_into or report.case
        closed = case.state == State.CLOSED
        recent = now - case.updated_at <= TALKED_LATELY if not closed else False
        just_closed = closed and case.closed_at is not None and now - case.closed_at <= CLOSED_LATELY
        if (case.state in OPEN_STATES and recent) or just_closed:
            found[report.reporter_id] = _told(report, case, now=now)
    return found


def of_reports(report_ids: Sequence[int], *, now: dt.datetime) -> dict[int, OpenCase]:
    """By reporter, the case of a report, whatever its age and state."""
    if not report_ids:
        return {}
    rows = _reports(pk__in=report_ids)
    return {r.reporter_id: _told(r, r.case.merged_into or r.case, now=now) for r in rows}


def _reports(**which: Sequence[int]) -> QuerySet[Report]:
    """`unanswered`: intake asked when it opened the case, and nobody said anything on it since; `openly`: this person
    told of it in a group (a private conversation every reporter has)."""
    events = CaseEvent.objects.filter(case=OuterRef("case"))
    open_question = Exists(events.filter(verb="opened", data__has_key="asked")) & ~Exists(events.filter(verb="heard"))
    rows = Report.objects.filter(**which).select_related("case", "case__merged_into")
    words = CaseMessage.objects.filter(case=OuterRef("case"), message__reporter=OuterRef("reporter"))
    openly = Exists(words.filter(detached_at=None, message__group__isnull=False))
    return rows.annotate(unanswered=open_question, openly=openly)


def _told(report: Report, case: Case, *, now: dt.datetime) -> OpenCase:
    asked = getattr(report, "unanswered", False) and now - report.at <= ANSWERS_WITHIN
    return OpenCase(
        case_id=case.pk, category=case.category, urgency=case.urgency, waiting=case.state == State.WAITING,
        closed=case.state == State.CLOSED, report_id=report.pk, private=not getattr(report, "openly", False),
        recent=now - case.updated_at <= JUST_NOW, unit_id=case.unit_id, placed=case.commune_id is not None,
        asked=bool(asked) and case.state in OPEN_STATES, apart=case.apart,
    )  # fmt: skip
