"""Views of unsent messages and the reasons; retry or give up. Operators see the delivery state, never the text."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from binhyen.channels import queries
from binhyen.channels.models import ChildGround, Outgoing
from binhyen.channels.presenters import (
    GROUPS_URL,
    PURPOSES,
    QUARANTINED_NOTICE,
    REVIEW_NOTICE,
    format_channel,
    format_delivery_state,
    is_deferred,
)
from binhyen.channels.queries import STUCK_FILTERS, NotVisible, list_quarantined
from binhyen.channels.retry_policy import RESTORED_COPY_REASON
from binhyen.channels.services import cancel_message, request_inbound_retry, resume_channel, retry_message
from binhyen.channels.services.channel_events import SiteCodeError, save_site_code
from binhyen.channels.services.quarantine import (
    DisclosureBasis,
    QuarantineError,
    drop_quarantined,
    release,
    rewrite_quarantined,
)
from binhyen.kit import clock
from binhyen.kit.capped_counts import count_capped
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code
from binhyen.kit.text import to_nfc
from binhyen.kit.typed_dates import parse_typed_day
from binhyen.people.access import officer_may
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui import formatting
from binhyen.ui.label_cache import translate_deferred, translated_labels
from binhyen.ui.stored_text_i18n import translate_stored
from binhyen.vault.pseudonyms import format_case_scope, format_conversation_scope, format_pseudonym

# Notes on the operator's page about the machine itself, as plain values for the template.

ESCALATION = "cases.escalate"  # the heartbeat of the job that raises alarms
_ALLOW = "./dev binhyen allow_media_host"
_CLOCK = "chronyc tracking"


def notes() -> list[dict[str, Any]]:
    """List the problems, each with what to do."""
    return [*_build_clock_notes(), *_build_worker_notes(), *_build_file_notes()]


def format_refusal(words_of_channel: str) -> str:
    """Return the channel's words for withdrawing its permission; "" if there are none."""
    return _("Bên kia trả lời: «{words}».").format(words=words_of_channel) if words_of_channel else ""


def _build_note(name: str, problem: str, hint: str, command: str, tone: str = "bad") -> dict[str, Any]:
    return {"name": name, "problem": problem, "hint": hint, "command": command, "tone": tone, "reason": ""}


def _build_clock_notes() -> list[dict[str, Any]]:
    ours = _("Đồng hồ máy chủ")
    notes = []
    for step in queries.list_recent_clock_steps():
        turned = _("lùi {span}") if step.seconds < 0 else _("tới {span}")
        problem = _("bị chỉnh {how} lúc {at}").format(
            how=turned.format(span=formatting.format_duration(abs(step.seconds))),
            at=formatting.format_full_time(step.at),
        )
        hint = _("Máy đã xếp lại việc định kỳ. Xem đồng hồ có theo giờ mạng không.")
        notes.append(_build_note(ours, problem, hint, _CLOCK, "warn"))
    if offset := queries.get_database_offset():
        problem = _("lệch {span} so với máy cơ sở dữ liệu").format(span=formatting.format_duration(abs(offset)))
        notes.append(_build_note(ours, problem, _("Cho cả hai máy theo giờ mạng."), _CLOCK))
    for gap in queries.list_clock_gaps():
        fast = gap.ahead > dt.timedelta()
        problem = _("nhanh {span} so với giờ {channel} ký") if fast else _("chậm {span} so với giờ {channel} ký")
        problem = problem.format(
            span=formatting.format_duration(abs(gap.ahead.total_seconds())), channel=format_channel(gap.channel)
        )
        hint = _("Tin tới vẫn được nhận và đọc. Tin nào máy không chắc thì chờ ở mục không đọc được, bấm «Đọc lại».")
        notes.append(_build_note(ours, problem, hint, _CLOCK))
    return notes


def _build_worker_notes() -> list[dict[str, Any]]:
    if not queries.is_work_silent(ESCALATION):
        return []
    hint = _(
        "Chuông báo động vẫn lên, do tiến trình trang làm thay. Tin tới chưa được đọc: khởi động lại chương trình."
    )
    return [_build_note(_("Tiến trình worker"), _("đang đứng"), hint, "systemctl restart binhyen")]


def _build_file_notes() -> list[dict[str, Any]]:
    notes = []
    for host, count in queries.list_unlisted_hosts():
        problem = ngettext(
            "{count} tệp chờ, máy chủ {host} chưa được phép", "{count} tệp chờ, máy chủ {host} chưa được phép", count
        )
        problem = problem.format(count=formatting.format_number(count), host=host)
        hint = _("Chỉ cho phép khi biết chắc đó là máy chủ của kênh. Địa chỉ tệp vẫn giữ; cho phép thì máy tự tải.")
        notes.append(_build_note(_("Tệp người dân gửi"), problem, hint, f"{_ALLOW} {host}", "warn"))
    return notes


