"""Data subject requests of a citizen: the privacy notice, and requests about their own data."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.cases.models import Report
from binhyen.intake.forms import PHONE_PROBLEM, parse_phone
from binhyen.intake.views.base import check_rate_limits, citizen_page, find_unerased_report
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code, hash_token
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.kit.watchdog import lift_time_limit
from binhyen.privacy import data_export, message_texts, queries
from binhyen.privacy.channel_guarantees import BREACH_SCENARIOS, EARLY_TIP_GUARANTEE, GUARANTEES
from binhyen.privacy.config import DATA_CONTACT, get_retention_days
from binhyen.privacy.rules.data_requests import MAX_TEXT_LENGTH, DataRequestKind
from binhyen.privacy.rules.retention import CLASSES_BY_CODE, DUTY_FOR_CITIZEN
from binhyen.privacy.services import requests as wishes
from binhyen.ui.formatting import format_period
from binhyen.vault.queries import list_founding_groups, list_sealed_facts

_TIP_GUARANTEE = GUARANTEES["tip"]
_SHOWN_CLASSES = ("talk", "reflection", "crime", "child", "identity", "tip", "complaint", "group", "request")
_CONFIRMATIONS = {
    "sua": N_("Đã lưu. Bản cũ không còn."),
    "hoi": N_("Đã ghi yêu cầu của bạn. Câu trả lời hiện ở đây, chậm nhất hết ngày ghi bên dưới."),
    "rut": N_("Đã ghi nhận bạn rút đồng ý. Tên, số điện thoại đã bị hủy khóa và xóa."),
}


@citizen_page("GET")
def privacy_notice(request: HttpRequest) -> HttpResponse:
    early_text = EARLY_TIP_GUARANTEE if list_founding_groups() else ""
    context = {
        "contact": _(DATA_CONTACT),
        "classes": list_retention_periods(),
        "promises": [
            {"way": _(guarantee.way), "holds": _(guarantee_text), "but": _(guarantee.but)}
            for guarantee, guarantee_text in (
                (guarantee, early_text if early_text and guarantee is _TIP_GUARANTEE else guarantee.holds)
                for guarantee in GUARANTEES.values()
            )
        ],
        "early": early_text,
        "falls": [
            {"who": _(scenario.who), "reads": _(scenario.reads), "not": _(scenario.protected)}
            for scenario in BREACH_SCENARIOS
        ],
    }
    return render(request, "public/notice.html", context)


def list_retention_periods() -> list[dict[str, Any]]:
    """Return retention periods as configured."""
    return [
        {
            "label": _(data_class.label),
            "then": _(data_class.then),
            "times": [
                _("{length} từ {since}").format(
                    length=format_period(get_retention_days(period.name)), since=_(period.counted)
                )
                for period in data_class.times
            ],
        }
        for data_class in (CLASSES_BY_CODE[code] for code in _SHOWN_CLASSES)
    ]


@citizen_page("GET", "POST")
def own_data(request: HttpRequest, link: str) -> HttpResponse:
    """Show the page (GET) or record a request (POST). After erasure the link still says that the data was erased."""
    report = find_unerased_report(link)
    if report is None:
        return _render_erased(request, link)
    if request.method != "POST":
        return _render_data_page(request, report, link)
    problem = check_rate_limits(request, 0)
    step = request.POST.get("step", "")
    if problem:
        return _render_data_page(request, report, link, problem=problem, status=429)
    if step == "copy":
        lift_time_limit(request.META)
        return _send_copy(report, link)
    try:
        return _record_request(request, report, link, step)
    except _InvalidInput as invalid:
        return _render_data_page(request, report, link, problem=str(invalid), status=422)


class _InvalidInput(ValueError):
    """The input is invalid; the message is Vietnamese, for the person."""


def _record_request(request: HttpRequest, report: Report, link: str, step: str) -> HttpResponse:
    now, reporter, link_hash = clock.now(), report.reporter_id, hash_token(link)
    text = to_nfc(request.POST.get("words", "")).strip()[:MAX_TEXT_LENGTH]
    if step == "contact":
        field, value = _parse_contact(request)
        wishes.replace_contact(reporter_id=reporter, link_hash=link_hash, field=field, value=value, now=now)
        return _redirect_back(link, "sua")
    if step == "withdraw":
        wishes.withdraw_consents(reporter_id=reporter, link_hash=link_hash, now=now)
        return _redirect_back(link, "rut")
    if step == "correct":
        if len(text) < 5:
            raise _InvalidInput(_("Viết rõ chỗ nào sai, đúng ra là gì."))
        wishes.create_request(
            reporter_id=reporter, kind=DataRequestKind.CORRECT, words=text, link_hash=link_hash, now=now
        )
        return _redirect_back(link, "hoi")
    if step == "erase":
        if request.POST.get("sure") != "yes":
            raise _InvalidInput(_("Bạn đánh dấu «Tôi chắc chắn» rồi bấm lại."))
        wishes.create_request(
            reporter_id=reporter, kind=DataRequestKind.ERASE, words=text, link_hash=link_hash, now=now
        )
        return _redirect_back(link, "hoi")
    raise _InvalidInput(_("Trang này không làm được việc đó."))


def _parse_contact(request: HttpRequest) -> tuple[str, str]:
    field = request.POST.get("field", "")
    value = collapse_spaces(to_nfc(request.POST.get("value", "")))[:100]
    if field == "PHONE":
        phone = parse_phone(value)
        if not phone:
            raise _InvalidInput(PHONE_PROBLEM)
        return field, phone
    if field != "NAME" or not value:
        raise _InvalidInput(_("Chọn tên hoặc số điện thoại, rồi viết vào ô."))
    return field, value


def _send_copy(report: Report, link: str) -> HttpResponse:
    """Return the person's own data copy at once; the request is recorded like every other."""
    now, link_hash = clock.now(), hash_token(link)
    data_request = wishes.create_request(
        reporter_id=report.reporter_id, kind=DataRequestKind.ACCESS, link_hash=link_hash, now=now
    )
    data = data_export.build_archive(report.reporter_id, link_hash, now=now)
    wishes.complete_request(request=data_request, now=now)
    name = 'attachment; filename="du-lieu-cua-toi.zip"'
    return HttpResponse(data, content_type="application/zip", headers={"Content-Disposition": name})


