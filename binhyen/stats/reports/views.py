"""Page of reports: preview of a period, files to download, issued versions and their correction."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.kit import clock
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.i18n_markers import N_
from binhyen.people.access import counts_province, officer_may
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.stats import periods
from binhyen.stats.mailings import MAILINGS_URL
from binhyen.stats.models import IssuedReport, RemarkRequest, ReportTemplate, UnitRemark
from binhyen.stats.period_filter import (
    PeriodRequest,
    build_fields,
    format_place_note,
    get_area_name,
    parse_period_request,
)
from binhyen.stats.periods import InvalidPeriod
from binhyen.stats.reports import queries, remarks, services
from binhyen.stats.reports.build import build_content
from binhyen.stats.reports.content import ReportContent, from_json
from binhyen.stats.reports.documents import FORMATS, DocumentFormat, list_grids
from binhyen.stats.reports.examples import CHOSEN, list_examples
from binhyen.stats.reports.word_template import (
    BLOCK_FIELDS,
    MAX_BYTES,
    REQUIRED,
    TEXT_FIELDS,
    InvalidTemplate,
    build_sample_template,
    render_report,
)
from binhyen.ui import formatting
from binhyen.ui.label_cache import translate_deferred

REPORTS_URL = "/bao-cao"
TEMPLATE_URL = f"{REPORTS_URL}/mau"
_FORMAT_NAMES = {"docx": "Word", "pdf": "PDF", "xlsx": "Excel", "json": "JSON"}


@require_any_permission(Permission.READ_STATISTICS)
def show_reports(request: OfficerRequest) -> HttpResponse:
    asked = parse_period_request(request, now=clock.now())
    return _render(request, asked, error=asked.error)


def _render(
    request: OfficerRequest, asked: PeriodRequest, *, error: str = "", draft: Mapping[str, str] | None = None
) -> HttpResponse:
    """Render the page; an invalid period, number or remark is reported on it, with status 422, and typed text
    stays (`draft`).
    """
    now, content, reason, draft = clock.now(), None, "", draft or {}
    chosen = _get_chosen_codes(request)
    try:
        content = build_content(request.user, asked.period, ground=asked.ground, example_codes=chosen, now=now)
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
        "issue": {
            "url": f"{REPORTS_URL}/phat-hanh?{query}",
            "reason": reason,
            "number": draft.get("so", ""),
            "examples": _list_example_choices(request, asked, chosen) if content else [],
        }
        if may_issue
        else None,
        "template_url": TEMPLATE_URL if may_issue else "",
        "mailings_url": MAILINGS_URL,
        "open_data": {
            "url": f"{REPORTS_URL}/du-lieu-mo",
            "month": f"{periods.get_current_period('thang-truoc', today=to_vietnam_day(now)).first:%Y-%m}",
        }
        if may_issue and counts_province(request.user)
        else None,
        "remarks": _list_own_remarks(request, draft),
        "asking": _build_asking(request, asked, query, draft) if may_issue and counts_province(request.user) else None,
        "reports": [_to_row(report, request) for report in queries.list_issued_reports(request.user)],
    }
    return render(request, "stats/reports.html", context, status=422 if context["error"] else 200)


def _get_chosen_codes(request: OfficerRequest) -> list[str] | None:
    """Return the typical cases chosen in the form of the report; None where the form was not sent."""
    return request.POST.getlist("vu") if "chon-vu" in request.POST else None


def _list_example_choices(
    request: OfficerRequest, asked: PeriodRequest, chosen: Sequence[str] | None
) -> list[dict[str, Any]]:
    candidates = list_examples(request.user, asked.period, ground=asked.ground)
    default = [example.code for example in candidates[:CHOSEN]]
    return [
        {
            "code": example.code,
            "url": f"/vu-viec/{example.code}",
            "reason": _(example.reason),
            "text": example.text,
            "chosen": example.code in (default if chosen is None else chosen),
        }
        for example in candidates
    ]


def _list_own_remarks(request: OfficerRequest, draft: Mapping[str, str]) -> list[dict[str, Any]]:
    """List the province's requests to the officer's unit."""
    may_answer = officer_may(request.user, Permission.ISSUE_REPORTS)
    return [
        {
            "url": f"{REPORTS_URL}/nhan-xet/{remark.public_id}" if may_answer else "",
            "period": translate_deferred(periods.label_period(remark.request.first, remark.request.last).label),
            "due": periods.format_day(remark.request.due_on),
            "question": remark.request.question,
            "text": draft.get("nhan-xet", remark.text),
            "is_answered": remark.answered_at is not None,
            "reminders": remark.reminders if remark.answered_at is None else 0,
        }
        for remark in remarks.list_open_remarks(request.user)
    ]


def _build_asking(
    request: OfficerRequest, asked: PeriodRequest, query: str, draft: Mapping[str, str]
) -> dict[str, Any]:
    """Build the province's part: ask for remarks on the period, or read and chase them."""
    asked_remarks = remarks.find_request(asked.period)
    if asked_remarks is None:
        return {
            "url": f"{REPORTS_URL}/nhan-xet?{query}",
            "question": draft.get("cau-hoi", ""),
            "due": draft.get("han", ""),
        }
    unit_remarks = remarks.list_unit_remarks(asked_remarks)
    missing = [remark for remark in unit_remarks if remark.answered_at is None]
    return {
        "due": periods.format_day(asked_remarks.due_on),
        "question": asked_remarks.question,
        "answers": [{"unit": remark.unit.name, "text": remark.text} for remark in unit_remarks if remark.text],
        "missing": [{"unit": remark.unit.name, "reminders": remark.reminders} for remark in missing],
        "remind_url": f"{REPORTS_URL}/nhan-xet/{asked_remarks.public_id}/nhac?{query}" if missing else "",
    }


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
    template = queries.find_word_template(request.user)
    return _respond(chosen, content, f"bao-cao-{content.first}-{content.last}", template)


