"""What a sender told of before, for intake (which acts for the system, not for a person)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Exists, Max, OuterRef, QuerySet

from binhyen.cases.models import CaseEvent, CaseMessage, Report
from binhyen.cases.rules import reopens
from binhyen.cases.told import OpenCase
from binhyen.cases.words import OPEN_STATES, State, Verb

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

TALKED_LATELY = dt.timedelta(days=30)
JUST_NOW = dt.timedelta(hours=1)
ANSWERS_WITHIN = dt.timedelta(days=1)
_OURS = (Verb.ASKED, Verb.ANSWERED)  # words of ours to who told


class _Known(TypedDict):
    """`unanswered`: intake asked when it opened the case, and nobody said anything on it since; `openly`: this person
    told of it in a group (a private conversation every reporter has).
    """

    unanswered: bool
    openly: bool


def latest_of_reporters(reporter_ids: Sequence[int], *, now: dt.datetime) -> dict[int, tuple[OpenCase, ...]]:
    """By reporter, what a further word could belong to: the newest case they told of; and after it, where that one is a
    complaint about police, the ordinary case in which they were asked something last and have not answered.
    """
    if not reporter_ids:
        return {}
    found: dict[int, tuple[OpenCase, ...]] = {}
    complaints: dict[int, int] = {}
    for report in _reports(reporter_id__in=reporter_ids).order_by("reporter_id", "-id").distinct("reporter_id"):
        if report.case.apart:
            complaints[report.reporter_id] = report.case_id
        if _goes_on(report, now=now):
            found[report.reporter_id] = (_told(report, now=now),)
    for reporter, question in _questions(complaints, now=now).items():
        found[reporter] = (*found.get(reporter, ()), question)
    return found


def complaints_of(reporter_ids: Sequence[int], *, now: dt.datetime) -> dict[int, tuple[OpenCase, ...]]:
    """By reporter, the newest complaint about police that goes on. Who asks how «it» stands may mean this one, and in
    doubt nobody below reads that it was asked.
    """
    if not reporter_ids:
        return {}
    rows = _reports(reporter_id__in=reporter_ids, case__apart=True).order_by("id")
    return {r.reporter_id: (_told(r, now=now),) for r in rows if _goes_on(r, now=now)}


def _questions(complaints: Mapping[int, int], *, now: dt.datetime) -> dict[int, OpenCase]:
    """By reporter, the newest ordinary case that waits for their answer; none where whoever handles their complaint
    (its id) wrote to them after that question: then they answer those, and in doubt nobody below may read it.
    """
    if not complaints:
        return {}
    rows = [r for r in _reports(reporter_id__in=list(complaints), case__apart=False) if _goes_on(r, now=now)]
    told = [(r, one) for r in rows if (one := _told(r, now=now)).waiting or one.asked]
    spoke = _spoke([*complaints.values(), *(one.case_id for _, one in told)]) if told else {}
    found: dict[int, tuple[dt.datetime, OpenCase]] = {}
    for report, one in told:
        asked = spoke.get(one.case_id, report.at)
        above = spoke.get(complaints[report.reporter_id])
        best = found.get(report.reporter_id)
        if (above is None or above < asked) and (best is None or best[0] < asked):
            found[report.reporter_id] = (asked, one)
    return {reporter: one for reporter, (_, one) in found.items()}


def _spoke(case_ids: Sequence[int]) -> dict[int, dt.datetime]:
    """By case, when we last asked or answered whoever told of it."""
    rows = CaseEvent.objects.filter(case__in=case_ids, verb__in=_OURS).order_by()
    return dict(rows.values_list("case_id").annotate(last=Max("at")))


def of_reports(report_ids: Sequence[int], *, now: dt.datetime) -> dict[int, tuple[OpenCase, ...]]:
    """By reporter, the case of a report, whatever its age and state."""
    if not report_ids:
        return {}
    return {r.reporter_id: (_told(r, now=now),) for r in _reports(pk__in=report_ids)}


def _reports(**which: Sequence[int] | bool) -> "QuerySet[WithAnnotations[Report, _Known]]":
    events = CaseEvent.objects.filter(case=OuterRef("case"))
    asked, heard = events.filter(verb=Verb.OPENED, data__has_key="asked"), events.filter(verb=Verb.HEARD)
    rows = Report.objects.filter(**which).select_related("case", "case__merged_into")
    words = CaseMessage.objects.filter(case=OuterRef("case"), message__reporter=OuterRef("reporter"))
    openly = Exists(words.filter(detached_at=None, message__group__isnull=False))
    return rows.annotate(unanswered=Exists(asked) & ~Exists(heard), openly=openly)


def _goes_on(report: Report, *, now: dt.datetime) -> bool:
    """Open and talked of lately, or closed so lately that a word reopens it."""
    case = report.case.merged_into or report.case
    if reopens(State(case.state), closed_at=case.closed_at, now=now):
        return True
    return case.state in OPEN_STATES and now - case.updated_at <= TALKED_LATELY


def _told(report: "WithAnnotations[Report, _Known]", *, now: dt.datetime) -> OpenCase:
    case = report.case.merged_into or report.case
    asked = report.unanswered and now - report.at <= ANSWERS_WITHIN
    return OpenCase(
        case_id=case.pk, category=case.category, urgency=case.urgency, waiting=case.state == State.WAITING,
        closed=case.state == State.CLOSED, report_id=report.pk, private=not report.openly,
        recent=now - case.updated_at <= JUST_NOW, unit_id=case.unit_id, placed=case.commune_id is not None,
        asked=asked and case.state in OPEN_STATES, apart=case.apart,
        rated=bool(case.closed_at and report.rated_at and report.rated_at >= case.closed_at),
    )  # fmt: skip