def _redirect_back(link: str, confirmation: str) -> HttpResponse:
    return HttpResponse(status=303, headers={"Location": f"{reverse('own_data', args=[link])}?xong={confirmation}"})


def _render_data_page(
    request: HttpRequest, report: Report, link: str, *, problem: str = "", status: int = 200
) -> HttpResponse:
    now = clock.now()
    with rls_scope(PROGRAM_SCOPE):
        facts = list_sealed_facts(report.reporter_id)
        duties = queries.find_duties(report.reporter_id, now=now)
    context = {
        "now": now,
        "back_url": reverse("status", args=[link]),
        "url": reverse("own_data", args=[link]),
        "code": format_code(report.case.code),
        "cases": queries.list_receipt_codes(report.reporter_id),
        "facts": [{"label": label, "at": at} for label, at in facts],
        "words": len(data_export.list_messages_of(report.reporter_id)),
        "classes": list_retention_periods(),
        "contact": _(DATA_CONTACT),
        "duties": [_(DUTY_FOR_CITIZEN[duty]) for duty in duties],
        "requests": _list_requests(report.reporter_id, link),
        "said": _get_confirmation(request) if not problem else "",
        "error": problem,
        "draft": request.POST.get("words", "")[:MAX_TEXT_LENGTH] if problem else "",
    }
    return render(request, "public/own_data.html", context, status=status)


def _get_confirmation(request: HttpRequest) -> str:
    confirmation = _CONFIRMATIONS.get(request.GET.get("xong", ""), "")
    return _(confirmation) if confirmation else ""


def _list_requests(reporter_id: int | None, link: str) -> list[dict[str, Any]]:
    with rls_scope(PROGRAM_SCOPE):
        has_complained = queries.has_complained_about_police(reporter_id)
    return [
        {
            "code": format_code(data_request.code),
            "kind": _(data_request.get_kind_display()),
            "state": _(data_request.get_state_display()),
            "at": data_request.asked_at,
            "due": _get_last_day(data_request.due_at) if data_request.state == "OPEN" else None,
            "answer": message_texts.format_answer_text(data_request, has_complaint=has_complained),
            "tone": {"DONE": "good", "REFUSED": "warn"}.get(data_request.state, "info"),
        }
        for data_request in queries.list_person_requests(reporter_id, hash_token(link))
    ]


def _get_last_day(due_at: dt.datetime) -> dt.date:
    """Return the last day on which the answer is in time."""
    return clock.to_vietnam_day(due_at - dt.timedelta(seconds=1))


def _render_erased(request: HttpRequest, link: str) -> HttpResponse:
    return render(request, "public/erased.html", {"now": clock.now(), "requests": _list_requests(None, link)})