@require_any_permission(Permission.READ_STATISTICS)
def download_issued(request: OfficerRequest, report: uuid.UUID, format: str) -> HttpResponse:
    """Download an issued version as it was frozen."""
    chosen, row = _find_format(format), queries.find_report(request.user, report)
    if row is None:
        raise Http404
    return _respond(chosen, from_json(row.content), f"bao-cao-{row.year}-{row.number:02d}-{row.version}", row.template)


@require_any_permission(Permission.ISSUE_REPORTS, methods=("POST",))
def issue(request: OfficerRequest) -> HttpResponse:
    """Issue the report of the period in the address."""
    asked, now = parse_period_request(request, now=clock.now()), clock.now()
    typed = request.POST.get("so", "").strip()
    if asked.error or asked.places:
        return _render(request, asked, error=asked.error, draft=request.POST.dict())
    if typed and not (typed.isascii() and typed.isdigit() and len(typed) <= 5):
        return _render(request, asked, error=_("Số báo cáo phải từ 1 đến 99999."), draft=request.POST.dict())
    try:
        report = services.issue_report(
            officer=request.user,
            period=asked.period,
            ground=asked.ground,
            number=int(typed) if typed else None,
            example_codes=_get_chosen_codes(request),
            now=now,
        )
    except (services.ReportRefused, InvalidPeriod) as refused:
        return _render(request, asked, error=translate_deferred(refused), draft=request.POST.dict())
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


@require_any_permission(Permission.ISSUE_REPORTS, methods=("POST",))
def ask_for_remarks(request: OfficerRequest) -> HttpResponse:
    """Ask every commune for a remark on the period in the address; only the province may."""
    if not counts_province(request.user):
        raise PermissionDenied
    asked, now = parse_period_request(request, now=clock.now()), clock.now()
    draft = request.POST.dict()
    if asked.error or asked.places:
        return _render(request, asked, error=asked.error, draft=draft)
    try:
        remarks.request_remarks(
            officer=request.user,
            period=asked.period,
            due_on=periods.parse_day(draft.get("han", "")),
            question=draft.get("cau-hoi", ""),
            now=now,
        )
    except (remarks.RemarkRefused, InvalidPeriod) as refused:
        return _render(request, asked, error=translate_deferred(refused), draft=draft)
    messages.success(request, _("Đã xin nhận xét của các đơn vị."))
    return redirect_after_post(f"{REPORTS_URL}?{asked.build_query()}#nhan-xet")


