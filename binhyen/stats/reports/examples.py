"""Typical cases of a report: chosen by outcome, described only by category, commune, month and outcome.

No free text reaches the description, so it names no person; sealed tips, sensitive cases and complaints are never
chosen.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from binhyen.areas.queries import get_directory
from binhyen.cases.choices import CATEGORY_LABELS, OUTCOME_LABELS, Outcome
from binhyen.kit.ids import format_code
from binhyen.people import access
from binhyen.people.roles import Permission
from binhyen.stats.area_filter import AreaFilter
from binhyen.stats.metrics import LEDGER_LINES, Metric
from binhyen.stats.models import Contribution
from binhyen.stats.periods import Period
from binhyen.stats.queries import build_count_filter

MAX_CANDIDATES, CHOSEN = 9, 3
# Metrics to praise, best first; a case is listed under the first of them.
_PRAISED = (
    Metric.PEOPLE_FOUND,
    Metric.FRAUDS_STOPPED,
    Metric.WEAPONS,
    Metric.ITEMS_RETURNED,
    Metric.HELPED,
    Metric.VALUABLE_TIPS,
)
_WITHOUT_RESULT = (Outcome.UNFOUNDED, Outcome.NOT_FOUND, Outcome.NO_ACTION)
_MAX_ROWS = 300
_TEXT = (
    "Tháng {month}/{year}, {unit} tiếp nhận tin báo của nhân dân về lĩnh vực {category} tại {place}{quick}. "
    "Kết quả: {outcome}."
)
_QUICK = "; cán bộ nhận việc sau {minutes} phút"
_QUICK_MINUTES = 60
_NO_COMMUNE = "địa bàn"


@dataclass(frozen=True, slots=True)
class Example:
    """A candidate. `code`: of the case, for the choosing officer; it is not part of the text."""

    code: str
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class ExampleFacts:
    """Facts that the text is made from."""

    opened_on: dt.date
    unit: str
    commune: str
    category: str
    outcome: str
    response_minutes: int | None


def describe_example(facts: ExampleFacts) -> str:
    """Return the anonymous description of a case."""
    minutes = facts.response_minutes
    quick = _QUICK.format(minutes=max(1, minutes)) if minutes is not None and minutes <= _QUICK_MINUTES else ""
    return _TEXT.format(
        month=facts.opened_on.month,
        year=facts.opened_on.year,
        unit=facts.unit,
        category=_lower_first(CATEGORY_LABELS.get(facts.category, facts.category)),
        place=_lower_first(facts.commune) or _NO_COMMUNE,
        quick=quick,
        outcome=_lower_first(dict(OUTCOME_LABELS).get(facts.outcome, facts.outcome)),  # type: ignore[call-overload]
    )


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def list_examples(officer: Any, period: Period, *, ground: AreaFilter) -> list[Example]:
    """List the candidates, most telling first; neighbours in the list praise different things. One statement."""
    if not access.officer_may(officer, Permission.READ_LEDGER):
        return []
    area = "case__area_id" if ground.village_id is not None else "area_id"
    rows = Contribution.objects.filter(
        build_count_filter(officer, ground, area=area),
        access.filter_cases(officer, "case__"),
        metric__in=_PRAISED,
        day__range=(period.first, period.last),
        case__closed_at__isnull=False,
        case__sensitive=False,
        case__erased_at=None,
    ).exclude(Q(case__kind="sealed_tip") | Q(case__outcome__in=_WITHOUT_RESULT))
    columns = ("metric", "case__code", "day", "commune_id", "unit_id", "case__category", "case__outcome")
    values = rows.order_by("-case__urgency", "-day", "-case_id").values_list(
        *columns, "case__opened_at", "case__acknowledged_at"
    )
    return _choose_varied(list(values[:_MAX_ROWS]))


def _choose_varied(rows: Sequence[tuple[Any, ...]]) -> list[Example]:
    """Take one case for each praised metric in turn; a case only once."""
    by_metric = {metric: [row for row in rows if row[0] == metric] for metric in _PRAISED}
    chosen: dict[str, Example] = {}
    for rank in range(_MAX_ROWS):
        ranked = [by_metric[metric][rank] for metric in _PRAISED if rank < len(by_metric[metric])]
        if not ranked:
            break
        for row in ranked:
            if row[1] not in chosen:
                chosen[row[1]] = _build_example(row)
    return list(chosen.values())[:MAX_CANDIDATES]


def _build_example(row: tuple[Any, ...]) -> Example:
    metric, code, _day, commune, unit, category, outcome, opened_at, acknowledged_at = row
    directory = get_directory()
    names = {entry.area_id: entry.full_name for entry in directory.communes.values()}
    minutes = round((acknowledged_at - opened_at).total_seconds() / 60) if acknowledged_at else None
    facts = ExampleFacts(
        opened_on=opened_at.date(),
        unit=directory.unit_name(unit),
        commune=names.get(commune, ""),
        category=category,
        outcome=outcome,
        response_minutes=minutes,
    )
    reason = next(line.label for line in LEDGER_LINES if line.metric == metric)
    return Example(format_code(code), reason, describe_example(facts))


def choose_texts(examples: Sequence[Example], codes: Sequence[str] | None) -> list[str]:
    """Return the texts of the chosen candidates; of the first CHOSEN without a choice (`codes` None)."""
    if codes is None:
        return [example.text for example in examples[:CHOSEN]]
    return [example.text for example in examples if example.code in codes]
