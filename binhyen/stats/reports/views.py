"""Page of reports: preview of a period, files to download, issued versions and their correction."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.kit import clock
from binhyen.kit.clock import to_vietnam_day
from binhyen.people.access import officer_may
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.stats import periods
from binhyen.stats.models import IssuedReport
from binhyen.stats.period_filter import (
    PeriodRequest,
    build_fields,
    format_place_note,
    get_area_name,
    parse_period_request,
)
from binhyen.stats.periods import InvalidPeriod
from binhyen.stats.reports import queries, services
from binhyen.stats.reports.build import build_content
from binhyen.stats.reports.content import ReportContent, from_json
from binhyen.stats.reports.documents import FORMATS, DocumentFormat, list_grids
from binhyen.ui import formatting
from binhyen.ui.label_cache import translate_deferred

REPORTS_URL = "/bao-cao"
_FORMAT_NAMES = {"docx": "Word", "pdf": "PDF", "xlsx": "Excel", "json": "JSON"}


@require_any_permission(Permission.READ_STATISTICS)
def show_reports(request: OfficerRequest) -> HttpResponse:
    asked = parse_period_request(request, now=clock.now())
    return _render(request, asked, error=asked.error)


def _render(request: OfficerRequest, asked: PeriodRequest, *, error: str = "", number: str = "") -> HttpResponse:
    """Render the page; an invalid period or number is reported on it, with status 422."""
    now, content, reason = clock.now(), None, ""
    try:
        content = build_content(request.user, asked.period, ground=asked.ground, now=now)
        periods.check_over(asked.period, today=to_vietnam_day(now))
    except InvalidPeriod as bad:
        reason = translate_deferred(bad)
    query = asked.build_query()
    may_issue = officer_may(request.user, Permission.ISSUE_REPORTS)
    context: dict[str, Any] = {
        "now": now,
        "area": get_area_name(request.user, asked.ground),
        "place_note": format_place_note(asked.ground),
        "period": translate_deferred(asked.period.label),
        "picks": build_fields(request, asked),
        "error": error or ("" if content else reason),
        "places": [
            {"url": f"{REPORTS_URL}?{asked.build_query(place)}", "name": place.name, "now_in": place.now_in}
            for place in asked.places
        ],
        "content": content,
        "grids": list_grids(content) if content else (),
        "downloads": _list_downloads(f"{REPORTS_URL}/tai", f"?{query}") if content else (),
        "issue": {"url": f"{REPORTS_URL}/phat-hanh?{query}", "reason": reason, "number": number} if may_issue else None,
        "reports": [_to_row(report, request) for report in queries.list_issued_reports(request.user)],
    }
    return render(request, "stats/reports.html", context, status=422 if context["error"] else 200)


def _list_downloads(base: str, query: str = "") -> list[dict[str, str]]:
    return [{"url": f"{base}/{code}{query}", "label": _FORMAT_NAMES[code]} for code in _FORMAT_NAMES]


def _to_row(report: IssuedReport, request: OfficerRequest) -> dict[str, Any]:
    base = f"{REPORTS_URL}/{report.public_id}"
    may_correct = officer_may(request.user, Permission.ISSUE_REPORTS) and report.unit_id == request.user.unit_id
    return {
        "number": f"{report.number:02d}/{report.year}",
        "version": report.version - 1,
        "unit": report.unit.name,
        "period": translate_deferred(periods.label_period(report.first, report.last).label),
        "issued_text": formatting.format_full_time(report.issued_at),
        "note": report.note,
        "downloads": _list_downloads(base),
        "correct_url": f"{base}/dinh-chinh" if may_correct else "",
    }


@require_any_permission(Permission.READ_STATISTICS)
def download_draft(request: OfficerRequest, format: str) -> HttpResponse:
    """Download the report of a period, without a number."""
    chosen = _find_format(format)
    asked = parse_period_request(request, now=clock.now())
    if asked.error or asked.places:
        return _render(request, asked, error=asked.error)
    try:
        content = build_content(request.user, asked.period, ground=asked.ground, now=clock.now())
    except InvalidPeriod:
        return _render(request, asked)
    return _respond(chosen, content, f"bao-cao-{content.first}-{content.last}")


@require_any_permission(Permission.READ_STATISTICS)
def download_issued(request: OfficerRequest, report: uuid.UUID, format: str) -> HttpResponse:
    """Download an issued version as it was frozen."""
    chosen, row = _find_format(format), queries.find_report(request.user, report)
    if row is None:
        raise Http404
    return _respond(chosen, from_json(row.content), f"bao-cao-{row.year}-{row.number:02d}-{row.version}")


@require_any_permission(Permission.ISSUE_REPORTS, methods=("POST",))
def issue(request: OfficerRequest) -> HttpResponse:
    """Issue the report of the period in the address."""
    asked, now = parse_period_request(request, now=clock.now()), clock.now()
    typed = request.POST.get("so", "").strip()
    if asked.error or asked.places:
        return _render(request, asked, error=asked.error, number=typed)
    if typed and not (typed.isascii() and typed.isdigit() and len(typed) <= 5):
        return _render(request, asked, error=_("Số báo cáo phải từ 1 đến 99999."), number=typed)
    try:
        report = services.issue_report(
            officer=request.user,
            period=asked.period,
            ground=asked.ground,
            number=int(typed) if typed else None,
            now=now,
        )
    except (services.ReportRefused, InvalidPeriod) as refused:
        return _render(request, asked, error=translate_deferred(refused), number=typed)
    messages.success(request, _("Đã phát hành báo cáo số {n}.").format(n=report.number))
    return redirect_after_post(f"{REPORTS_URL}?{asked.build_query()}#da-phat-hanh")


@require_any_permission(Permission.ISSUE_REPORTS, methods=("POST",))
def correct(request: OfficerRequest, report: uuid.UUID) -> HttpResponse:
    """Issue the next version of a report."""
    row = queries.find_report(request.user, report)
    if row is None:
        raise Http404
    try:
        newer = services.correct_report(
            report=row, officer=request.user, reason=request.POST.get("ly-do", ""), now=clock.now()
        )
    except services.ReportRefused as refused:
        return _render(request, parse_period_request(request, now=clock.now()), error=translate_deferred(refused))
    messages.success(request, _("Đã phát hành bản đính chính của báo cáo số {n}.").format(n=newer.number))
    return redirect_after_post(f"{REPORTS_URL}#da-phat-hanh")


def _find_format(code: str) -> DocumentFormat:
    chosen = FORMATS.get(code)
    if chosen is None:
        raise Http404
    return chosen


def _respond(chosen: DocumentFormat, content: ReportContent, name: str) -> HttpResponse:
    response = HttpResponse(chosen.render(content), content_type=chosen.media_type)
    # nosemgrep: file-name-from-outside  made of days and numbers
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{chosen.extension}"'
    return response