OUTBOX_URL = "/hop-thu-di"
MAX_COUNT = 10_000
_TABS = (
    ("", N_("Tất cả")),
    ("dead", N_("Không gửi được")),
    ("waiting", N_("Đang chờ")),
    ("unheard", N_("Người dân chưa nhận")),
)
_STATES = {"": "", "khong-gui-duoc": "dead", "dang-cho": "waiting", "chua-nhan": "unheard"}
_PATHS = {state: path for path, state in _STATES.items()}
_CONNECT_COMMAND = "./dev binhyen connect_zalo"
_LIVE_COMMAND = "./dev binhyen go_live"
_RETRY_ANCHOR = f"{OUTBOX_URL}#doc-lai"
_PERMISSIONS = (Permission.WORK_CASES, Permission.OPERATE)
_HIDDEN_TEXT = N_("(Nội dung không hiện với người vận hành)")


@require_any_permission(*_PERMISSIONS)
def show_outbox(request: OfficerRequest) -> HttpResponse:
    now, officer = clock.now(), request.user
    state = _STATES.get(request.GET.get("xem", ""), "")
    page = queries.get_stuck_page(officer, state=state, cursor=request.GET.get("sau", ""), now=now)
    all_stuck = queries.list_stuck(officer, now=now)
    querysets = {"": all_stuck, "unheard": queries.list_unreachable(officer)}
    counts_by_state = count_capped(
        querysets | {name: all_stuck.filter(state_filter) for name, state_filter in STUCK_FILTERS.items()},
        cap=MAX_COUNT,
    )
    troubled_channels = queries.list_troubled_channels(officer, now=now)
    figures = _build_figures(counts_by_state, now=now) if officer_may(officer, Permission.OPERATE) else []
    context = {
        "now": now,
        "channels": [_build_channel_row(trouble, officer) for trouble in troubled_channels]
        + (notes() if officer_may(officer, Permission.OPERATE) else []),
        "waits": any(trouble.waiting for trouble in troubled_channels),
        "unheard": state == "unheard",
        "not_heard": counts_by_state["unheard"],
        "figures": figures,
        "read_again_url": f"{OUTBOX_URL}/doc-lai" if any(figure["again"] for figure in figures) else "",
        "tabs": [
            {"label": _(label), "url": _build_url(name), "count": counts_by_state[name], "current": name == state}
            for name, label in _TABS
        ],
        "rows": [_build_row(row, officer, now=now) for row in page.rows],
        "pager": {
            "first_url": _build_url(state) if request.GET.get("sau") else "",
            "next_url": _build_url(state, cursor=page.next) if page.next else "",
        },
    }
    return render(request, "ops/outbox.html", context)


@require_any_permission(*_PERMISSIONS, methods=("POST",))
def handle_retry(request: OfficerRequest, message: UUID) -> HttpResponse:
    try:
        retry_message(public_id=str(message), officer=request.user, now=clock.now())
    except NotVisible:
        raise Http404 from None
    messages.success(request, _("Máy đang gửi lại."))
    return redirect_after_post(OUTBOX_URL)


@require_any_permission(*_PERMISSIONS, methods=("POST",))
def handle_give_up(request: OfficerRequest, message: UUID) -> HttpResponse:
    try:
        cancel_message(public_id=str(message), officer=request.user, now=clock.now())
    except NotVisible:
        raise Http404 from None
    messages.success(request, _("Đã bỏ tin này."))
    return redirect_after_post(OUTBOX_URL)


@require_any_permission(Permission.OPERATE, methods=("POST",))
def handle_channel_resume(request: OfficerRequest, channel: UUID) -> HttpResponse:
    if resume_channel(public_id=str(channel), officer=request.user, now=clock.now()):
        messages.success(request, _("Máy đang gửi tiếp. Nếu vẫn bị từ chối, kênh lại dừng và ghi rõ vì sao."))
    else:
        messages.info(request, _("Kênh này không còn tạm dừng."))
    return redirect_after_post(OUTBOX_URL)


@require_any_permission(Permission.OPERATE, methods=("POST",))
def handle_site_code(request: OfficerRequest, channel: UUID) -> HttpResponse:
    """Store the code by which Zalo verifies the domain; pasted as code, as the file's name or as the meta tag."""
    try:
        code = save_site_code(
            public_id=str(channel), text=request.POST.get("code", "")[:500], officer=request.user, now=clock.now()
        )
    except SiteCodeError as error:
        messages.error(request, str(error))
    else:
        if code:
            messages.success(request, _("Đã lưu. Nay bấm «Xác thực» ở trang quản trị ứng dụng Zalo."))
        else:
            messages.success(request, _("Đã bỏ mã xác thực tên miền."))
    return redirect_after_post("/van-hanh")


