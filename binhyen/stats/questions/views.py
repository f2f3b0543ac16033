"""Page of questions: choose rows, columns and filters, read the table, take it as CSV, save and share it."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.areas.queries import get_directory
from binhyen.cases.choices import CATEGORY_LABELS, LANE_LABELS, OUTCOME_LABELS, STATE_LABELS
from binhyen.cases.kinds import get_kind_labels
from binhyen.kit import clock
from binhyen.kit.csv_export import csv_response
from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import to_sort_key
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.stats import map_drawing, periods
from binhyen.stats.area_filter import AreaFilter
from binhyen.stats.models import SavedQuestion
from binhyen.stats.period_filter import (
    CUSTOM,
    PeriodRequest,
    build_fields,
    format_place_note,
    get_area_name,
    parse_period_request,
)
from binhyen.stats.periods import Period
from binhyen.stats.questions import queries, services
from binhyen.stats.questions.queries import PivotResult
from binhyen.stats.questions.spec import (
    DIMENSION_LABELS,
    FILTERS,
    HOUR_OF_DAY_LABELS,
    MEASURES,
    TIME_DIMENSIONS,
    WEEKDAY_LABELS,
    Dimension,
    InvalidQuestion,
    Question,
    parse_question,
)
from binhyen.stats.views import build_cases_url
from binhyen.ui import formatting
from binhyen.ui.label_cache import translate_deferred
from binhyen.ui.urgency_labels import URGENCY_TEXTS

QUESTIONS_URL = "/hoi-so-lieu"
_LINKED = TIME_DIMENSIONS | {Dimension.NONE, Dimension.COMMUNE}  # a number of these has a page of its cases
_EXAMPLES: tuple[tuple[str, str], ...] = (
    ("so=reports&hang=linh-vuc&cot=thang&ky=nam-nay", N_("Lĩnh vực nào tăng theo từng tháng?")),
    ("so=phut-nhan-viec&hang=xa&cot=muc&ky=quy-nay", N_("Xã nào nhận việc chậm, theo mức?")),
    ("so=reports&hang=thu&cot=gio&loc-linh-vuc=traffic&ky=nam-nay", N_("Giờ nào hay có việc về giao thông?")),
    ("so=closed&hang=ket-qua&cot=linh-vuc&ky=nam-nay", N_("Việc xong có kết quả gì, theo lĩnh vực?")),
)


@require_any_permission(Permission.READ_LEDGER)
def show_question(request: OfficerRequest) -> HttpResponse:
    return _render(request)


def _render(request: OfficerRequest, *, error: str = "", name: str = "") -> HttpResponse:
    """Render the page; an invalid question or period is reported on it, with status 422."""
    now = clock.now()
    asked = parse_period_request(request, now=now)
    question, table = Question(), None
    problem = asked.error
    try:
        question = parse_question(request.GET.dict())
        answer = queries.compute_pivot(request.user, question, asked.period, ground=asked.ground)
        table = _build_table(question, answer, asked)
    except InvalidQuestion as invalid:
        problem = problem or translate_deferred(invalid)
    query = build_question_query(question, asked)
    context: dict[str, Any] = {
        "now": now,
        "area": get_area_name(request.user, asked.ground),
        "place_note": format_place_note(asked.ground),
        "period": translate_deferred(asked.period.label),
        "title": _describe_question(question),
        "picks": [*_build_question_fields(question), *build_fields(request, asked)],
        "error": error or problem,
        "places": [
            {
                "url": f"{QUESTIONS_URL}?{build_question_query(question, asked, place)}",
                "name": place.name,
                "now_in": place.now_in,
            }
            for place in asked.places
        ],
        "table": table,
        "downloads": [
            {"url": f"{QUESTIONS_URL}/bang.csv?{query}", "label": _("Bảng này (CSV)")},
            {"url": f"{QUESTIONS_URL}/vu-viec.csv?{query}", "label": _("Các vụ việc (CSV)")},
        ]
        if table
        else [],
        "save": {"url": f"{QUESTIONS_URL}/luu?{query}", "name": name} if table else None,
        "saved": [_to_saved_row(saved, request) for saved in queries.list_saved_questions(request.user)],
        "examples": [{"url": f"{QUESTIONS_URL}?{example}", "label": _(label)} for example, label in _EXAMPLES],
    }
    return render(request, "stats/question.html", context, status=422 if context["error"] else 200)


def build_question_query(question: Question, asked: PeriodRequest, ground: AreaFilter | None = None) -> str:
    """Return the query string that asks the question for its area and period."""
    pairs = urlencode([(name, value) for name, value in question.list_pairs() if value or name == "hang"])
    return f"{pairs}&{asked.build_query(ground)}"


def _describe_question(question: Question) -> str:
    parts = [_(question.definition.label)]
    parts += [_(DIMENSION_LABELS[by]).lower() for by in (question.rows, question.columns) if by is not Dimension.NONE]
    labels = {column: texts for _title, column, texts in FILTERS.values()}
    parts += [_(labels[column][code]) for column, code in question.filters]
    return " · ".join(parts)


def _build_question_fields(question: Question) -> list[dict[str, Any]]:
    measures = [(code, _(definition.label)) for code, definition in MEASURES.items()]
    dimensions = [(by.value, _(label)) for by, label in DIMENSION_LABELS.items()]
    fields = [
        ("so", _("Số liệu"), measures, question.measure),
        ("hang", _("Mỗi hàng một"), dimensions, question.rows.value),
        ("cot", _("Mỗi cột một"), dimensions, question.columns.value),
    ]
    chosen = dict(question.filters)
    for name, (title, column, labels) in FILTERS.items():
        choices = [("", _("Tất cả")), *((code, _(label)) for code, label in labels.items())]
        fields.append((name, _(title), choices, chosen.get(column, "")))
    return [
        {
            "name": name,
            "label": label,
            "options": [{"value": code, "label": text, "chosen": code == value} for code, text in choices],
        }
        for name, label, choices, value in fields
    ]


def _build_table(question: Question, answer: PivotResult, asked: PeriodRequest) -> dict[str, Any]:
    """Build the table as texts; a mean has one decimal, and no shade says more than the number in it."""
    row_keys = _sort_keys(question.rows, answer.rows)
    column_keys = _sort_keys(question.columns, answer.columns)
    shades = map_drawing.classify_values(
        {f"{row}|{column}": round(value * 10) for (row, column), value in answer.cells.items()}
    )[1]
    is_mean = question.definition.kind != "COUNT"
    links = _Links(question, asked)
    rows = [
        {
            "label": _format_key(question.rows, row),
            "cells": [
                {
                    "text": _format_value(answer.cells.get((row, column)), is_mean=is_mean),
                    "shade": shades.get(f"{row}|{column}", "zero") if len(column_keys) > 1 else "zero",
                    "url": links.to_cases(row, column) if answer.cells.get((row, column)) else "",
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


class _Links:
    """Addresses of the cases behind a number; empty where the page of cases has no such filter."""

    def __init__(self, question: Question, asked: PeriodRequest) -> None:
        self._question, self._asked = question, asked
        self._is_linked = not question.filters and {question.rows, question.columns} <= _LINKED
        self._codes = {entry.area_id: code for code, entry in get_directory().communes.items()}

    def to_cases(self, row: Any, column: Any) -> str:
        if not self._is_linked:
            return ""
        ground, period = self._asked.ground, self._asked.period
        for by, key in ((self._question.rows, row), (self._question.columns, column)):
            if by is Dimension.COMMUNE:
                if key not in self._codes or ground.village_id is not None:
                    return ""
                ground = AreaFilter(self._codes[key])
            elif by in TIME_DIMENSIONS:
                period = _clip(by, key, period)
        pairs = {"xa": ground.key, "ky": CUSTOM, "tu": period.first.isoformat(), "den": period.last.isoformat()}
        query = urlencode({name: value for name, value in pairs.items() if value})
        return f"{build_cases_url(self._question.definition.metric)}?{query}"


_MONTHS = {Dimension.MONTH: 1, Dimension.QUARTER: 3, Dimension.YEAR: 12}


def _clip(by: Dimension, first: dt.date, period: Period) -> Period:
    """Return the part of the period in the day, week, month, quarter or year that starts on `first`."""
    if by in _MONTHS:
        months = first.year * 12 + first.month - 1 + _MONTHS[by]
        last = dt.date(months // 12, months % 12 + 1, 1) - dt.timedelta(days=1)
    else:
        last = first + dt.timedelta(days=6 if by is Dimension.WEEK else 0)
    return Period(max(first, period.first), min(last, period.last))


def _to_saved_row(saved: SavedQuestion, request: OfficerRequest) -> dict[str, Any]:
    is_own = saved.officer_id == request.user.pk
    return {
        "name": saved.name,
        "url": f"{QUESTIONS_URL}?{saved.query}",
        "owner": "" if is_own else saved.officer.name,
        "is_shared": saved.is_shared,
        "delete_url": f"{QUESTIONS_URL}/{saved.public_id}/bo" if is_own else "",
    }


@require_any_permission(Permission.READ_LEDGER)
def download_table(request: OfficerRequest) -> HttpResponse:
    """Download the table as it is shown."""
    asked = parse_period_request(request, now=clock.now())
    try:
        question = parse_question(request.GET.dict())
        answer = queries.compute_pivot(request.user, question, asked.period, ground=asked.ground)
    except InvalidQuestion:
        return _render(request)
    if asked.error or asked.places:
        return _render(request)
    table = _build_table(question, answer, asked)
    columns = table["columns"] if table["has_columns"] else []
    head = [table["head"], *columns, table["value_label"]]
    lines = [
        [row["label"], *((cell["text"] for cell in row["cells"]) if table["has_columns"] else ()), row["total"]]
        for row in table["rows"]
    ]
    lines.append([table["total_label"], *(table["totals"] if table["has_columns"] else ()), table["total"]])
    return csv_response(f"so-lieu-{asked.period.first}-{asked.period.last}.csv", head, lines)


@require_any_permission(Permission.READ_LEDGER)
def download_cases(request: OfficerRequest) -> HttpResponse:
    """Download the cases behind the question, as the database sends them."""
    asked = parse_period_request(request, now=clock.now())
    try:
        question = parse_question(request.GET.dict())
    except InvalidQuestion:
        return _render(request)
    if asked.error or asked.places:
        return _render(request)
    lines = queries.stream_cases(request.user, question, asked.period, ground=asked.ground)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"vu-viec-{asked.period.first}-{asked.period.last}.csv"
    # nosemgrep: file-name-from-outside  made of days
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return cast("HttpResponse", response)  # a streaming one is none by its class


@require_any_permission(Permission.READ_LEDGER, methods=("POST",))
def save(request: OfficerRequest) -> HttpResponse:
    """Save the question of the address under a name."""
    asked = parse_period_request(request, now=clock.now())
    name = request.POST.get("ten", "")
    try:
        query = build_question_query(parse_question(request.GET.dict()), asked)
        services.store_saved_question(
            officer=request.user,
            name=name,
            query=query,
            is_shared=request.POST.get("chia-se") == "1",
            now=clock.now(),
        )
    except InvalidQuestion as invalid:
        return _render(request, error=translate_deferred(invalid), name=name)
    messages.success(request, _("Đã lưu câu hỏi."))
    return redirect_after_post(f"{QUESTIONS_URL}?{query}#da-luu")


@require_any_permission(Permission.READ_LEDGER, methods=("POST",))
def delete(request: OfficerRequest, question: uuid.UUID) -> HttpResponse:
    """Delete an own question."""
    saved = queries.find_saved_question(request.user, question)
    if saved is None or saved.officer_id != request.user.pk:
        raise Http404
    services.delete_saved_question(officer=request.user, question=saved)
    messages.success(request, _("Đã bỏ câu hỏi."))
    return redirect_after_post(f"{QUESTIONS_URL}#da-luu")
