"""Data subject requests of a citizen: the privacy notice, and requests about their own data."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.cases.models import Report
from binhyen.intake.channel_guarantees import EARLY, FALLS, PROMISES
from binhyen.intake.forms import PHONE_PROBLEM, phone_of
from binhyen.intake.views.base import braked, page, report_or_none
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import show_code, token_hash
from binhyen.kit.rls_scope import PROGRAM, entered
from binhyen.kit.text import nfc, squeeze
from binhyen.kit.watchdog import lift_time_limit
from binhyen.privacy import data_export, message_texts, queries
from binhyen.privacy.config import CONTACT, days
from binhyen.privacy.rules.data_requests import LONGEST, Kind
from binhyen.privacy.rules.retention import DUTY_FOR_CITIZEN
from binhyen.privacy.rules.retention_periods import BY_CODE
from binhyen.privacy.services import requests as wishes
from binhyen.ui.formatting import length
from binhyen.vault.queries import sealed_facts, waiting_for_people

_TIP = PROMISES["tip"]
_SHOWN = ("talk", "reflection", "crime", "child", "identity", "tip", "complaint", "group", "request")
_SAID = {
    "sua": N_("Đã lưu. Bản cũ không còn."),
    "hoi": N_("Đã ghi yêu cầu của bạn. Câu trả lời hiện ở đây, chậm nhất hết ngày ghi bên dưới."),
    "rut": N_("Đã ghi nhận bạn rút đồng ý. Tên, số điện thoại đã bị hủy khóa và xóa."),
}


@page("GET")
def notice(request: HttpRequest) -> HttpResponse:
    early = EARLY if waiting_for_people() else ""
    context = {
        "contact": _(CONTACT), "classes": kept_times(),
        "promises": [
            {"way": _(p.way), "holds": _(holds), "but": _(p.but)}
            for p, holds in ((p, early if early and p is _TIP else p.holds) for p in PROMISES.values())
        ],
        "early": early,
        "falls": [{"who": _(f.who), "reads": _(f.reads), "not": _(f.not_)} for f in FALLS],
    }  # fmt: skip
    return render(request, "public/notice.html", context)


def kept_times() -> list[dict[str, Any]]:
    """Return retention periods as configured."""
    return [
        {
            "label": _(c.label), "then": _(c.then),
            "times": [
                _("{length} từ {since}").format(length=length(days(t.name)), since=_(t.counted)) for t in c.times
            ],
        }
        for c in (BY_CODE[code] for code in _SHOWN)
    ]  # fmt: skip


@page("GET", "POST")
def own_data(request: HttpRequest, link: str) -> HttpResponse:
    """Show the page (GET) or record a request (POST). After erasure the link still says that the data was erased."""
    report = report_or_none(link)
    if report is None:
        return _erased(request, link)
    if request.method != "POST":
        return _page(request, report, link)
    problem = braked(request, 0)
    step = request.POST.get("step", "")
    if problem:
        return _page(request, report, link, problem=problem, status=429)
    if step == "copy":
        lift_time_limit(request.META)
        return _copy(report, link)
    try:
        return _ask(request, report, link, step)
    except _Wrong as wrong:
        return _page(request, report, link, problem=str(wrong), status=422)


class _Wrong(ValueError):
    """The input is invalid; the message is Vietnamese, for the person."""


def _ask(request: HttpRequest, report: Report, link: str, step: str) -> HttpResponse:
    now, reporter, hashed = clock.now(), report.reporter_id, token_hash(link)
    words = nfc(request.POST.get("words", "")).strip()[:LONGEST]
    if step == "contact":
        field, value = _contact(request)
        wishes.correct_contact(reporter_id=reporter, link_hash=hashed, field=field, value=value, now=now)
        return _back(link, "sua")
    if step == "withdraw":
        wishes.withdraw_consents(reporter_id=reporter, link_hash=hashed, now=now)
        return _back(link, "rut")
    if step == "correct":
        if len(words) < 5:
            raise _Wrong(_("Viết rõ chỗ nào sai, đúng ra là gì."))
        wishes.ask(reporter_id=reporter, kind=Kind.CORRECT, words=words, link_hash=hashed, now=now)
        return _back(link, "hoi")
    if step == "erase":
        if request.POST.get("sure") != "yes":
            raise _Wrong(_("Bạn đánh dấu «Tôi chắc chắn» rồi bấm lại."))
        wishes.ask(reporter_id=reporter, kind=Kind.ERASE, words=words, link_hash=hashed, now=now)
        return _back(link, "hoi")
    raise _Wrong(_("Trang này không làm được việc đó."))


def _contact(request: HttpRequest) -> tuple[str, str]:
    field = request.POST.get("field", "")
    value = squeeze(nfc(request.POST.get("value", "")))[:100]
    if field == "PHONE":
        phone = phone_of(value)
        if not phone:
            raise _Wrong(PHONE_PROBLEM)
        return field, phone
    if field != "NAME" or not value:
        raise _Wrong(_("Chọn tên hoặc số điện thoại, rồi viết vào ô."))
    return field, value


def _copy(report: Report, link: str) -> HttpResponse:
    """Return the person's own data copy at once; the request is recorded like every other."""
    now, hashed = clock.now(), token_hash(link)
    asked = wishes.ask(reporter_id=report.reporter_id, kind=Kind.ACCESS, link_hash=hashed, now=now)
    data = data_export.archive(report.reporter_id, hashed, now=now)
    wishes.answer_at_once(request=asked, now=now)
    name = 'attachment; filename="du-lieu-cua-toi.zip"'
    return HttpResponse(data, content_type="application/zip", headers={"Content-Disposition": name})


