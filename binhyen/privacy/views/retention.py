"""Retention page: period of each class, status since the last night, legal holds."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.kit import clock
from binhyen.kit.ids import format_code
from binhyen.kit.text import to_nfc
from binhyen.kit.typed_dates import parse_typed_day
from binhyen.people import access
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.privacy import queries
from binhyen.privacy.config import get_retention_days
from binhyen.privacy.models import Sweep
from binhyen.privacy.rules.retention import DATA_CLASSES, DataClass
from binhyen.privacy.services import retention
from binhyen.ui.formatting import format_number, format_period

RETENTION_URL = "/luu-giu"
_ABILITIES = (Permission.ANSWER_DATA, Permission.OPERATE, Permission.READ_AUDIT)


@require_any_permission(*_ABILITIES)
def show_retention(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    last_sweeps = queries.get_last_sweeps()
    can_hold = access.officer_may(request.user, Permission.ANSWER_DATA) and access.visibility(request.user).province
    swept_at = max((sweep.at for sweep in last_sweeps.values()), default=None)
    context = {
        "now": now,
        "rows": [_build_row(data_class, last_sweeps.get(data_class.code)) for data_class in DATA_CLASSES],
        "swept_at": swept_at,
        "stale": swept_at is not None and now - swept_at > dt.timedelta(hours=26),
        "holds": [
            {
                "code": format_code(hold_row.case.code),
                "reason": hold_row.reason,
                "until": hold_row.until,
                "who": hold_row.officer.name,
                "url": f"{RETENTION_URL}/{queries.encode_hold_name(hold_row)}/thoi-giu",
            }
            for hold_row in queries.list_active_holds(request.user, now=now)
        ]
        if can_hold
        else [],
        "hold_url": f"{RETENTION_URL}/giu-lai" if can_hold else "",
    }
    return render(request, "privacy/kept.html", context)


def _build_row(group: DataClass, last: Sweep | None) -> dict[str, Any]:
    times = [
        _("{length} từ {since}").format(length=format_period(get_retention_days(period.name)), since=_(period.counted))
        for period in group.times
    ]
    row: dict[str, Any] = {
        "label": _(group.label),
        "times": times or [_("khi hết hạn")],
        "then": _(group.then),
        "by": _(group.by),
        "unsure": any(not period.sure for period in group.times),
        "kept": "",
        "oldest": "",
        "next": "",
        "removed": "",
        "tone": "",
    }
    if last is not None and last.failed and not group.counts:
        row |= {"tone": "bad", "problem": _format_problem(last)}
    if last is not None and group.counts:
        row |= {
            "kept": format_number(last.retained),
            "oldest": _format_day(last.oldest_at),
            "next": _format_day(last.next_at),
            "removed": format_number(last.removed),
            "tone": "bad" if last.failed or last.late else "",
            "problem": _format_problem(last),
        }
    return row


def _format_problem(last: Sweep) -> str:
    if last.failed == queries.CLOCK_NOT_TRUSTED:
        return _("Đồng hồ máy chủ nhảy, hoặc máy tắt lâu: đêm ấy chưa xóa gì. Đồng hồ sai thì chỉnh ngay.")
    if last.failed:
        return _("Lỗi: {kind}").format(kind=last.failed)
    return _("{late} đã quá hạn").format(late=format_number(last.late)) if last.late else ""


def _format_day(moment: dt.datetime | None) -> str:
    return f"{clock.to_vietnam_day(moment):%d/%m/%Y}" if moment else ""


@require_any_permission(Permission.ANSWER_DATA, methods=("POST",))
def create_hold_view(request: OfficerRequest) -> HttpResponse:
    try:
        until: dt.date | None = parse_typed_day(request.POST.get("until", ""))
    except ValueError:
        until = None
    try:
        retention.create_hold(
            code=request.POST.get("code", "")[:20],
            reason=to_nfc(request.POST.get("reason", "")),
            until=until,
            officer=request.user,
            now=clock.now(),
        )
        messages.success(request, _("Đã ghi. Vụ này không bị xóa trước ngày ấy."))
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    return redirect_after_post(RETENTION_URL)


@require_any_permission(Permission.ANSWER_DATA, methods=("POST",))
def release_hold_view(request: OfficerRequest, hold: str) -> HttpResponse:
    try:
        retention.release_hold(name=hold, officer=request.user, now=clock.now())
        messages.success(request, _("Đã thôi giữ. Vụ này theo thời hạn chung."))
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    return redirect_after_post(RETENTION_URL)
