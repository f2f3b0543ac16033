"""Desk of data subject requests: the list by deadline, one request, the answer."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.kit.text import to_nfc
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.privacy import queries
from binhyen.privacy.models import Request
from binhyen.privacy.rules.breaches import SOON_BEFORE
from binhyen.privacy.rules.data_requests import DataRequestKind, DataRequestState
from binhyen.privacy.rules.retention import DUTY_FOR_DESK
from binhyen.privacy.services import requests as services
from binhyen.privacy.services.requests import find_case_to_correct
from binhyen.ui import formatting
from binhyen.vault.pseudonyms import format_pseudonym

DESK_URL = "/yeu-cau-du-lieu"
_MAX_ROWS = 100
_TONES = {
    DataRequestState.OPEN: "warn",
    DataRequestState.GRANTED: "info",
    DataRequestState.DONE: "good",
    DataRequestState.REFUSED: "quiet",
}


@require_any_permission(Permission.ANSWER_DATA)
def list_data_requests(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    waiting = list(queries.list_open_requests(request.user)[:_MAX_ROWS])
    answered = (
        queries.list_visible_data_requests(request.user)
        .exclude(state=DataRequestState.OPEN)
        .order_by("-id")[:_MAX_ROWS]
    )
    context = {
        "now": now,
        "waiting": [_build_row(row, now) for row in waiting],
        "answered": [_build_row(row, now) for row in answered],
        "late": sum(row.due_at < now for row in waiting),
    }
    return render(request, "privacy/requests.html", context)


def _build_row(row: Request, now: dt.datetime) -> dict[str, Any]:
    return {
        "url": f"{DESK_URL}/{row.public_id}",
        "code": format_code(row.code),
        "kind": _(row.get_kind_display()),
        "who": format_pseudonym(row.reporter, f"asked:{row.code}") if row.reporter else _("Người đã xóa dữ liệu"),
        "via": row.get_via_display(),
        "at": row.asked_at,
        "due": formatting.build_due(row.due_at, now, soon=SOON_BEFORE, is_met=row.answered_at is not None),
        "state": {"label": _(row.get_state_display()), "tone": _TONES[DataRequestState(row.state)]},
        "late": row.answered_at is not None and row.answered_at > row.due_at,
    }


def _get_request(request: OfficerRequest, asked: UUID) -> Request:
    row = queries.list_visible_data_requests(request.user).filter(public_id=asked).first()
    if row is None:
        raise Http404
    return row


@require_any_permission(Permission.ANSWER_DATA)
def show_data_request(request: OfficerRequest, asked: UUID) -> HttpResponse:
    row, now = _get_request(request, asked), clock.now()
    with rls_scope(PROGRAM_SCOPE):  # the officer learns that a duty exists, not which case it concerns
        duties = services.find_request_duties(row, now=now)
    case_to_correct = find_case_to_correct(row, request.user)
    context = {
        "of": {"code": format_code(case_to_correct.code), "url": reverse("case", args=[case_to_correct.code])}
        if case_to_correct
        else None,
        "now": now,
        "row": _build_row(row, now),
        "words": row.words,
        "answer": row.answer,
        "answered_at": row.answered_at,
        "by": row.answered_by.name if row.answered_by else _("Tự động"),
        "must_keep": DUTY_FOR_DESK if duties else "",
        "list_url": DESK_URL,
        "reply_url": f"{DESK_URL}/{row.public_id}/tra-loi" if row.state == DataRequestState.OPEN else "",
        "yes": _("Đã sửa xong, báo cho người đó") if row.kind == DataRequestKind.CORRECT else _("Đồng ý, làm ngay"),
        "hint": _(_HINTS[DataRequestKind(row.kind)]),
    }
    return render(request, "privacy/request.html", context)


_HINTS = {
    DataRequestKind.ACCESS: N_("Đồng ý: máy gửi cho người đó đang giữ gì của họ, bao nhiêu, từ bao giờ."),
    DataRequestKind.CORRECT: N_("Sửa trên vụ việc trước (phân loại lại, ghi chú), rồi báo ở đây."),
    DataRequestKind.ERASE: N_(
        "Đồng ý: máy xóa lời, ảnh, hủy khóa danh tính. Không lấy lại được. Vụ có người khác báo thì vẫn còn."
    ),
    DataRequestKind.WITHDRAW: N_("Đồng ý: máy hủy khóa và xóa tên, số điện thoại; gỡ bài dựa trên đồng ý đó."),
}


@require_any_permission(Permission.ANSWER_DATA, methods=("POST",))
def reply_to_request(request: OfficerRequest, asked: UUID) -> HttpResponse:
    row = _get_request(request, asked)
    grant = request.POST.get("grant", "")
    try:
        if grant not in ("yes", "no"):
            raise RuleViolation(_("Chọn đồng ý hoặc không."))
        services.answer_request(
            public_id=str(row.public_id),
            officer=request.user,
            grant=grant == "yes",
            text=to_nfc(request.POST.get("text", "")),
            now=clock.now(),
        )
        messages.success(request, _("Đã trả lời. Người yêu cầu đọc được ngay."))
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    return redirect_after_post(f"{DESK_URL}/{row.public_id}")
