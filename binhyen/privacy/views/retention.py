"""Retention page: period of each class, status since the last night, legal holds."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.kit import clock
from binhyen.kit.ids import show_code
from binhyen.kit.text import nfc
from binhyen.people import access
from binhyen.people.roles import May
from binhyen.people.services import Refusal
from binhyen.people.view_auth import OfficerRequest, officers, see_other
from binhyen.privacy import queries
from binhyen.privacy.config import days
from binhyen.privacy.models import Sweep
from binhyen.privacy.rules.retention_periods import CLASSES, Class
from binhyen.privacy.services import legal_holds
from binhyen.ui.formatting import length, number

KEPT = "/luu-giu"
_READERS = (May.ANSWER_DATA, May.OPERATE, May.READ_AUDIT)


@officers(*_READERS)
def kept(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    last = queries.last_sweeps()
    orders = access.may(request.user, May.ANSWER_DATA) and access.sight(request.user).province
    at = max((s.at for s in last.values()), default=None)
    context = {
        "now": now, "rows": [_row(c, last.get(c.code)) for c in CLASSES], "swept_at": at,
        "stale": at is not None and now - at > dt.timedelta(hours=26),
        "holds": [
            {
                "code": show_code(h.case.code), "reason": h.reason, "until": h.until, "who": h.officer.name,
                "url": f"{KEPT}/{queries.name_of(h)}/thoi-giu",
            }
            for h in queries.holds(request.user, now=now)
        ] if orders else [],
        "hold_url": f"{KEPT}/giu-lai" if orders else "",
    }  # fmt: skip
    return render(request, "privacy/kept.html", context)


def _row(group: Class, last: Sweep | None) -> dict[str, Any]:
    times = [_("{length} từ {since}").format(length=length(days(t.name)), since=_(t.counted)) for t in group.times]
    row: dict[str, Any] = {
        "label": _(group.label), "times": times or [_("khi hết hạn")], "then": _(group.then),
        "by": _(group.by),
        "unsure": any(not t.sure for t in group.times), "kept": "", "oldest": "", "next": "", "removed": "", "tone": "",
    }  # fmt: skip
    if last is not None and last.failed and not group.counts:
        row |= {"tone": "bad", "problem": _problem(last)}
    if last is not None and group.counts:
        row |= {
            "kept": number(last.kept), "oldest": _day(last.oldest_at), "next": _day(last.next_at),
            "removed": number(last.removed), "tone": "bad" if last.failed or last.late else "",
            "problem": _problem(last),
        }  # fmt: skip
    return row


def _problem(last: Sweep) -> str:
    if last.failed == queries.WAITS:
        return _("Đồng hồ máy chủ nhảy, hoặc máy tắt lâu: đêm ấy chưa xóa gì. Đồng hồ sai thì chỉnh ngay.")
    if last.failed:
        return _("Lỗi: {kind}").format(kind=last.failed)
    return _("{late} đã quá hạn").format(late=number(last.late)) if last.late else ""


def _day(moment: dt.datetime | None) -> str:
    return f"{clock.vietnam_day(moment):%d/%m/%Y}" if moment else ""


@officers(May.ANSWER_DATA, methods=("POST",))
def hold(request: OfficerRequest) -> HttpResponse:
    try:
        until: dt.date | None = dt.date.fromisoformat(request.POST.get("until", ""))
    except ValueError:
        until = None
    try:
        legal_holds.hold(
            code=request.POST.get("code", "")[:20], reason=nfc(request.POST.get("reason", "")), until=until,
            officer=request.user, now=clock.now(),
        )  # fmt: skip
        messages.success(request, _("Đã ghi. Vụ này không bị xóa trước ngày ấy."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return see_other(KEPT)


@officers(May.ANSWER_DATA, methods=("POST",))
def release(request: OfficerRequest, hold: str) -> HttpResponse:
    try:
        legal_holds.let_go(name=hold, officer=request.user, now=clock.now())
        messages.success(request, _("Đã thôi giữ. Vụ này theo thời hạn chung."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return see_other(KEPT)
