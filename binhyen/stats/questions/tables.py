"""Table of a pivot as texts: labels of rows and columns in their order, numbers with a shade."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from binhyen.areas import map_drawing
from binhyen.areas.queries import get_directory
from binhyen.cases.choices import CATEGORY_LABELS, LANE_LABELS, OUTCOME_LABELS, STATE_LABELS
from binhyen.cases.kinds import get_kind_labels
from binhyen.kit.text import to_sort_key
from binhyen.stats import periods
from binhyen.stats.metrics import CHANNEL_LABELS
from binhyen.stats.questions.queries import PivotResult
from binhyen.stats.questions.spec import (
    DIMENSION_LABELS,
    FILTERS,
    HOUR_OF_DAY_LABELS,
    TIME_DIMENSIONS,
    WEEKDAY_LABELS,
    Dimension,
    Question,
)
from binhyen.ui import formatting
from binhyen.ui.label_cache import translate_deferred
from binhyen.ui.urgency_labels import URGENCY_TEXTS


def describe_question(question: Question) -> str:
    """Return measure, dimensions and filters of a question as a title."""
    parts = [_(question.definition.label)]
    parts += [_(DIMENSION_LABELS[by]).lower() for by in (question.rows, question.columns) if by is not Dimension.NONE]
    labels = {column: texts for _title, column, texts in FILTERS.values()}
    parts += [_(labels[column][code]) for column, code in question.filters]
    return " · ".join(parts)


def build_table(
    question: Question, answer: PivotResult, to_cases: Callable[[Any, Any], str] = lambda row, column: ""
) -> dict[str, Any]:
    """Build the table as texts; a mean has one decimal, and no shade says more than the number in it.

    `to_cases`: the address of the cases behind a cell, by its row and column.
    """
    row_keys = _sort_keys(question.rows, answer.rows)
    column_keys = _sort_keys(question.columns, answer.columns)
    shades = map_drawing.classify_values(
        {f"{row}|{column}": round(value * 10) for (row, column), value in answer.cells.items()}
    )[1]
    is_mean = question.definition.kind != "COUNT"
    rows = [
        {
            "label": _format_key(question.rows, row),
            "cells": [
                {
                    "text": _format_value(answer.cells.get((row, column)), is_mean=is_mean),
                    "shade": shades.get(f"{row}|{column}", "zero") if len(column_keys) > 1 else "zero",
                    "url": to_cases(row, column) if answer.cells.get((row, column)) else "",
                }
                for column in column_keys
            ],
            "total": _format_value(answer.rows[row], is_mean=is_mean),
        }
        for row in row_keys
    ]
    has_columns = question.columns is not Dimension.NONE
    return {
        "head": _(DIMENSION_LABELS[question.rows]) if question.rows is not Dimension.NONE else "",
        "columns": [_format_key(question.columns, column) for column in column_keys] if has_columns else [""],
        "has_columns": has_columns,
        "rows": rows,
        "totals": [_format_value(answer.columns[column], is_mean=is_mean) for column in column_keys],
        "total": _format_value(answer.total, is_mean=is_mean),
        "total_label": _("Chung") if is_mean else _("Cộng"),
        "value_label": _(question.definition.label),
    }


def _format_value(value: float | None, *, is_mean: bool) -> str:
    if value is None:
        return "–" if is_mean else "0"
    return f"{value:.1f}".replace(".", ",") if is_mean else formatting.format_number(round(value))


_LABELS: Mapping[Dimension, Mapping[Any, str]] = {
    Dimension.WEEKDAY: WEEKDAY_LABELS,
    Dimension.HOUR: HOUR_OF_DAY_LABELS,
    Dimension.CATEGORY: CATEGORY_LABELS,
    Dimension.LANE: LANE_LABELS,
    Dimension.URGENCY: URGENCY_TEXTS,
    Dimension.OUTCOME: OUTCOME_LABELS,
    Dimension.STATE: STATE_LABELS,
    Dimension.CHANNEL: CHANNEL_LABELS,
}


def _format_key(by: Dimension, key: Any) -> str:
    match by:
        case Dimension.NONE:
            return _("Tất cả")
        case Dimension.COMMUNE:
            return _get_commune_name(key)
        case Dimension.UNIT:
            return get_directory().unit_name(key)
        case Dimension.YEAR:
            return str(key.year)
        case Dimension.QUARTER:
            return _("Quý {quarter}/{year}").format(quarter=(key.month + 2) // 3, year=key.year)
        case Dimension.MONTH:
            return f"{key.month}/{key.year}"
        case Dimension.WEEK | Dimension.DAY:
            return periods.format_day(key)
        case Dimension.KIND:
            return _(get_kind_labels().get(key, key))
        case Dimension.OUTCOME if not key:
            return _("Chưa xong")
        case Dimension.CHANNEL if key is None:
            return _("Chưa rõ")
    label = _LABELS[by].get(key)
    return translate_deferred(label) if label is not None else str(key)


def _get_commune_name(area_id: int | None) -> str:
    communes = {entry.area_id: entry.full_name for entry in get_directory().communes.values()}
    return communes.get(area_id or 0, _("Chưa rõ xã, phường"))


def _sort_keys(by: Dimension, keys: Mapping[Any, float]) -> list[Any]:
    """Sort by time, by the order of the labels, or by name; unknown ones come last."""
    if by in TIME_DIMENSIONS:
        return sorted(keys)
    if by in _LABELS:
        order = {code: index for index, code in enumerate(_LABELS[by])}
        return sorted(keys, key=lambda key: (order.get(key, len(order)), str(key)))
    return sorted(keys, key=lambda key: (key is None, to_sort_key(_format_key(by, key))))
