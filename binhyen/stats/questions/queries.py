"""PivotResult a question within the reader's rights; its cases as CSV in constant memory; saved questions."""

import json
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import (
    Avg,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import (
    ExtractHour,
    ExtractIsoWeekDay,
    Substr,
    TruncMonth,
    TruncQuarter,
    TruncWeek,
    TruncYear,
)

from binhyen.cases.choices import CATEGORY_LABELS, LANE_LABELS, OUTCOME_LABELS, STATE_LABELS
from binhyen.cases.kinds import get_kind_labels
from binhyen.kit.clock import VIETNAM
from binhyen.kit.i18n_markers import N_
from binhyen.kit.rls_scope import rls_scope
from binhyen.people import access
from binhyen.stats.area_filter import ALL_AREAS, AreaFilter
from binhyen.stats.metrics import BREAKDOWN_LABELS, CHANNEL_LABELS, Breakdown, Metric, build_key
from binhyen.stats.models import Contribution, SavedQuestion
from binhyen.stats.periods import Period
from binhyen.stats.queries import build_count_filter, select_day_sums, select_month_sums, split_for_province
from binhyen.stats.questions.csv_texts import CSV_HEAD
from binhyen.stats.questions.spec import (
    MAX_CELLS,
    TIME_DIMENSIONS,
    Dimension,
    InvalidQuestion,
    PivotMeasure,
    Question,
)
from binhyen.ui.urgency_labels import URGENCY_TEXTS

MAX_SAVED = 50
_TOO_MANY = N_("Bảng có quá nhiều ô. Hãy chọn kỳ ngắn hơn, ít địa bàn hơn hoặc chia theo cách khác.")
_EXPRESSIONS: Mapping[Dimension, Any] = {
    Dimension.NONE: Value(""),
    Dimension.COMMUNE: F("commune_id"),
    Dimension.UNIT: F("unit_id"),
    Dimension.YEAR: TruncYear("day"),
    Dimension.QUARTER: TruncQuarter("day"),
    Dimension.MONTH: TruncMonth("day"),
    Dimension.WEEK: TruncWeek("day"),
    Dimension.DAY: F("day"),
    Dimension.WEEKDAY: ExtractIsoWeekDay("day"),
    Dimension.HOUR: ExtractHour("case__opened_at", tzinfo=VIETNAM),
    Dimension.CATEGORY: F("case__category"),
    Dimension.KIND: F("case__kind"),
    Dimension.LANE: F("case__lane"),
    Dimension.URGENCY: F("case__urgency"),
    Dimension.OUTCOME: F("case__outcome"),
    Dimension.STATE: F("case__state"),
    # counted with every report; null for a follow-up of another case
    Dimension.CHANNEL: Substr(
        Subquery(
            Contribution.objects.filter(
                case=OuterRef("case"), metric__in=[build_key(Breakdown.CHANNEL, code) for code in CHANNEL_LABELS]
            ).values("metric")[:1]
        ),
        len(Breakdown.CHANNEL) + 2,
    ),
}


# Keys that every sum has, and those of them that the sums of months lack.
_OF_EVERY_SUM = TIME_DIMENSIONS | {Dimension.NONE, Dimension.COMMUNE, Dimension.UNIT, Dimension.WEEKDAY}
_NOT_OF_MONTHS = {Dimension.UNIT, Dimension.WEEK, Dimension.DAY, Dimension.WEEKDAY}
# Breakdown that sums the cases of a metric by a dimension.
_BREAKDOWN_BY_DIMENSION: Mapping[Dimension, tuple[Breakdown, str]] = {
    Dimension.CATEGORY: (Breakdown.CATEGORY, Metric.REPORTS),
    Dimension.CHANNEL: (Breakdown.CHANNEL, Metric.REPORTS),
    Dimension.HOUR: (Breakdown.HOUR, Metric.REPORTS),
    Dimension.OUTCOME: (Breakdown.OUTCOME, Metric.CLOSED),
}
_BREAKDOWN_BY_FILTER: Mapping[str, tuple[Breakdown, str]] = {
    "category": (Breakdown.CATEGORY, Metric.REPORTS),
    "outcome": (Breakdown.OUTCOME, Metric.CLOSED),
}


@dataclass(frozen=True, slots=True)
class PivotResult:
    """Numbers by (row key, column key), and the sums or means of rows, columns and all; None: no case."""

    cells: Mapping[tuple[Any, Any], float]
    rows: Mapping[Any, float]
    columns: Mapping[Any, float]
    total: float | None


def compute_pivot(officer: Any, question: Question, period: Period, *, ground: AreaFilter = ALL_AREAS) -> PivotResult:
    """PivotResult within the officer's rights, in one or two statements. Raises InvalidQuestion for too many cells."""
    if question.definition.kind == PivotMeasure.ON_TIME:
        met = _group_cases(officer, question, period, ground, build_key(Breakdown.DEADLINES, "MET"))
        late = _group_cases(officer, question, period, ground, build_key(Breakdown.DEADLINES, "LATE"))
        weights = {key: met.get(key, (0, 0))[0] + late.get(key, (0, 0))[0] for key in {*met, *late}}
        groups = {key: (weight, 100 * met.get(key, (0, 0))[0] / weight) for key, weight in weights.items()}
    else:
        groups = _group_cases(officer, question, period, ground, question.definition.metric)
    rows, columns = {key[0] for key in groups}, {key[1] for key in groups}
    if len(rows) * len(columns) > MAX_CELLS:
        raise InvalidQuestion(_TOO_MANY)
    is_mean = question.definition.kind != "COUNT"
    return PivotResult(
        cells={key: value for key, (_count, value) in groups.items()},
        rows=_combine(((key[0], *numbers) for key, numbers in groups.items()), is_mean=is_mean),
        columns=_combine(((key[1], *numbers) for key, numbers in groups.items()), is_mean=is_mean),
        total=_combine((("", *numbers) for numbers in groups.values()), is_mean=is_mean).get(""),
    )


def _combine(numbers: Iterator[tuple[Any, int, float]], *, is_mean: bool) -> dict[Any, float]:
    """Return key → sum of the values, or their mean weighted with the number of cases."""
    weights: dict[Any, int] = {}
    sums: dict[Any, float] = {}
    for key, count, value in numbers:
        weights[key] = weights.get(key, 0) + count
        sums[key] = sums.get(key, 0) + (value * count if is_mean else value)
    return {key: value / weights[key] if is_mean else value for key, value in sums.items() if weights[key]}


def _group_cases(
    officer: Any, question: Question, period: Period, ground: AreaFilter, metric: str
) -> dict[tuple[Any, Any], tuple[int, float]]:
    """Return (row key, column key) → number of cases, value; from the sums where they have both keys."""
    keys = _list_sum_keys(question, metric) if ground.village_id is None else {}
    if keys:
        return {key: (number, number) for key, number in _add_up_sums(officer, question, period, ground, keys).items()}
    rows = _select_cases(officer, question, period, ground, metric).annotate(
        row_key=_EXPRESSIONS[question.rows], column_key=_EXPRESSIONS[question.columns]
    )
    match question.definition.kind:
        case PivotMeasure.RESPONSE:
            rows, end, seconds = rows.filter(case__acknowledged_at__isnull=False), F("case__acknowledged_at"), 60
        case PivotMeasure.DURATION:
            rows, end, seconds = rows.filter(case__closed_at__isnull=False), F("case__closed_at"), 3600
        case _:
            grouped = rows.values_list("row_key", "column_key").annotate(Count("pk")).order_by()
            return {(row, column): (count, count) for row, column, count in _fetch_groups(grouped)}
    taken = ExpressionWrapper(end - F("case__opened_at"), output_field=DurationField())
    grouped = rows.values_list("row_key", "column_key").annotate(Count("pk"), mean=Avg(taken)).order_by()
    return {
        (row, column): (count, mean.total_seconds() / seconds) for row, column, count, mean in _fetch_groups(grouped)
    }


def _list_sum_keys(question: Question, metric: str) -> Mapping[str, Any]:
    """Return the metric of each sum → its key in the question; empty where the sums cannot answer it."""
    splits = [by for by in (question.rows, question.columns) if by not in _OF_EVERY_SUM]
    if question.definition.kind not in ("COUNT", PivotMeasure.ON_TIME) or len(splits) + len(question.filters) > 1:
        return {}
    for column, code in question.filters:
        breakdown, of_metric = _BREAKDOWN_BY_FILTER.get(column, (None, ""))
        return {build_key(breakdown, code): ""} if breakdown and of_metric == metric else {}
    for by in splits:
        breakdown, of_metric = _BREAKDOWN_BY_DIMENSION.get(by, (None, ""))
        if not breakdown or of_metric != metric:
            return {}
        return {
            build_key(breakdown, code): int(code[-2:]) if by is Dimension.HOUR else code
            for code in BREAKDOWN_LABELS[breakdown]
        }
    return {metric: ""}


def _add_up_sums(
    officer: Any, question: Question, period: Period, ground: AreaFilter, keys: Mapping[str, Any]
) -> Counter[tuple[Any, Any]]:
    """Return (row key, column key) → number of cases."""
    split_by = (question.rows, question.columns)
    expressions = [_EXPRESSIONS[by] if by in _OF_EVERY_SUM else F("metric") for by in split_by]
    cells: Counter[tuple[Any, Any]] = Counter()
    for sums in _list_sums(officer, frozenset(split_by), period, ground):
        keyed = sums.filter(metric__in=list(keys)).annotate(row_key=expressions[0], column_key=expressions[1])
        for *sum_keys, number in keyed.values_list("row_key", "column_key").annotate(Sum("value")).order_by():
            row, column = (
                key if by in _OF_EVERY_SUM else keys[key] for by, key in zip(split_by, sum_keys, strict=True)
            )
            cells[row, column] += number
    return cells


def _list_sums(
    officer: Any, split_by: frozenset[Dimension], period: Period, ground: AreaFilter
) -> Iterator[QuerySet[Any]]:
    """Yield the sums of a period, each with `day` and, where it is asked for, `commune_id` and `unit_id`."""
    by_commune = bool(split_by & {Dimension.COMMUNE, Dimension.UNIT})
    whole, edges = split_for_province(officer, period) if not split_by & _NOT_OF_MONTHS else (None, [period])
    if whole is not None:
        months = select_month_sums(whole, ground, by_commune=by_commune)
        yield months.annotate(day=F("month"), commune_id=F("area_id"))
    for edge in edges:
        yield select_day_sums(officer, edge, ground, by_commune=by_commune)


def _fetch_groups(grouped: Any) -> list[Any]:
    groups = list(grouped[: MAX_CELLS + 1])
    if len(groups) > MAX_CELLS:
        raise InvalidQuestion(_TOO_MANY)
    return groups


def _select_cases(
    officer: Any, question: Question, period: Period, ground: AreaFilter, metric: str
) -> QuerySet[Contribution]:
    area = "case__area_id" if ground.village_id is not None else "area_id"
    return Contribution.objects.filter(
        build_count_filter(officer, ground, area=area),
        access.filter_cases(officer, "case__"),
        metric=metric,
        day__range=(period.first, period.last),
        **{f"case__{column}": code for column, code in question.filters},
    )


# Cases as CSV


_BLOCK_BYTES = 64 * 1024
_TIMES = ("case__opened_at", "case__acknowledged_at", "case__closed_at")


def stream_cases(
    officer: Any, question: Question, period: Period, *, ground: AreaFilter = ALL_AREAS
) -> Iterator[bytes]:
    """Yield the cases behind the question as CSV, in blocks as the database sends them. No text that people wrote.

    The database writes the lines: Python would need ten times as long for each.
    """
    rows = _select_cases(officer, question, period, ground, question.definition.metric)
    columns = rows.order_by().values_list(
        "case_id",
        "case__code",
        "day",
        *_TIMES,
        "case__kind",
        "case__category",
        "case__lane",
        "case__urgency",
        "case__state",
        "case__outcome",
        "commune_id",
        "unit_id",
    )
    select, parameters = columns.query.sql_with_params()
    statement, values = _build_copy(select, parameters)
    yield "\ufeff".encode() + ",".join(f'"{name}"' for name in CSV_HEAD).encode() + b"\r\n"
    # The response is read after the request: the scope of its officer is set anew.
    with (
        rls_scope(access.get_rls_scope(officer)),
        connection.cursor() as cursor,
        cursor.copy(statement, values) as stream,
    ):
        block = bytearray()
        for line in stream:  # one row each: a response in so small parts would cost more than the database
            block += line
            if len(block) >= _BLOCK_BYTES:
                yield bytes(block)
                block.clear()
        yield bytes(block)


def _build_copy(select: str, parameters: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """Wrap the selection so that codes become labels; all labels are parameters."""
    maps = {
        "kind": dict(get_kind_labels()),
        "category": dict(CATEGORY_LABELS),
        "lane": {str(code): label for code, label in LANE_LABELS.items()},
        "urgency": {str(level): label for level, label in URGENCY_TEXTS.items()},
        "state": {str(code): label for code, label in STATE_LABELS.items()},
        "outcome": {str(code): label for code, label in OUTCOME_LABELS.items()},
    }
    names = "id, code, day, opened, noticed, closed, kind, category, lane, urgency, state, outcome, commune_id, unit_id"
    local = "to_char({} AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD HH24:MI')"
    labels, values = [], []
    for name, texts in maps.items():
        labels.append(f"coalesce((%s::jsonb) ->> c.{name}::text, c.{name}::text)")
        values.append(json.dumps(texts, ensure_ascii=False))
    shown = ", ".join(
        [
            "substr(c.code, 1, 4) || '-' || substr(c.code, 5)",
            "c.day",
            *(local.format(f"c.{name}") for name in ("opened", "noticed", "closed")),
            *labels,
            "c.commune",
            "c.unit",
        ]
    )
    # Names of our own; the selection is the ORM's, every value is a parameter. Sorted after the joins, which keep no
    # order, and before the labels, which would make the rows to be sorted wider.
    statement = (
        f"COPY (SELECT {shown} FROM ("  # noqa: S608  see above
        f"SELECT c.*, a.full_name AS commune, u.name AS unit FROM ({select}) AS c({names}) "
        "LEFT JOIN areas_areaversion a ON a.area_id = c.commune_id AND a.valid_to IS NULL "
        "JOIN areas_unit u ON u.id = c.unit_id ORDER BY c.day, c.id) AS c) TO STDOUT (FORMAT csv)"
    )
    return statement, [*values, *parameters]


# Saved questions


def list_saved_questions(officer: Any) -> list[SavedQuestion]:
    """List the officer's own questions and those shared with the unit, by name."""
    rows = SavedQuestion.objects.filter(_filter_saved(officer)).select_related("officer")
    return list(rows.order_by("name", "pk")[:MAX_SAVED])


def find_saved_question(officer: Any, public_id: uuid.UUID) -> SavedQuestion | None:
    """Return a question; None alike where it does not exist and where the officer may not read it."""
    return SavedQuestion.objects.filter(_filter_saved(officer), public_id=public_id).first()


def _filter_saved(officer: Any) -> Q:
    return Q(officer=officer.pk) | Q(is_shared=True, unit=officer.unit_id)
