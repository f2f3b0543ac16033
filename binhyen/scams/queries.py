"""Reads of scam indicators: the public check, the officers' list, one indicator with its curve in time."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Sum

from binhyen.cases.choices import SCAM_CATEGORY, Outcome, State
from binhyen.cases.models import Case, Report
from binhyen.channels.queries import find_published
from binhyen.kit.clock import VIETNAM, to_vietnam_day
from binhyen.kit.i18n_markers import N_
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.people.access import filter_cases
from binhyen.people.models import Officer
from binhyen.privacy.config import get_retention_span
from binhyen.privacy.retention_registry import RetentionStatus
from binhyen.scams.models import Dispute, Indicator, IndicatorReport, PictureText, StoppedFraud
from binhyen.scams.rules.indicators import Candidate, IndicatorKind
from binhyen.scams.rules.review import DisputeState, IndicatorState, Verdict, decide_verdict

WEEKS = 12
_POLICE = N_("công an")
_WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class CandidateAnswer:
    """Answer about one candidate. `indicator`: only of a public warning."""

    candidate: Candidate
    verdict: Verdict
    indicator: Indicator | None
    is_disputed: bool = False


def check_candidates(candidates: Iterable[Candidate]) -> list[CandidateAnswer]:
    """Look candidates up in one statement, phones also among the police's own. Nothing is stored about the person."""
    candidates = mark_police_numbers(candidates)
    keys = {key for candidate in candidates for key in candidate.keys}
    with rls_scope(PROGRAM_SCOPE):
        disputes = Dispute.objects.filter(indicator=OuterRef("pk"), state=DisputeState.OPEN)
        rows = list(Indicator.objects.filter(value__in=keys).annotate(disputed=Exists(disputes))) if keys else []
    by_value: dict[str, list[Indicator]] = {}
    for row in rows:
        by_value.setdefault(row.value, []).append(row)
    return [_build_result(candidate, by_value) for candidate in candidates]


