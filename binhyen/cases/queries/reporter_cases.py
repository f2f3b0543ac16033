"""Open cases of a sender, for intake (which acts as the system, not for an officer)."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import RowNumber

from binhyen.cases.choices import OPEN_STATES, State, Verb
from binhyen.cases.incident_features import OpenCase
from binhyen.cases.models import CaseEvent, CaseMessage, Report
from binhyen.cases.rules import alarm_starts, reopens
from binhyen.language.reading import DANGER

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

TALKED_LATELY = dt.timedelta(days=30)
JUST_NOW, A_MOMENT, A_DAY = dt.timedelta(hours=1), dt.timedelta(minutes=15), dt.timedelta(days=1)
ANSWERS_WITHIN = dt.timedelta(days=1)
MOST = 6  # cases of one sender that a message may belong to
_SAID = 8  # messages of a sender on one case that are read again
_OURS = (Verb.ASKED, Verb.ANSWERED)  # our messages to reporters


class _Known(TypedDict):
    """Annotations of a report.

    `asking`: intake asked a question when it opened the case; `heard`: a follow-up came since; `sealed`: some of its
    messages are sealed; `several`: it has other reporters; `group`: the group of an open report (every reporter also
    has a private conversation); `opened_as`: urgency at first; `asked_last`: when an officer asked.
    """

    asking: bool
    heard: bool
    sealed: bool
    several: bool
    group: int | None
    opened_as: str | None
    asked_last: dt.datetime | None


def latest_of_reporters(reporter_ids: Sequence[int], *, now: dt.datetime) -> dict[int, tuple[OpenCase, ...]]:
    """Return by reporter the cases that a further message could belong to, newest first.

    Where the handler of their complaint about police wrote to them after the question of an ordinary case, that case
    waits for no answer any more: the reply is to the handler, and in doubt no officer below may read it.
    """
    if not reporter_ids:
        return {}
    nth = Window(RowNumber(), partition_by="reporter_id", order_by="-id")
    rows = _reports(reporter_id__in=reporter_ids).annotate(nth=nth).filter(nth__lte=MOST).order_by("reporter_id", "-id")
    found: dict[int, list[OpenCase]] = {}
    for report in rows:
        if _goes_on(report, now=now):
            found.setdefault(report.reporter_id, []).append(_told(report, now=now))
    _silenced(found)
    return {reporter: tuple(told) for reporter, told in found.items()}


def _silenced(found: dict[int, list[OpenCase]]) -> None:
    both = [told for told in found.values() if any(one.apart for one in told) and any(not one.apart for one in told)]
    if not both:
        return
    spoke = {case: at.timestamp() for case, at in _spoke([one.case_id for told in both for one in told]).items()}
    for told in both:
        above = max((spoke.get(one.case_id, 0.0) for one in told if one.apart), default=0.0)
        told[:] = [
            replace(one, waiting=False, asked=False, talks=False) if not one.apart and one.asked_at <= above else one
            for one in told
        ]


def complaints_of(reporter_ids: Sequence[int], *, now: dt.datetime) -> dict[int, tuple[OpenCase, ...]]:
    """Return by reporter the newest active complaint about police.

    A question about «it» may mean this one, and in doubt no officer below may read that it was asked.
    """
    if not reporter_ids:
        return {}
    rows = _reports(reporter_id__in=reporter_ids, case__apart=True).order_by("id")
    return {r.reporter_id: (_told(r, now=now),) for r in rows if _goes_on(r, now=now)}


def _spoke(case_ids: Sequence[int]) -> dict[int, dt.datetime]:
    """Return by case when we last asked or answered its reporters."""
    rows = CaseEvent.objects.filter(case__in=case_ids, verb__in=_OURS).order_by()
    return dict(rows.values_list("case_id").annotate(last=Max("at")))


def of_reports(report_ids: Sequence[int], *, now: dt.datetime) -> dict[int, tuple[OpenCase, ...]]:
    """Return by reporter the case of a report in any state, and the active complaints about police from its page.

    The complaints come first, newest first: in doubt no officer below may read the follow-ups on them.
    """
    if not report_ids:
        return {}
    theirs = Report.objects.filter(pk__in=report_ids)
    of_page = Exists(theirs.filter(reporter=OuterRef("reporter"), conversation=OuterRef("conversation")))
    found: dict[int, list[OpenCase]] = {}
    for report in _reports(Q(pk__in=report_ids) | Q(of_page, case__apart=True)).order_by("-id"):
        told = found.setdefault(report.reporter_id, [])
        if report.pk in report_ids:
            told.append(_told(report, now=now))
        elif _goes_on(report, now=now):
            told.append(replace(_told(report, now=now), its_page=False))
    _silenced(found)
    return {reporter: tuple(told) for reporter, told in found.items()}


def _reports(*either: Q, **which: Sequence[int] | bool) -> "QuerySet[WithAnnotations[Report, _Known]]":
    events = CaseEvent.objects.filter(case=OuterRef("case"))
    asking, heard = events.filter(verb=Verb.OPENED, data__has_key="asked"), events.filter(verb=Verb.HEARD)
    opened = events.filter(verb=Verb.OPENED).order_by("id").values(urgency=KeyTextTransform("urgency", "data"))[:1]
    asked = events.filter(verb=Verb.ASKED).order_by("-id").values("at")[:1]
    others = Report.objects.filter(case=OuterRef("case")).exclude(reporter=OuterRef("reporter"))
    rows = Report.objects.filter(*either, **which).select_related("case", "case__merged_into")
    words = CaseMessage.objects.filter(case=OuterRef("case"), message__reporter=OuterRef("reporter"))
    words = words.filter(detached_at=None)
    openly = words.filter(message__group__isnull=False).order_by("-id").values("message__group")[:1]
    sealed = words.filter(message__lock__isnull=False)
    return rows.annotate(
        asking=Exists(asking), heard=Exists(heard), sealed=Exists(sealed), several=Exists(others),
        group=Subquery(openly),
        opened_as=Subquery(opened), asked_last=Subquery(asked),
    )  # fmt: skip


def _goes_on(report: Report, *, now: dt.datetime) -> bool:
    """Return whether the case is open and recently active, or closed so recently that a message reopens it."""
    case = report.case.merged_into or report.case
    if reopens(State(case.state), closed_at=case.closed_at, now=now):
        return True
    return case.state in OPEN_STATES and now - case.updated_at <= TALKED_LATELY


def _told(report: "WithAnnotations[Report, _Known]", *, now: dt.datetime) -> OpenCase:
    case = report.case.merged_into or report.case
    placed, ago = case.commune_id is not None, now - case.updated_at
    # While the place is unknown, it may still follow after other messages.
    asked = report.asking and (not report.heard or not placed) and now - report.at <= ANSWERS_WITHIN
    return OpenCase(
        case_id=case.pk, category=case.category, urgency=case.urgency, waiting=case.state == State.WAITING,
        closed=case.state == State.CLOSED, report_id=report.pk, private=report.group is None,
        recent=ago <= JUST_NOW, fresh=ago <= A_MOMENT, today=ago <= A_DAY, unit_id=case.unit_id, placed=placed,
        asked=asked and case.state in OPEN_STATES, heard=report.heard, apart=case.apart, sensitive=case.sensitive,
        asked_at=(report.asked_last or report.at).timestamp(), group_id=report.group or 0, commune_id=case.commune_id,
        hushed=report.sealed or (report.group is not None and case.sensitive),
        raised=alarm_starts(case.urgency) and not alarm_starts(int(report.opened_as or DANGER)),
        talks=report.asked_last is not None and now - report.asked_last <= ANSWERS_WITHIN,
        untouched=case.state == State.NEW and case.assignee_id is None and report.case.merged_into_id is None,
        several=report.several,
        rated=bool(case.closed_at and report.rated_at and report.rated_at >= case.closed_at),
    )  # fmt: skip


def said_of(case_ids: Collection[int], reporter_ids: Collection[int]) -> dict[tuple[int, int], list[str]]:
    """Return by reporter and case their latest unsealed messages, oldest first. One statement."""
    nth = Window(RowNumber(), partition_by=["case_id", "message__reporter_id"], order_by="-message_id")
    rows = CaseMessage.objects.filter(case__in=case_ids, message__reporter__in=reporter_ids, detached_at=None)
    rows = rows.filter(message__lock=None).exclude(message__text="").annotate(nth=nth).filter(nth__lte=_SAID)
    found: dict[tuple[int, int], list[str]] = {}
    for case_id, reporter_id, text in rows.order_by("message_id").values_list(
        "case_id", "message__reporter_id", "message__text"
    ):
        found.setdefault((reporter_id, case_id), []).append(text)
    return found