@require_any_permission(Permission.OPERATE, methods=("POST",))
def handle_inbound_retry(request: OfficerRequest) -> HttpResponse:
    request_inbound_retry(officer=request.user, now=clock.now())
    messages.success(request, _("Máy đang đọc lại. Tin nào vẫn không đọc được thì lại hiện ở đây."))
    return redirect_after_post(OUTBOX_URL)


def _build_url(state: str, *, cursor: str = "") -> str:
    pairs = [f"xem={_PATHS[state]}"] if state else []
    pairs += [f"sau={cursor}"] if cursor else []
    return f"{OUTBOX_URL}?{'&'.join(pairs)}" if pairs else OUTBOX_URL


def _build_channel_row(trouble: queries.ChannelTrouble, officer: Officer) -> dict[str, Any]:
    """Return the problem of a channel, its end, the number of waiting messages, and the remedy."""
    channel, can_operate = trouble.channel, officer_may(officer, Permission.OPERATE)
    values: dict[str, Any] = {"name": format_channel(channel), "tone": "bad", "reason": _(channel.paused_reason)}
    if trouble.lost:
        hints = [_("Người vận hành phải cấp quyền lại cho tài khoản này."), format_refusal(trouble.refusal)]
        values |= {"problem": _("mất quyền gửi"), "hint": " ".join(filter(None, hints))}
        values["command"] = _CONNECT_COMMAND if can_operate else ""
    elif channel.paused_reason == RESTORED_COPY_REASON and not channel.is_active:
        values |= {"problem": _("đang tắt"), "command": _LIVE_COMMAND if can_operate else ""}
    elif not channel.is_active:
        values |= {"problem": _("đang tắt"), "command": _CONNECT_COMMAND if can_operate else ""}
    elif trouble.quiet_since:
        since = formatting.format_full_time(trouble.quiet_since)
        hint = _(
            "Từ {since} không có gì tới. Hãy nhắn thử một tin; không thấy tới thì bật lại webhook ở trang nhà cung cấp."
        )
        values |= {"tone": "warn", "problem": _("lâu không có tin tới"), "hint": hint.format(since=since), "reason": ""}
    elif channel.paused_until:
        until = formatting.format_full_time(channel.paused_until)
        values |= {"problem": _("đang tạm dừng"), "hint": _("Máy tự gửi tiếp lúc {until}.").format(until=until)}
        values |= {
            "tone": "warn",
            "resume_url": f"{OUTBOX_URL}/kenh/{channel.public_id}/gui-tiep" if can_operate else "",
        }
    if trouble.waiting:
        values["waiting"] = _("{n} tin đang chờ kênh này.").format(n=formatting.format_number(trouble.waiting))
    return values


def _build_figures(numbers: dict[str, int], *, now: dt.datetime) -> list[dict[str, Any]]:
    """Return further figures for the operator: unprocessed webhooks and unknown events."""
    unprocessed = queries.count_unprocessed()
    unread = unprocessed.get("DEAD", 0)
    unknown_count = sum(count for name, count in queries.count_unknown_events(to_vietnam_day(now)))
    figures = (
        (_("Không gửi được"), numbers["dead"], _build_url("dead"), "bad"),
        (_("Tin đến chưa đọc"), unprocessed.get("PENDING", 0), OUTBOX_URL, ""),
        (_("Tin đến không đọc được"), unread, _RETRY_ANCHOR if unread else OUTBOX_URL, "bad"),
        (_("Sự kiện lạ, 7 ngày"), unknown_count, OUTBOX_URL, "warn"),
    )
    return [
        {
            "label": label,
            "value": value,
            "url": url,
            "tone": tone if value else "",
            "again": url == _RETRY_ANCHOR,
        }
        for label, value, url, tone in figures
    ]


