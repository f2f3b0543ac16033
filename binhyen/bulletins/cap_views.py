"""Screens and addresses of CAP: the feed of alerts, one message, and the form that takes in a message of others."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from binhyen.bulletins import cap_queries, cap_services, feed, queries
from binhyen.bulletins.cap.build import is_alert
from binhyen.bulletins.cap.message import format_message
from binhyen.bulletins.cap.reader import CAP_TYPE, MAX_BYTES
from binhyen.bulletins.cap.validation import RULE_LABELS
from binhyen.bulletins.media_texts import FEED_TITLE
from binhyen.bulletins.models import Bulletin, CapAlert
from binhyen.bulletins.queries import PUBLIC_URL
from binhyen.bulletins.rules import BulletinState
from binhyen.bulletins.services import BULLETINS_URL
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code
from binhyen.people.access import visibility
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui.formatting import format_full_time

CAP_FEED_URL = "/thong-bao.cap.atom"
RECEIVE_URL = f"{BULLETINS_URL}/nhan-cap"
MAX_PROBLEMS = 20
_UNREADABLE = {
    "SIZE": N_("Tệp quá lớn."),
    "DOCTYPE": N_("Tệp có phần khai báo lạ (DOCTYPE) nên máy không đọc."),
    "XML": N_("Tệp không phải XML."),
    "NAMESPACE": N_("Tệp không phải bản tin CAP 1.2."),
    "SIGNATURE": N_("Tệp không có chữ ký của nguồn mà công an tỉnh tin cậy, hoặc đã bị sửa sau khi ký."),
    "STRUCTURE": N_("Tệp thiếu phần bắt buộc hoặc xếp sai thứ tự của CAP 1.2."),
}


@require_safe
def serve_cap_feed(request: HttpRequest) -> HttpResponse:
    """Serve the Atom index of CAP messages; an update or cancellation replaces the entry of its alert."""
    now = clock.now()
    xml = feed.format_feed(
        title=FEED_TITLE,
        feed_url=f"{settings.PUBLIC_URL}{CAP_FEED_URL}",
        page_url=f"{settings.PUBLIC_URL}{PUBLIC_URL}",
        entries=[_to_entry(row) for row in cap_queries.list_cap_bulletins(now=now)],
        now=now,
    )
    return HttpResponse(cap_queries.sign_if_configured(xml), content_type="application/atom+xml; charset=utf-8")


def _to_entry(row: Bulletin) -> feed.FeedEntry:
    message = cap_queries.build_current_message(row)
    info = message.infos[0]
    released_at = row.released_at or row.changed_at
    return feed.FeedEntry(
        message.incidents,
        info.headline,
        info.description,
        f"{settings.PUBLIC_URL}{PUBLIC_URL}/{format_code(row.code)}/cap",
        row.unit.name,
        info.event,
        released_at,
        row.ended_at or released_at,
        CAP_TYPE,
    )


@require_safe
def serve_message(request: HttpRequest, code: str) -> HttpResponse:
    """Serve the newest message about an alert; a corrected one leads to its update."""
    row = queries.find_public_bulletin(code)
    if row is None or not is_alert(row.topic, row.ground):
        raise Http404
    if row.state == BulletinState.CORRECTED and (correction := queries.find_correction(row)) is not None:
        return HttpResponsePermanentRedirect(f"{PUBLIC_URL}/{format_code(correction.code)}/cap")
    is_current = row.state == BulletinState.RELEASED and row.expires_at is not None and row.expires_at > clock.now()
    if not is_current and row.state != BulletinState.WITHDRAWN:
        return HttpResponse(status=410)
    xml = format_message(cap_queries.build_current_message(row))
    return HttpResponse(cap_queries.sign_if_configured(xml), content_type=f"{CAP_TYPE}; charset=utf-8")


@require_any_permission(Permission.WRITE_BULLETINS, methods=("GET", "HEAD", "POST"))
def receive_message(request: OfficerRequest) -> HttpResponse:
    """Take in a message as a file or pasted text; it becomes a draft."""
    now = clock.now()
    context: dict[str, Any] = {
        "now": now,
        "action_url": RECEIVE_URL,
        "back_url": BULLETINS_URL,
        "alerts": [_build_alert(row) for row in cap_services.list_offered_alerts(request.user, now=now)],
        "may_dismiss": visibility(request.user).province,
        "feeds": len(settings.CAP_FEEDS),
        "failures": [
            {"host": urlsplit(feed.url).hostname, "reason": feed.failure, "since": feed.failing_since}
            for feed in cap_queries.list_failing_feeds()
        ],
    }
    if request.method != "POST":
        return render(request, "bulletins/cap_receive.html", context)
    alert = _get_alert(request) if request.POST.get("alert") else None
    if alert is not None and request.POST.get("do") == "dismiss":
        return _dismiss_alert(request, alert)
    upload = request.FILES.get("file")
    data = upload.read(MAX_BYTES + 1) if upload else request.POST.get("text", "").strip().encode()
    data = bytes(alert.data) if alert is not None else data
    try:
        row = cap_services.propose_bulletin(data=data, officer=request.user, now=now)
    except cap_services.CapAlreadyKnown as known:
        text = (
            _("Nguồn đã hủy cảnh báo này. Hãy rút bản tin.") if known.is_cancelled else _("Đã nhận cảnh báo này rồi.")
        )
        messages.warning(request, text)
        return redirect_after_post(f"{BULLETINS_URL}/{format_code(known.bulletin.code)}")
    except cap_services.CapRefused as refusal:
        context["error"] = _(_UNREADABLE[refusal.unreadable]) if refusal.unreadable else _("Bản tin CAP có lỗi.")
        context["problems"] = [
            {"label": _(RULE_LABELS[problem.rule]), "path": problem.path} for problem in refusal.problems[:MAX_PROBLEMS]
        ]
    except RuleViolation as refusal:
        context["error"] = str(refusal)
    else:
        messages.success(request, _("Đã soạn bản tin từ cảnh báo. Hãy đọc lại, xem nơi nhận rồi gửi duyệt."))
        return redirect_after_post(f"{BULLETINS_URL}/{format_code(row.code)}")
    return render(request, "bulletins/cap_receive.html", context, status=422)


def _build_alert(row: CapAlert) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "headline": row.headline,
        "source": row.source,
        "cancels": row.is_cancellation,
        "at": row.received_at,
        "until": format_full_time(row.expires_at) if row.expires_at else "",
    }


def _get_alert(request: OfficerRequest) -> CapAlert:
    try:
        public_id = UUID(request.POST.get("alert", "")[:40])
    except ValueError:
        raise Http404 from None
    row = cap_services.find_offered_alert(request.user, public_id, now=clock.now())
    if row is None:
        raise Http404
    return row


def _dismiss_alert(request: OfficerRequest, row: CapAlert) -> HttpResponse:
    try:
        cap_services.dismiss_alert(row, officer=request.user, now=clock.now())
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Đã bỏ qua cảnh báo này."))
    return redirect_after_post(RECEIVE_URL)