def _back(link: str, said: str) -> HttpResponse:
    return HttpResponse(status=303, headers={"Location": f"{reverse('own_data', args=[link])}?xong={said}"})


def _page(request: HttpRequest, report: Report, link: str, *, problem: str = "", status: int = 200) -> HttpResponse:
    now = clock.now()
    with entered(PROGRAM):
        facts = sealed_facts(report.reporter_id)
        duties = queries.duties(report.reporter_id, now=now)
    context = {
        "now": now, "back_url": reverse("status", args=[link]), "url": reverse("own_data", args=[link]),
        "code": show_code(report.case.code), "cases": queries.codes_of(report.reporter_id),
        "facts": [{"label": label, "at": at} for label, at in facts],
        "words": len(data_export.messages_of(report.reporter_id)), "classes": kept_times(), "contact": _(CONTACT),
        "duties": [_(DUTY_FOR_CITIZEN[d]) for d in duties], "requests": _requests(report.reporter_id, link),
        "said": _said(request) if not problem else "", "error": problem,
        "draft": request.POST.get("words", "")[:LONGEST] if problem else "",
    }  # fmt: skip
    return render(request, "public/own_data.html", context, status=status)


def _said(request: HttpRequest) -> str:
    said = _SAID.get(request.GET.get("xong", ""), "")
    return _(said) if said else ""


def _requests(reporter_id: int | None, link: str) -> list[dict[str, Any]]:
    with entered(PROGRAM):
        kept = queries.told_about_police(reporter_id)
    return [
        {
            "code": show_code(r.code), "kind": _(r.get_kind_display()), "state": _(r.get_state_display()),
            "at": r.asked_at, "due": _last_day(r.due_at) if r.state == "OPEN" else None,
            "answer": message_texts.answer_of(r, kept=kept),
            "tone": {"DONE": "good", "REFUSED": "warn"}.get(r.state, "info"),
        }
        for r in queries.requests_of(reporter_id, token_hash(link))
    ]  # fmt: skip


def _last_day(due_at: dt.datetime) -> dt.date:
    """Return the last day on which the answer is in time."""
    return clock.vietnam_day(due_at - dt.timedelta(seconds=1))


def _erased(request: HttpRequest, link: str) -> HttpResponse:
    return render(request, "public/erased.html", {"now": clock.now(), "requests": _requests(None, link)})