def _build_row(sent: Outgoing, officer: Officer, *, now: dt.datetime) -> dict[str, Any]:
    can_read = not officer_may(officer, Permission.OPERATE)
    is_dead, is_unreachable = sent.state == Outgoing.State.DEAD, queries.is_unreachable(sent)
    url = f"{OUTBOX_URL}/{sent.public_id}"
    return {
        "to": _("Nhóm {name}").format(name=sent.group.name) if sent.group else _format_recipient(sent),
        "channel": format_channel(sent.channel),
        "case": _to_case_link(sent) if can_read else None,
        "purpose": translated_labels(PURPOSES).get(sent.purpose, sent.purpose),
        "text": translate_stored(sent.text) if can_read else _(_HIDDEN_TEXT),
        "state": {"label": format_delivery_state(sent), "tone": "bad" if is_dead and not is_unreachable else "warn"},
        "attempts": sent.attempts,
        "created_at": sent.created_at,
        "reason": _(sent.reason),
        "code": sent.code,
        "delivery_unknown": sent.delivery_unknown,
        "next_text": _format_next_attempt(sent, now=now),
        "retry_url": f"{url}/gui-lai" if is_dead else "",
        "give_up_url": f"{url}/bo" if sent.state in (Outgoing.State.DEAD, Outgoing.State.QUEUED) else "",
    }


def _format_recipient(sent: Outgoing) -> str:
    if sent.conversation is None:
        return ""
    context = format_case_scope(sent.case.code) if sent.case else format_conversation_scope(sent.conversation_id)
    return format_pseudonym(sent.conversation.reporter, context)


def _to_case_link(sent: Outgoing) -> dict[str, str] | None:
    if sent.case is None:
        return None
    code = format_code(sent.case.code)
    return {"code": code, "url": f"/vu-viec/{code}"}


def _format_next_attempt(sent: Outgoing, *, now: dt.datetime) -> str:
    if sent.state == Outgoing.State.DEAD:
        return _("Khi họ nhắn riêng") if is_deferred(sent) else _("Không tự thử lại")
    if sent.state == Outgoing.State.SENDING or sent.due_at <= now:
        return _("Ngay bây giờ")
    return _("Sau {span}").format(span=formatting.format_duration((sent.due_at - now).total_seconds()))


# Views of quarantined messages: rewrite, release by a second person, or drop.

_QUARANTINE_PERMISSIONS = (Permission.MANAGE_GROUPS, Permission.WORK_CASES)


@require_any_permission(*_QUARANTINE_PERMISSIONS, methods=("POST",))
def handle_rewrite(request: OfficerRequest, message: UUID) -> HttpResponse:
    text = to_nfc(request.POST.get("text", ""))

    def run_action() -> str:
        sent = rewrite_quarantined(public_id=str(message), officer=request.user, text=text, now=clock.now())
        return REVIEW_NOTICE if sent else QUARANTINED_NOTICE

    return _redirect_with_result(request, message, run_action)


@require_any_permission(*_QUARANTINE_PERMISSIONS, methods=("POST",))
def handle_release(request: OfficerRequest, message: UUID) -> HttpResponse:
    def run_action() -> str:
        release(
            public_id=str(message),
            officer=request.user,
            ours=request.POST.get("ours") == "1",
            ground=_parse_basis(request),
            now=clock.now(),
        )
        return N_("Đã cho gửi. Tên bạn được ghi lại.")

    return _redirect_with_result(request, message, run_action)


@require_any_permission(*_QUARANTINE_PERMISSIONS, methods=("POST",))
def handle_drop(request: OfficerRequest, message: UUID) -> HttpResponse:
    def run_action() -> str:
        drop_quarantined(public_id=str(message), officer=request.user, now=clock.now())
        return N_("Đã bỏ, không gửi.")

    return _redirect_with_result(request, message, run_action)


def _parse_basis(request: OfficerRequest) -> DisclosureBasis | None:
    """Return the legal basis for a child's details; None where the form is incomplete."""
    try:
        until = parse_typed_day(request.POST.get("until", ""))
        kind = ChildGround.Kind(request.POST.get("ground", ""))
    except ValueError:
        return None
    reason, consent = to_nfc(request.POST.get("reason", "")).strip(), request.POST.get("consent", "")[:20]
    return DisclosureBasis(kind, reason, until, consent)


def _redirect_with_result(request: OfficerRequest, message: UUID, action: Callable[[], str]) -> HttpResponse:
    """Run the action and redirect to the page of origin with its result or the reason of refusal."""
    row = list_quarantined(request.user).filter(public_id=message).first()
    if row is None:
        raise Http404
    fallback_url = f"/vu-viec/{format_code(row.case.code)}" if row.case else "/"
    return_url = f"{GROUPS_URL}/{row.group.public_id}" if row.group else fallback_url
    try:
        message_text = action()
    except NotVisible:
        raise Http404 from None
    except QuarantineError as error:
        messages.error(request, translate_deferred(error))
    else:
        (messages.warning if message_text == QUARANTINED_NOTICE else messages.success)(request, _(message_text))
    return redirect_after_post(return_url)