def mark_police_numbers(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates; a telephone that a police unit published gets the police as its owner: never a scam."""
    candidates = list(candidates)
    numbers = {item.value: f"0{item.value[3:]}" for item in candidates if item.kind == IndicatorKind.PHONE}
    published = find_published(numbers.values()) if numbers else frozenset()
    return [replace(item, owner=_POLICE) if numbers.get(item.value) in published else item for item in candidates]


def _build_result(candidate: Candidate, by_value: dict[str, list[Indicator]]) -> CandidateAnswer:
    """Return the gravest answer of all values that the candidate is looked up by."""
    answers: list[CandidateAnswer] = []
    for key in candidate.keys:
        for row in by_value.get(key, []):
            if (row.kind == candidate.kind) or key.endswith("/"):
                verdict = _decide(candidate, row)
                is_public = verdict in (Verdict.VERIFIED, Verdict.REPORTED)
                disputed = bool(getattr(row, "disputed", False))
                answers.append(CandidateAnswer(candidate, verdict, row if is_public else None, is_public and disputed))
    gravity = list(Verdict)
    default = CandidateAnswer(candidate, _decide(candidate, None), None)
    return min([*answers, default], key=lambda answer: gravity.index(answer.verdict))


def _decide(candidate: Candidate, row: Indicator | None) -> Verdict:
    return decide_verdict(
        IndicatorState(row.state) if row else None,
        reporters=row.reporters if row else 0,
        owner=candidate.owner,
        imitates=candidate.imitates,
    )


def list_indicators(officer: Officer) -> "QuerySet[Indicator]":
    """List indicators with a case that the officer may see, most reported first."""
    visible = IndicatorReport.objects.filter(filter_cases(officer, "case__"), indicator=OuterRef("pk"))
    disputes = Dispute.objects.filter(indicator=OuterRef("pk"), state=DisputeState.OPEN)
    return (
        Indicator.objects.filter(Exists(visible))
        .annotate(disputed=Exists(disputes))
        .select_related("proposed_by", "decided_by")
        .order_by("-disputed", "-reporters", "-pk")
    )


def list_indicator_cases(officer: Officer, indicator: Indicator) -> "QuerySet[Case]":
    return Case.objects.filter(filter_cases(officer), indicator_reports__indicator=indicator).order_by("-pk")


def list_open_disputes(indicator: Indicator) -> "QuerySet[Dispute]":
    return indicator.disputes.filter(state=DisputeState.OPEN).order_by("pk")


def count_weeks(officer: Officer, indicator: Indicator, *, now: dt.datetime) -> list[tuple[dt.date, int]]:
    """Count visible cases of the last weeks, oldest first, each with its Monday."""
    monday = to_vietnam_day(now) - dt.timedelta(days=to_vietnam_day(now).weekday())
    first = monday - (WEEKS - 1) * _WEEK
    since = dt.datetime.combine(first, dt.time(), VIETNAM)
    counts = dict.fromkeys((first + number * _WEEK for number in range(WEEKS)), 0)
    rows = IndicatorReport.objects.filter(filter_cases(officer, "case__"), indicator=indicator, at__gte=since)
    for at in rows.values_list("at", flat=True):
        day = to_vietnam_day(at)
        week = day - dt.timedelta(days=day.weekday())
        if week in counts:
            counts[week] += 1
    return sorted(counts.items())


def count_communes(officer: Officer, indicator: Indicator) -> list[tuple[int | None, int]]:
    """Count visible cases by commune, most first."""
    rows = IndicatorReport.objects.filter(filter_cases(officer, "case__"), indicator=indicator)
    counted = rows.values("case__commune").annotate(number=Count("pk")).order_by("-number", "case__commune")
    return [(row["case__commune"], row["number"]) for row in counted]


def count_recent(officer: Officer, indicators: Iterable[Indicator], *, now: dt.datetime) -> dict[int, tuple[int, int]]:
    """Count visible cases of the last seven days and of the seven before, by indicator."""
    since = now - 2 * _WEEK
    rows = IndicatorReport.objects.filter(
        filter_cases(officer, "case__"), indicator__in=[row.pk for row in indicators], at__gte=since
    )
    counts: dict[int, tuple[int, int]] = {}
    for pk, at in rows.values_list("indicator", "at"):
        recent, before = counts.get(pk, (0, 0))
        is_recent = at >= now - _WEEK
        counts[pk] = (recent + is_recent, before + (not is_recent))
    return counts


def get_picture_text(case: Case) -> str:
    """Return the numbers and links that an officer typed from the pictures of a visible case; "" for most."""
    row = PictureText.objects.filter(case=case).first()
    return row.text if row is not None else ""


@dataclass(frozen=True, slots=True)
class MoneySums:
    """Đồng of the visible frauds of a period: lost as reported, and recovered as proved."""

    cases: int
    lost: int
    recovered: int


def sum_money(officer: Officer, *, since: dt.datetime) -> MoneySums:
    """Sum the money of visible frauds reported or stopped since then; a false or merged report has none."""
    visible = Case.objects.filter(filter_cases(officer), category=SCAM_CATEGORY, opened_at__gte=since)
    frauds = visible.exclude(outcome=Outcome.UNFOUNDED).exclude(state=State.MERGED)
    lost = Report.objects.filter(case__in=frauds).aggregate(amount=Sum("loss_amount"))["amount"]
    stopped = StoppedFraud.objects.filter(filter_cases(officer, "case__"), at__gte=since)
    stopped = stopped.filter(case__outcome=Outcome.FRAUD_STOPPED)
    return MoneySums(frauds.count(), int(lost or 0), int(stopped.aggregate(amount=Sum("amount"))["amount"] or 0))


def sum_losses(officer: Officer, indicators: Iterable[Indicator]) -> dict[int, int]:
    """Sum the reported losses of the visible cases of each indicator, in đồng."""
    rows = IndicatorReport.objects.filter(
        filter_cases(officer, "case__"), indicator__in=[row.pk for row in indicators]
    ).values_list("indicator")
    return dict(rows.annotate(lost=Sum("case__reports__loss_amount", default=0)).order_by("indicator"))


def list_related_indicators(officer: Officer, indicator: Indicator, limit: int = 20) -> list[tuple[Indicator, int]]:
    """List the other indicators of the same visible cases, with the number of shared cases, largest first."""
    cases = list_indicator_cases(officer, indicator).values("pk")
    rows = Indicator.objects.filter(reports__case__in=cases).exclude(pk=indicator.pk)
    counted = rows.annotate(shared=Count("reports", filter=Q(reports__case__in=cases), distinct=True))
    return [(row, row.shared) for row in counted.order_by("-shared", "-pk")[:limit]]


def list_stale_case_ids(limit: int = 200) -> list[int]:
    """List cases with indicators that they should not have any more."""
    stale = ~Q(case__category=SCAM_CATEGORY) | Q(case__is_restricted=True) | Q(case__outcome=Outcome.UNFOUNDED)
    return list(IndicatorReport.objects.filter(stale).values_list("case", flat=True).distinct()[:limit])


def get_indicator_retention_status(now: dt.datetime) -> RetentionStatus:
    rows, span = Indicator.objects.all(), get_retention_span("scam")
    oldest = rows.aggregate(at=Min("last_at"))["at"]
    return RetentionStatus(
        rows.count(), rows.filter(last_at__lte=now - span).count(), oldest, oldest + span if oldest else None
    )
