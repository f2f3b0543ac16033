"""Page of questions: choose rows, columns and filters, read the table, take it as CSV, save and share it."""

import datetime as dt
import uuid
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.areas.queries import get_directory
from binhyen.kit import clock
from binhyen.kit.csv_export import csv_response, stream_parquet
from binhyen.kit.i18n_markers import N_
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.stats.area_filter import AreaFilter
from binhyen.stats.mailings import MAILINGS_URL
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
from binhyen.stats.questions.csv_texts import CSV_TYPES
from binhyen.stats.questions.spec import (
    DIMENSION_LABELS,
    FILTERS,
    MEASURES,
    TIME_DIMENSIONS,
    Dimension,
    InvalidQuestion,
    Question,
    parse_question,
)
from binhyen.stats.questions.tables import build_table, describe_question
from binhyen.stats.views import build_cases_url
from binhyen.ui.label_cache import translate_deferred

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
        table = build_table(question, answer, _Links(question, asked).to_cases)
    except InvalidQuestion as invalid:
        problem = problem or translate_deferred(invalid)
    query = build_question_query(question, asked)
    context: dict[str, Any] = {
        "now": now,
        "area": get_area_name(request.user, asked.ground),
        "place_note": format_place_note(asked.ground),
        "period": translate_deferred(asked.period.label),
        "title": describe_question(question),
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
            {"url": f"{QUESTIONS_URL}/vu-viec.parquet?{query}", "label": _("Các vụ việc (Parquet)")},
        ]
        if table
        else [],
        "mailings_url": MAILINGS_URL,
        "save": {"url": f"{QUESTIONS_URL}/luu?{query}", "name": name} if table else None,
        "saved": [_to_saved_row(saved, request) for saved in queries.list_saved_questions(request.user)],
        "examples": [{"url": f"{QUESTIONS_URL}?{example}", "label": _(label)} for example, label in _EXAMPLES],
    }
    return render(request, "stats/question.html", context, status=422 if context["error"] else 200)


def build_question_query(question: Question, asked: PeriodRequest, ground: AreaFilter | None = None) -> str:
    """Return the query string that asks the question for its area and period."""
    pairs = urlencode([(name, value) for name, value in question.list_pairs() if value or name == "hang"])
    return f"{pairs}&{asked.build_query(ground)}"


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
    table = build_table(question, answer, _Links(question, asked).to_cases)
    columns = table["columns"] if table["has_columns"] else []
    head = [table["head"], *columns, table["value_label"]]
    lines = [
        [row["label"], *((cell["text"] for cell in row["cells"]) if table["has_columns"] else ()), row["total"]]
        for row in table["rows"]
    ]
    lines.append([table["total_label"], *(table["totals"] if table["has_columns"] else ()), table["total"]])
    return csv_response(f"so-lieu-{asked.period.first}-{asked.period.last}.csv", head, lines)


@require_any_permission(Permission.READ_LEDGER)
def download_cases(request: OfficerRequest, format: str) -> HttpResponse:
    """Download the cases behind the question as CSV or Parquet, as the database sends them."""
    asked = parse_period_request(request, now=clock.now())
    try:
        question = parse_question(request.GET.dict())
    except InvalidQuestion:
        return _render(request)
    if asked.error or asked.places:
        return _render(request)
    lines = queries.stream_cases(request.user, question, asked.period, ground=asked.ground)
    is_csv = format == "csv"
    response = StreamingHttpResponse(
        lines if is_csv else stream_parquet(lines, CSV_TYPES),
        content_type="text/csv; charset=utf-8" if is_csv else "application/vnd.apache.parquet",
    )
    name = f"vu-viec-{asked.period.first}-{asked.period.last}.{format}"
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
