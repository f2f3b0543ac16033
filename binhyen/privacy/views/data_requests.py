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
from binhyen.kit.ids import show_code
from binhyen.kit.rls_scope import PROGRAM, entered
from binhyen.kit.text import nfc
from binhyen.people.roles import May
from binhyen.people.services import Refusal
from binhyen.people.view_auth import OfficerRequest, officers, see_other
from binhyen.privacy import queries
from binhyen.privacy.models import Request
from binhyen.privacy.rectification import meant
from binhyen.privacy.rules.alarms import SOON
from binhyen.privacy.rules.data_requests import Kind, State
from binhyen.privacy.rules.retention import DUTY_FOR_DESK
from binhyen.privacy.services import requests as services
from binhyen.ui import formatting
from binhyen.vault.pseudonyms import known_as

DESK = "/yeu-cau-du-lieu"
_MOST = 100
_TONES = {State.OPEN: "warn", State.GRANTED: "info", State.DONE: "good", State.REFUSED: "quiet"}


@officers(May.ANSWER_DATA)
def requests(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    waiting = list(queries.waiting(request.user)[:_MOST])
    done = queries.visible_requests(request.user).exclude(state=State.OPEN).order_by("-id")[:_MOST]
    context = {
        "now": now, "waiting": [_row(r, now) for r in waiting], "answered": [_row(r, now) for r in done],
        "late": sum(r.due_at < now for r in waiting),
    }  # fmt: skip
    return render(request, "privacy/requests.html", context)


def _row(row: Request, now: dt.datetime) -> dict[str, Any]:
    return {
        "url": f"{DESK}/{row.public_id}", "code": show_code(row.code), "kind": _(row.get_kind_display()),
        "who": known_as(row.reporter, f"asked:{row.code}") if row.reporter else _("Người đã xóa dữ liệu"),
        "via": row.get_via_display(), "at": row.asked_at,
        "due": formatting.due(row.due_at, now, soon=SOON, met=row.answered_at is not None),
        "state": {"label": _(row.get_state_display()), "tone": _TONES[State(row.state)]},
        "late": row.answered_at is not None and row.answered_at > row.due_at,
    }  # fmt: skip


def _find(request: OfficerRequest, asked: UUID) -> Request:
    row = queries.visible_requests(request.user).filter(public_id=asked).first()
    if row is None:
        raise Http404
    return row


@officers(May.ANSWER_DATA)
def request(request: OfficerRequest, asked: UUID) -> HttpResponse:
    row, now = _find(request, asked), clock.now()
    with entered(PROGRAM):  # the officer learns that a duty exists, not which case it concerns
        duties = services.duties_of(row, now=now)
    of = meant(row, request.user)
    context = {
        "of": {"code": show_code(of.code), "url": reverse("case", args=[of.code])} if of else None,
        "now": now, "row": _row(row, now), "words": row.words, "answer": row.answer, "answered_at": row.answered_at,
        "by": row.answered_by.name if row.answered_by else _("Tự động"),
        "must_keep": DUTY_FOR_DESK if duties else "", "list_url": DESK,
        "reply_url": f"{DESK}/{row.public_id}/tra-loi" if row.state == State.OPEN else "",
        "yes": _("Đã sửa xong, báo cho người đó") if row.kind == Kind.CORRECT else _("Đồng ý, làm ngay"),
        "hint": _(_HINTS[Kind(row.kind)]),
    }  # fmt: skip
    return render(request, "privacy/request.html", context)


_HINTS = {
    Kind.ACCESS: N_("Đồng ý: máy gửi cho người đó đang giữ gì của họ, bao nhiêu, từ bao giờ."),
    Kind.CORRECT: N_("Sửa trên vụ việc trước (phân loại lại, ghi chú), rồi báo ở đây."),
    Kind.ERASE: N_(
        "Đồng ý: máy xóa lời, ảnh, hủy khóa danh tính. Không lấy lại được. Vụ có người khác báo thì vẫn còn."
    ),
    Kind.WITHDRAW: N_("Đồng ý: máy hủy khóa và xóa tên, số điện thoại; gỡ bài dựa trên đồng ý đó."),
}


@officers(May.ANSWER_DATA, methods=("POST",))
def reply(request: OfficerRequest, asked: UUID) -> HttpResponse:
    row = _find(request, asked)
    grant = request.POST.get("grant", "")
    try:
        if grant not in ("yes", "no"):
            raise Refusal(_("Chọn đồng ý hoặc không."))
        services.answer(
            public_id=str(row.public_id), officer=request.user, grant=grant == "yes",
            text=nfc(request.POST.get("text", "")), now=clock.now(),
        )  # fmt: skip
        messages.success(request, _("Đã trả lời. Người yêu cầu đọc được ngay."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return see_other(f"{DESK}/{row.public_id}")
