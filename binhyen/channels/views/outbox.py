"""Views of unsent messages and the reasons; retry or give up. Operators see the delivery state, never the text."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.channels import queries
from binhyen.channels.models import Outgoing
from binhyen.channels.presenters import PURPOSES, channel_label, fate, is_owed
from binhyen.channels.queries import STUCK, Missing
from binhyen.channels.retry_policy import RESTORED
from binhyen.channels.services import cancel, have_read_again, resume, retry
from binhyen.channels.views.machine import notes, refused_in
from binhyen.kit import clock
from binhyen.kit.capped_counts import counts
from binhyen.kit.clock import vietnam_day
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import show_code
from binhyen.people.access import may
from binhyen.people.models import Officer
from binhyen.people.roles import May
from binhyen.people.view_auth import OfficerRequest, officers, see_other
from binhyen.ui import formatting
from binhyen.ui.label_cache import spoken
from binhyen.ui.stored_text_i18n import retold
from binhyen.vault.pseudonyms import in_case, in_talk, known_as

OUTBOX = "/hop-thu-di"
CAP = 10_000
_TABS = (
    ("", N_("Tất cả")), ("dead", N_("Không gửi được")), ("waiting", N_("Đang chờ")),
    ("unheard", N_("Người dân chưa nhận")),
)  # fmt: skip
_STATES = {"": "", "khong-gui-duoc": "dead", "dang-cho": "waiting", "chua-nhan": "unheard"}
_PATHS = {state: path for path, state in _STATES.items()}
_CONNECT = "./dev binhyen connect_zalo"
_LIVE = "./dev binhyen go_live"
_AGAIN = f"{OUTBOX}#doc-lai"
_WATCH = (May.WORK_CASES, May.OPERATE)
_HIDDEN = N_("(Nội dung không hiện với người vận hành)")


@officers(*_WATCH)
def outbox(request: OfficerRequest) -> HttpResponse:
    now, officer = clock.now(), request.user
    state = _STATES.get(request.GET.get("xem", ""), "")
    page = queries.stuck_page(officer, state=state, cursor=request.GET.get("sau", ""), now=now)
    all_stuck = queries.stuck(officer, now=now)
    wanted = {"": all_stuck, "unheard": queries.unheard(officer)}
    numbers = counts(wanted | {name: all_stuck.filter(part) for name, part in STUCK.items()}, cap=CAP)
    troubled = queries.troubled(officer, now=now)
    figures = _figures(numbers, now=now) if may(officer, May.OPERATE) else []
    context = {
        "now": now,
        "channels": [_channel(c, officer) for c in troubled] + (notes() if may(officer, May.OPERATE) else []),
        "waits": any(c.waiting for c in troubled),
        "unheard": state == "unheard",
        "not_heard": numbers["unheard"],
        "figures": figures,
        "read_again_url": f"{OUTBOX}/doc-lai" if any(f["again"] for f in figures) else "",
        "tabs": [
            {"label": _(label), "url": _url(name), "count": numbers[name], "current": name == state}
            for name, label in _TABS
        ],
        "rows": [_row(r, officer, now=now) for r in page.rows],
        "pager": {
            "first_url": _url(state) if request.GET.get("sau") else "",
            "next_url": _url(state, after=page.next) if page.next else "",
        },
    }
    return render(request, "ops/outbox.html", context)


@officers(*_WATCH, methods=("POST",))
def try_again(request: OfficerRequest, message: UUID) -> HttpResponse:
    try:
        retry(public_id=str(message), officer=request.user, now=clock.now())
    except Missing:
        raise Http404 from None
    messages.success(request, _("Máy đang gửi lại."))
    return see_other(OUTBOX)


@officers(*_WATCH, methods=("POST",))
def give_up(request: OfficerRequest, message: UUID) -> HttpResponse:
    try:
        cancel(public_id=str(message), officer=request.user, now=clock.now())
    except Missing:
        raise Http404 from None
    messages.success(request, _("Đã bỏ tin này."))
    return see_other(OUTBOX)


@officers(May.OPERATE, methods=("POST",))
def go_on(request: OfficerRequest, channel: UUID) -> HttpResponse:
    if resume(public_id=str(channel), officer=request.user, now=clock.now()):
        messages.success(request, _("Máy đang gửi tiếp. Nếu vẫn bị từ chối, kênh lại dừng và ghi rõ vì sao."))
    else:
        messages.info(request, _("Kênh này không còn tạm dừng."))
    return see_other(OUTBOX)


@officers(May.OPERATE, methods=("POST",))
def read_again(request: OfficerRequest) -> HttpResponse:
    have_read_again(officer=request.user, now=clock.now())
    messages.success(request, _("Máy đang đọc lại. Tin nào vẫn không đọc được thì lại hiện ở đây."))
    return see_other(OUTBOX)


def _url(state: str, *, after: str = "") -> str:
    pairs = [f"xem={_PATHS[state]}"] if state else []
    pairs += [f"sau={after}"] if after else []
    return f"{OUTBOX}?{'&'.join(pairs)}" if pairs else OUTBOX


def _channel(trouble: queries.Trouble, officer: Officer) -> dict[str, Any]:
    """Return the problem of a channel, its end, the number of waiting messages, and the remedy."""
    channel, operates = trouble.channel, may(officer, May.OPERATE)
    shown: dict[str, Any] = {"name": channel_label(channel), "tone": "bad", "reason": _(channel.paused_reason)}
    if trouble.lost:
        hints = [_("Người vận hành phải cấp quyền lại cho tài khoản này."), refused_in(trouble.refusal)]
        shown |= {"problem": _("mất quyền gửi"), "hint": " ".join(filter(None, hints))}
        shown["command"] = _CONNECT if operates else ""
    elif channel.paused_reason == RESTORED and not channel.is_active:
        shown |= {"problem": _("đang tắt"), "command": _LIVE if operates else ""}
    elif not channel.is_active:
        shown |= {"problem": _("đang tắt"), "command": _CONNECT if operates else ""}
    elif trouble.quiet_since:
        since = formatting.clock_time(trouble.quiet_since)
        hint = _(
            "Từ {since} không có gì tới. Hãy nhắn thử một tin; không thấy tới thì bật lại webhook ở trang nhà cung cấp."
        )
        shown |= {"tone": "warn", "problem": _("lâu không có tin tới"), "hint": hint.format(since=since), "reason": ""}
    elif channel.paused_until:
        until = formatting.clock_time(channel.paused_until)
        shown |= {"problem": _("đang tạm dừng"), "hint": _("Máy tự gửi tiếp lúc {until}.").format(until=until)}
        shown |= {"tone": "warn", "resume_url": f"{OUTBOX}/kenh/{channel.public_id}/gui-tiep" if operates else ""}
    if trouble.waiting:
        shown["waiting"] = _("{n} tin đang chờ kênh này.").format(n=formatting.number(trouble.waiting))
    return shown


def _figures(numbers: dict[str, int], *, now: dt.datetime) -> list[dict[str, Any]]:
    """Return further figures for the operator: unprocessed webhooks and unknown events."""
    unread = queries.unread()
    unknown = sum(n for name, n in queries.unknown_events(vietnam_day(now)))
    figures = (
        (_("Không gửi được"), numbers["dead"], _url("dead"), "bad"),
        (_("Tin đến chưa đọc"), unread.get("PENDING", 0), OUTBOX, ""),
        (_("Tin đến không đọc được"), unread.get("DEAD", 0), _AGAIN, "bad"),
        (_("Sự kiện lạ, 7 ngày"), unknown, OUTBOX, "warn"),
    )
    return [
        {"label": label, "value": value, "url": url, "tone": tone if value else "", "again": url == _AGAIN and value}
        for label, value, url, tone in figures
    ]


def _row(sent: Outgoing, officer: Officer, *, now: dt.datetime) -> dict[str, Any]:
    sees = not may(officer, May.OPERATE)
    dead, unheard = sent.state == Outgoing.State.DEAD, queries.is_unheard(sent)
    url = f"{OUTBOX}/{sent.public_id}"
    return {
        "to": _("Nhóm {name}").format(name=sent.group.name) if sent.group else _person(sent),
        "channel": channel_label(sent.channel),
        "case": _case(sent) if sees else None, "purpose": spoken(PURPOSES).get(sent.purpose, sent.purpose),
        "text": retold(sent.text) if sees else _(_HIDDEN),
        "state": {"label": fate(sent), "tone": "bad" if dead and not unheard else "warn"},
        "attempts": sent.attempts, "created_at": sent.created_at, "reason": _(sent.reason), "code": sent.code,
        "maybe_sent": sent.maybe_sent, "next_text": _next(sent, now=now),
        "retry_url": f"{url}/gui-lai" if dead else "",
        "give_up_url": f"{url}/bo" if sent.state in (Outgoing.State.DEAD, Outgoing.State.QUEUED) else "",
    }  # fmt: skip


def _person(sent: Outgoing) -> str:
    if sent.conversation is None:
        return ""
    where = in_case(sent.case.code) if sent.case else in_talk(sent.conversation_id)
    return known_as(sent.conversation.reporter, where)


def _case(sent: Outgoing) -> dict[str, str] | None:
    if sent.case is None:
        return None
    code = show_code(sent.case.code)
    return {"code": code, "url": f"/vu-viec/{code}"}


def _next(sent: Outgoing, *, now: dt.datetime) -> str:
    if sent.state == Outgoing.State.DEAD:
        return _("Khi họ nhắn riêng") if is_owed(sent) else _("Không tự thử lại")
    if sent.state == Outgoing.State.SENDING or sent.due_at <= now:
        return _("Ngay bây giờ")
    return _("Sau {span}").format(span=formatting.span((sent.due_at - now).total_seconds()))
