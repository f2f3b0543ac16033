"""Unassigned messages: read them, open a case from one, or attach one to a case.

Part of the register, because it knows the categories.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.audit.rules.action_families import ReadEvent, ReadKind
from binhyen.audit.services import record_read
from binhyen.cases.choices import CATEGORY_LABELS
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.queries.message_suggestions import CandidateCase, list_candidates, suggest_cases
from binhyen.cases.rules import NotAllowed, NotFound
from binhyen.cases.services import linking
from binhyen.cases.services.unit_of_work import to_actor
from binhyen.cases.views.decorators import require_case_access
from binhyen.cases.views.list_rows import build_case_url
from binhyen.channels import queries
from binhyen.channels.models import Message
from binhyen.channels.presenters import format_channel, format_message_text, list_photos
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code, normalize_code
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.people.access import officer_may
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, redirect_after_post
from binhyen.ui.label_cache import translated_labels
from binhyen.ui.stored_text_i18n import translate_title
from binhyen.vault.pseudonyms import format_conversation_scope, format_group_scope, format_pseudonym

MESSAGES_URL = "/tin-nhan"
_MAX_RECENT = 30
_MAX_CHOSEN = 100
_PLACE_FILTERS = {"": "", "nhom": "group", "rieng": "private", "bo-qua": "dismissed"}
_TABS = (("", N_("Tất cả")), ("nhom", N_("Trong nhóm")), ("rieng", N_("Nhắn riêng")), ("bo-qua", N_("Đã bỏ qua")))


@require_case_access()
def show_unassigned(request: OfficerRequest) -> HttpResponse:
    return _render_page(request)


@require_case_access("POST")
def open_case_from_message(request: OfficerRequest, message: UUID) -> HttpResponse:
    """Open a case from a message; fields missing in the form come from the reader."""
    stored_message = queries.get_visible_message(request.user, str(message))
    urgency = request.POST.get("urgency", str(stored_message.urgency))
    try:
        case = linking.promote_message(
            message_id=str(message),
            officer=request.user,
            ladder=get_alarm_delays(),
            now=clock.now(),
            category=request.POST.get("category") or stored_message.category or "other",
            urgency=int(urgency) if urgency in {"0", "1", "2", "3"} else -1,
            title=collapse_spaces(to_nfc(request.POST.get("title", "")))[:160],
        )
    except NotAllowed as refused:
        return _render_refusal(request, _(str(refused)))
    messages.success(request, _("Đã mở vụ việc từ tin nhắn."))
    return redirect_after_post(MESSAGES_URL if case.is_restricted else build_case_url(case.code))


@require_case_access("POST")
def attach_to_case(request: OfficerRequest, message: UUID) -> HttpResponse:
    """Attach a message to the case with the typed code."""
    queries.get_visible_message(request.user, str(message))
    code = normalize_code(request.POST.get("case", "")[:24])
    try:
        case = linking.attach_message(
            code=code, message_id=str(message), officer=request.user, version=None, now=clock.now()
        )
    except NotFound:
        return _render_refusal(request, _("Không tìm thấy vụ việc có mã này."))
    except NotAllowed as refused:
        return _render_refusal(request, _(str(refused)))
    messages.success(request, _("Đã gắn tin nhắn vào vụ việc."))
    return redirect_after_post(build_case_url(case.code))


@require_case_access("POST")
def sort_chosen(request: OfficerRequest) -> HttpResponse:
    """Attach the ticked messages to one case, put them aside, or back into the list."""
    ids, action = _parse_chosen(request.POST.getlist("message")), request.POST.get("do", "")
    if not ids or action not in ("gan", "bo-qua", "dua-lai"):
        return _render_refusal(request, _("Đánh dấu ít nhất một tin nhắn."))
    try:
        if action == "gan":
            code = normalize_code((request.POST.get("code", "").strip() or request.POST.get("case", ""))[:24])
            case = linking.attach_messages(code=code, message_ids=ids, officer=request.user, now=clock.now())
            messages.success(request, _("Đã gắn {n} tin nhắn vào vụ việc.").format(n=len(ids)))
            return redirect_after_post(build_case_url(case.code))
        count = linking.dismiss_messages(
            message_ids=ids, officer=request.user, dismissed=action != "dua-lai", now=clock.now()
        )
    except (NotFound, queries.NotVisible):
        return _render_refusal(request, _("Không tìm thấy vụ việc có mã này."))
    except NotAllowed as refused:
        return _render_refusal(request, _(str(refused)))
    text = _("Đã đưa {n} tin nhắn trở lại.") if action == "dua-lai" else _("Đã bỏ qua {n} tin nhắn.")
    messages.success(request, text.format(n=count))
    return redirect_after_post(MESSAGES_URL)


def _parse_chosen(sent: Sequence[str]) -> list[str]:
    """Return the valid ids among those of the form, each once."""
    ids = []
    for value in sent[:_MAX_CHOSEN]:
        try:
            ids.append(str(UUID(value)))
        except ValueError:
            continue
    return list(dict.fromkeys(ids))


def _render_refusal(request: OfficerRequest, why: str) -> HttpResponse:
    messages.error(request, why)
    return _render_page(request, status=422)


def _render_page(request: OfficerRequest, *, status: int = 200) -> HttpResponse:
    now = clock.now()
    where, words = request.GET.get("o", ""), collapse_spaces(to_nfc(request.GET.get("q", "")))[:200]
    where = where if where in _PLACE_FILTERS else ""
    cursor = request.GET.get("sau", "")
    page = queries.list_unassigned_messages(
        request.user, cursor=cursor, search_text=words, source=_PLACE_FILTERS[where]
    )
    sensitive_count = sum(message.sensitive for message in page.rows)
    looked = ReadEvent(ReadKind.MESSAGES, sensitive=bool(sensitive_count), count=sensitive_count)
    record_read(looked, actor=to_actor(request.user).label, unit_id=request.user.unit_id, now=now)
    can_work = officer_may(request.user, Permission.WORK_CASES)
    candidates = list_candidates(request.user, now=now) if page.rows and can_work else []
    context = {
        "now": now,
        "keep_days": settings.SMALL_TALK_DAYS,
        "urls": {"desk": MESSAGES_URL},
        "tabs": [{"label": _(label), "url": _build_url(o=name), "current": name == where} for name, label in _TABS],
        "filters": {"q": words, "hidden": [{"name": "o", "value": where}] if where else []},
        "chosen_url": f"{MESSAGES_URL}/chon" if page.rows and can_work else "",
        "dismissed": where == "bo-qua",
        "newest": [_to_case_option(candidate) for candidate in candidates[:_MAX_RECENT]],
        "rows": [
            build_message_row(item, can_work=can_work, now=now)
            | {"suggested": [_to_case_option(candidate) for candidate in suggest_cases(item, candidates)]}
            for item in page.rows
        ],
        "pager": {
            "first_url": _build_url(o=where, q=words) if cursor else "",
            "next_url": _build_url(o=where, q=words, sau=page.next) if page.next else "",
        },
    }
    return render(request, "desk/messages.html", context, status=status)


def _to_case_option(candidate: CandidateCase) -> dict[str, str]:
    return {"code": format_code(candidate.code), "title": translate_title(candidate.title)}


def _build_url(**params: str) -> str:
    query = urlencode({name: value for name, value in params.items() if value})
    return f"{MESSAGES_URL}?{query}" if query else MESSAGES_URL


def build_message_row(message: Message, *, can_work: bool, now: dt.datetime) -> dict[str, Any]:
    """Build the row of a message with its actions for `desk/_message_row.html`."""
    url = f"{MESSAGES_URL}/{message.public_id}"
    return {
        "id": message.public_id,
        "who": _format_author(message),
        "channel": format_channel(message.channel),
        "group": message.group.name if message.group else "",
        "at": message.sent_at,
        "text": format_message_text(message),
        "photos": list_photos(message),
        "category": translated_labels(CATEGORY_LABELS).get(message.category, ""),
        "urgency": message.urgency,
        "sensitive": message.sensitive,
        "keep_text": _format_expiry(message, now=now),
        "promote_url": f"{url}/mo-vu-viec" if can_work else "",
        "attach_url": f"{url}/gan" if can_work else "",
    }


def _format_author(message: Message) -> str:
    group = message.group_id
    return format_pseudonym(
        message.reporter, format_group_scope(group) if group else format_conversation_scope(message.conversation_id)
    )


def _format_expiry(message: Message, *, now: dt.datetime) -> str:
    if message.expires_at is None:
        return ""
    days = -((now - message.expires_at) // dt.timedelta(days=1))  # begun days count
    return _("Tự xóa sau {n} ngày").format(n=days) if days > 1 else _("Tự xóa hôm nay")