@require_any_permission(Permission.ISSUE_REPORTS, methods=("POST",))
def remind_units(request: OfficerRequest, asking: uuid.UUID) -> HttpResponse:
    """Remind the units that did not answer; only the province may."""
    if not counts_province(request.user):
        raise PermissionDenied
    asked = parse_period_request(request, now=clock.now())
    remark_request = RemarkRequest.objects.filter(public_id=asking).first()
    if remark_request is None:
        raise Http404
    count = remarks.mark_units_reminded(officer=request.user, request=remark_request, now=clock.now())
    messages.success(request, _("Đã nhắc {n} đơn vị.").format(n=count))
    return redirect_after_post(f"{REPORTS_URL}?{asked.build_query()}#nhan-xet")


@require_any_permission(Permission.ISSUE_REPORTS, methods=("POST",))
def give_remark(request: OfficerRequest, remark: uuid.UUID) -> HttpResponse:
    """Store the remark of the officer's unit."""
    unit_remark = (
        UnitRemark.objects.filter(public_id=remark, unit=request.user.unit_id).select_related("request").first()
    )
    if unit_remark is None:
        raise Http404
    text = request.POST.get("nhan-xet", "")
    try:
        remarks.store_remark(officer=request.user, remark=unit_remark, text=text, now=clock.now())
    except remarks.RemarkRefused as refused:
        asked = parse_period_request(request, now=clock.now())
        return _render(request, asked, error=translate_deferred(refused), draft=request.POST.dict())
    messages.success(request, _("Đã gửi nhận xét."))
    return redirect_after_post(f"{REPORTS_URL}#nhan-xet")


@require_any_permission(Permission.ISSUE_REPORTS, methods=("GET", "HEAD", "POST"))
def edit_template(request: OfficerRequest) -> HttpResponse:
    """Show the Word template in use; upload another, or return to the program's own layout."""
    error = ""
    if request.method == "POST":
        try:
            services.set_template(officer=request.user, file=_read_upload(request), now=clock.now())
        except (InvalidTemplate, services.ReportRefused) as refused:
            error = translate_deferred(refused)
        else:
            messages.success(request, _("Đã đổi mẫu báo cáo."))
            return redirect_after_post(TEMPLATE_URL)
    template = queries.find_word_template(request.user)
    context = {
        "now": clock.now(),
        "error": error,
        "action_url": TEMPLATE_URL,
        "sample_url": f"{TEMPLATE_URL}/tep",
        "in_use": {"url": f"{TEMPLATE_URL}/tep?dang-dung=1", "at": formatting.format_full_time(template.uploaded_at)}
        if template
        else None,
        "fields": [
            {"name": f"{{{{{name}}}}}", "meaning": _(meaning), "is_required": name in REQUIRED}
            for name, meaning in {**TEXT_FIELDS, **BLOCK_FIELDS}.items()
        ],
    }
    return render(request, "stats/report_template.html", context, status=422 if error else 200)


def _read_upload(request: OfficerRequest) -> bytes | None:
    """Return the uploaded file; None to return to the program's own layout. Raises InvalidTemplate without a file."""
    if request.POST.get("bo"):
        return None
    upload = request.FILES.get("tep")
    if upload is None:
        raise InvalidTemplate(N_("Hãy chọn tệp Word."))
    data: bytes = upload.read(MAX_BYTES + 1)
    return data


@require_any_permission(Permission.ISSUE_REPORTS)
def download_template(request: OfficerRequest) -> HttpResponse:
    """Download the template in use, or a sample with every field."""
    template = queries.find_word_template(request.user) if request.GET.get("dang-dung") else None
    file = bytes(template.file) if template else build_sample_template()
    response = HttpResponse(file, content_type=FORMATS["docx"].media_type)
    response.headers["Content-Disposition"] = 'attachment; filename="mau-bao-cao.docx"'
    return response


def _respond(
    chosen: DocumentFormat, content: ReportContent, name: str, template: ReportTemplate | None
) -> HttpResponse:
    file = render_report(content, chosen.extension, bytes(template.file) if template else None)
    response = HttpResponse(file, content_type=chosen.media_type)
    # nosemgrep: file-name-from-outside  made of days and numbers
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{chosen.extension}"'
    return response
