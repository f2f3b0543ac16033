"""What a sender told of before, for intake (which acts for the system, not for a person)."""

import datetime as dt
from collections.abc import Sequence

from binhyen.cases.models import Case, Report
from binhyen.cases.told import OpenCase
from binhyen.cases.words import OPEN_STATES, State

TALKED_LATELY = dt.timedelta(days=30)
JUST_NOW = dt.timedelta(hours=1)
CLOSED_LATELY = dt.timedelta(days=3)


def latest_of_reporters(reporter_ids: Sequence[int], *, now: dt.datetime) -> dict[int, OpenCase]:
    """By reporter, the newest case they told of that a further word could belong to."""
    if not reporter_ids:
        return {}
    rows = (
        Report.objects.filter(reporter_id__in=reporter_ids)
        .select_related("case", "case__merged_into")
        .order_by("reporter_id", "-id")
        .distinct("reporter_id")
    )
    found: dict[int, OpenCase] = {}
    for report in rows:
        case = report.case.merged_into or report.case
        closed = case.state == State.CLOSED
        recent = now - case.updated_at <= TALKED_LATELY if not closed else False
        just_closed = closed and case.closed_at is not None and now - case.closed_at <= CLOSED_LATELY
        if (case.state in OPEN_STATES and recent) or just_closed:
            found[report.reporter_id] = _told(report, case, recent=now - case.updated_at <= JUST_NOW)
    return found


def of_reports(report_ids: Sequence[int]) -> dict[int, OpenCase]:
    """By reporter, the case of a report, whatever its age and state."""
    if not report_ids:
        return {}
    rows = Report.objects.filter(pk__in=report_ids).select_related("case", "case__merged_into")
    return {r.reporter_id: _told(r, r.case.merged_into or r.case) for r in rows}


def _told(report: Report, case: Case, *, recent: bool = False) -> OpenCase:
    return OpenCase(
        case_id=case.pk, category=case.category, urgency=case.urgency, waiting=case.state == State.WAITING,
        closed=case.state == State.CLOSED, report_id=report.pk, private=report.conversation_id is not None, recent=recent,
        unit_id=case.unit_id,
    )  # fmt: skip
