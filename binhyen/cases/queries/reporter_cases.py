"""Open cases of a sender, for intake (which acts as the system, not for an officer)."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import RowNumber

from binhyen.cases.choices import OPEN_STATES, State, Verb
from binhyen.cases.incident_features import Age, IntakeQuestion, OpenCase, Phase, Secrecy
from binhyen.cases.models import Case, CaseEvent, CaseMessage, Report
from binhyen.cases.rules import should_reopen
from binhyen.language.reading import DANGER

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

ACTIVE_WITHIN = dt.timedelta(days=30)
JUST_NOW, A_MOMENT, A_DAY = dt.timedelta(hours=1), dt.timedelta(minutes=15), dt.timedelta(days=1)
ANSWERS_WITHIN = dt.timedelta(days=1)
MAX_CASES = 6  # cases of one sender that a message may belong to
_MAX_MESSAGES = 8  # messages of a sender on one case that are read again
_REPLY_VERBS = (Verb.ASKED, Verb.ANSWERED)  # our messages to reporters


class _ReportAnnotations(TypedDict):
    """Annotations of a report.

    `asking`: intake asked a question when it opened the case; `has_follow_up`: a follow-up came since; `sealed`: some
    of its messages are sealed; `several`: it has other reporters; `group`: the group of an open report (every reporter
    also has a private conversation); `opened_as`: urgency at first; `asked_last`: when an officer asked.
    """

    asking: bool
    has_follow_up: bool
    sealed: bool
    several: bool
    group: int | None
    opened_as: str | None
    asked_last: dt.datetime | None


def list_open_cases(reporter_ids: Sequence[int], *, now: dt.datetime) -> dict[int, tuple[OpenCase, ...]]:
    """Return by reporter the cases that a further message could belong to, newest first.

    Where the handler of their complaint about police wrote to them after the question of an ordinary case, that case
    waits for no answer any more: the reply is to the handler, and in doubt no officer below may read it.
    """
    if not reporter_ids:
        return {}
    nth = Window(RowNumber(), partition_by="reporter_id", order_by="-id")
    rows = (
        _select_reports(reporter_id__in=reporter_ids)
        .annotate(nth=nth)
        .filter(nth__lte=MAX_CASES)
        .order_by("reporter_id", "-id")
    )
    cases_by_reporter: dict[int, list[OpenCase]] = {}
    for report in rows:
        if _is_active(report, now=now):
            cases_by_reporter.setdefault(report.reporter_id, []).append(_to_open_case(report, now=now))
    _clear_expectations(cases_by_reporter)
    return {reporter: tuple(open_cases) for reporter, open_cases in cases_by_reporter.items()}


def _clear_expectations(cases_by_reporter: dict[int, list[OpenCase]]) -> None:
    mixed = [
        reporter_cases
        for reporter_cases in cases_by_reporter.values()
        if any(open_case.is_restricted for open_case in reporter_cases)
        and any(not open_case.is_restricted for open_case in reporter_cases)
    ]
    if not mixed:
        return
    last_contacts = {
        case: timestamp.timestamp()
        for case, timestamp in _get_last_contact_times(
            [open_case.case_id for reporter_cases in mixed for open_case in reporter_cases]
        ).items()
    }
    for reporter_cases in mixed:
        complaint_contact = max(
            (last_contacts.get(open_case.case_id, 0.0) for open_case in reporter_cases if open_case.is_restricted),
            default=0.0,
        )
        reporter_cases[:] = [
            _without_question(open_case)
            if not open_case.is_restricted and open_case.asked_at <= complaint_contact
            else open_case
            for open_case in reporter_cases
        ]


def _without_question(open_case: OpenCase) -> OpenCase:
    phase = Phase.IN_PROGRESS if open_case.is_waiting else open_case.phase
    return replace(open_case, phase=phase, question=IntakeQuestion.NONE, officer_asked=False)


def list_open_complaints(reporter_ids: Sequence[int], *, now: dt.datetime) -> dict[int, tuple[OpenCase, ...]]:
    """Return by reporter the newest active complaint about police.

    A question about «it» may mean this one, and in doubt no officer below may read that it was asked.
    """
    if not reporter_ids:
        return {}
    rows = _select_reports(reporter_id__in=reporter_ids, case__is_restricted=True).order_by("id")
    return {report.reporter_id: (_to_open_case(report, now=now),) for report in rows if _is_active(report, now=now)}


def _get_last_contact_times(case_ids: Sequence[int]) -> dict[int, dt.datetime]:
    """Return by case when we last asked or answered its reporters."""
    rows = CaseEvent.objects.filter(case__in=case_ids, verb__in=_REPLY_VERBS).order_by()
    return dict(rows.values_list("case_id").annotate(last=Max("at")))


def list_cases_of_reports(report_ids: Sequence[int], *, now: dt.datetime) -> dict[int, tuple[OpenCase, ...]]:
    """Return by reporter the case of a report in any state, and the active complaints about police from its page.

    The complaints come first, newest first: in doubt no officer below may read the follow-ups on them.
    """
    if not report_ids:
        return {}
    listed_reports = Report.objects.filter(pk__in=report_ids)
    of_page = Exists(listed_reports.filter(reporter=OuterRef("reporter"), conversation=OuterRef("conversation")))
    cases_by_reporter: dict[int, list[OpenCase]] = {}
    for report in _select_reports(Q(pk__in=report_ids) | Q(of_page, case__is_restricted=True)).order_by("-id"):
        open_cases = cases_by_reporter.setdefault(report.reporter_id, [])
        if report.pk in report_ids:
            open_cases.append(_to_open_case(report, now=now))
        elif _is_active(report, now=now):
            open_cases.append(replace(_to_open_case(report, now=now), is_page_case=False))
    _clear_expectations(cases_by_reporter)
    return {reporter: tuple(open_cases) for reporter, open_cases in cases_by_reporter.items()}


def _select_reports(
    *either: Q, **which: Sequence[int] | bool
) -> "QuerySet[WithAnnotations[Report, _ReportAnnotations]]":
    events = CaseEvent.objects.filter(case=OuterRef("case"))
    asking, follow_ups = events.filter(verb=Verb.OPENED, data__has_key="asked"), events.filter(verb=Verb.HEARD)
    opened = events.filter(verb=Verb.OPENED).order_by("id").values(urgency=KeyTextTransform("urgency", "data"))[:1]
    asked = events.filter(verb=Verb.ASKED).order_by("-id").values("at")[:1]
    others = Report.objects.filter(case=OuterRef("case")).exclude(reporter=OuterRef("reporter"))
    rows = Report.objects.filter(*either, **which).select_related("case", "case__merged_into")
    words = CaseMessage.objects.filter(case=OuterRef("case"), message__reporter=OuterRef("reporter"))
    words = words.filter(detached_at=None)
    openly = words.filter(message__group__isnull=False).order_by("-id").values("message__group")[:1]
    sealed = words.filter(message__lock__isnull=False)
    return rows.annotate(
        asking=Exists(asking),
        has_follow_up=Exists(follow_ups),
        sealed=Exists(sealed),
        several=Exists(others),
        group=Subquery(openly),
        opened_as=Subquery(opened),
        asked_last=Subquery(asked),
    )


def _is_active(report: Report, *, now: dt.datetime) -> bool:
    """Return whether the case is open and recently active, or closed so recently that a message reopens it."""
    case = report.case.merged_into or report.case
    if should_reopen(State(case.state), closed_at=case.closed_at, now=now):
        return True
    return case.state in OPEN_STATES and now - case.updated_at <= ACTIVE_WITHIN


def _to_open_case(report: "WithAnnotations[Report, _ReportAnnotations]", *, now: dt.datetime) -> OpenCase:
    case = report.case.merged_into or report.case
    return OpenCase(
        case_id=case.pk,
        category=case.category,
        urgency=case.urgency,
        report_id=report.pk,
        code=case.code,
        unit_id=case.unit_id,
        commune_id=case.commune_id,
        group_id=report.group or 0,
        phase=_get_phase(report, case),
        age=_get_age(now - case.updated_at),
        secrecy=_get_secrecy(report, case),
        question=_get_question(report, case, now=now),
        asked_at=(report.asked_last or report.at).timestamp(),
        first_urgency=int(report.opened_as or DANGER),
        officer_asked=report.asked_last is not None and now - report.asked_last <= ANSWERS_WITHIN,
    )


def _get_phase(report: "WithAnnotations[Report, _ReportAnnotations]", case: Case) -> Phase:
    if case.state == State.WAITING:
        return Phase.WAITING
    if case.state == State.CLOSED:
        is_rated = case.closed_at and report.rated_at and report.rated_at >= case.closed_at
        return Phase.RATED if is_rated else Phase.CLOSED
    is_new = case.state == State.NEW and case.assignee_id is None and report.case.merged_into_id is None
    return Phase.UNTOUCHED if is_new and not report.several else Phase.IN_PROGRESS


def _get_age(idle_time: dt.timedelta) -> Age:
    limits = ((A_MOMENT, Age.MINUTES), (JUST_NOW, Age.HOUR), (A_DAY, Age.DAY))
    return next((age for limit, age in limits if idle_time <= limit), Age.OLDER)


def _get_secrecy(report: "WithAnnotations[Report, _ReportAnnotations]", case: Case) -> Secrecy:
    if case.is_restricted:
        return Secrecy.RESTRICTED
    if report.sealed or (report.group is not None and case.sensitive):
        return Secrecy.SEALED
    return Secrecy.SENSITIVE if case.sensitive else Secrecy.ORDINARY


def _get_question(
    report: "WithAnnotations[Report, _ReportAnnotations]", case: Case, *, now: dt.datetime
) -> IntakeQuestion:
    """Return the state of our question. While the place is unknown, it may still follow after other messages."""
    if not report.asking or case.state not in OPEN_STATES or now - report.at > ANSWERS_WITHIN:
        return IntakeQuestion.NONE
    if not report.has_follow_up:
        return IntakeQuestion.UNANSWERED
    return IntakeQuestion.PLACE_MISSING if case.commune_id is None else IntakeQuestion.NONE


def list_recent_messages(case_ids: Collection[int], reporter_ids: Collection[int]) -> dict[tuple[int, int], list[str]]:
    """Return by reporter and case their latest unsealed messages, oldest first. One statement."""
    nth = Window(RowNumber(), partition_by=["case_id", "message__reporter_id"], order_by="-message_id")
    rows = CaseMessage.objects.filter(case__in=case_ids, message__reporter__in=reporter_ids, detached_at=None)
    rows = rows.filter(message__lock=None).exclude(message__text="").annotate(nth=nth).filter(nth__lte=_MAX_MESSAGES)
    texts: dict[tuple[int, int], list[str]] = {}
    for case_id, reporter_id, text in rows.order_by("message_id").values_list(
        "case_id", "message__reporter_id", "message__text"
    ):
        texts.setdefault((reporter_id, case_id), []).append(text)
    return texts
