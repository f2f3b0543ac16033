"""Unassigned messages: read them, open a case from one, or attach one to a case.

Part of the register, because it knows the categories.
"""

import datetime as dt
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.audit.rules.read_events import Read, Seen
from binhyen.audit.services import saw
from binhyen.cases.choices import CATEGORY_LABELS
from binhyen.cases.escalation_settings import ladder
from binhyen.cases.queries.case_list import Filters, select
from binhyen.cases.rules import NotAllowed, NotFound
from binhyen.cases.services import linking
from binhyen.cases.services.unit_of_work import acting
from binhyen.cases.views.decorators import screen
from binhyen.cases.views.list_rows import case_url
from binhyen.channels import queries
from binhyen.channels.models import Message
from binhyen.channels.presenters import channel_label, photos, said
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import read_code, show_code
from binhyen.kit.text import nfc, squeeze
from binhyen.people.access import may
from binhyen.people.models import Officer
from binhyen.people.roles import May
from binhyen.people.view_auth import OfficerRequest, see_other
from binhyen.ui.label_cache import spoken
from binhyen.ui.stored_text_i18n import title
from binhyen.vault.pseudonyms import in_group, in_talk, known_as

LOOSE = "/tin-nhan"
_OFFERED = 30
_WHERE = {"": "", "nhom": "group", "rieng": "private"}
_TABS = (("", N_("Tất cả")), ("nhom", N_("Trong nhóm")), ("rieng", N_("Nhắn riêng")))


@screen()
def loose(request: OfficerRequest) -> HttpResponse:
    return _page(request)


@screen("POST")
def promote(request: OfficerRequest, message: UUID) -> HttpResponse:
    """Open a case from a message; fields missing in the form come from the reader."""
    found = queries.access_message(request.user, str(message))
    urgency = request.POST.get("urgency", str(found.urgency))
    try:
        case = linking.promote(
            message_id=str(message), officer=request.user, ladder=ladder(), now=clock.now(),
            category=request.POST.get("category") or found.category or "other",
            urgency=int(urgency) if urgency in {"0", "1", "2", "3"} else -1,
            title=squeeze(nfc(request.POST.get("title", "")))[:160],
        )  # fmt: skip
    except NotAllowed as refused:
        return _refused(request, _(str(refused)))
    messages.success(request, _("Đã mở vụ việc từ tin nhắn."))
    return see_other(LOOSE if case.apart else case_url(case.code))


@screen("POST")
def attach(request: OfficerRequest, message: UUID) -> HttpResponse:
    """Attach a message to the case with the typed code."""
    queries.access_message(request.user, str(message))
    code = read_code(request.POST.get("case", "")[:24])
    try:
        case = linking.attach(code=code, message_id=str(message), officer=request.user, version=None, now=clock.now())
    except NotFound:
        return _refused(request, _("Không tìm thấy vụ việc có mã này."))
    except NotAllowed as refused:
        return _refused(request, _(str(refused)))
    messages.success(request, _("Đã gắn tin nhắn vào vụ việc."))
    return see_other(case_url(case.code))


def _refused(request: OfficerRequest, why: str) -> HttpResponse:
    messages.error(request, why)
    return _page(request, status=422)


def _page(request: OfficerRequest, *, status: int = 200) -> HttpResponse:
    now = clock.now()
    where, words = request.GET.get("o", ""), squeeze(nfc(request.GET.get("q", "")))[:200]
    where = where if where in _WHERE else ""
    after = request.GET.get("sau", "")
    page = queries.loose_messages(request.user, cursor=after, words=words, where=_WHERE[where])
    kept_close = sum(message.sensitive for message in page.rows)
    looked = Seen(Read.MESSAGES, sensitive=bool(kept_close), count=kept_close)
    saw(looked, actor=acting(request.user).label, unit_id=request.user.unit_id, now=now)
    context = {
        "now": now,
        "keep_days": settings.SMALL_TALK_DAYS,
        "urls": {"desk": LOOSE},
        "tabs": [{"label": _(label), "url": _url(o=name), "current": name == where} for name, label in _TABS],
        "filters": {"q": words, "hidden": [{"name": "o", "value": where}] if where else []},
        "newest": _newest(request.user, now=now) if page.rows and may(request.user, May.WORK_CASES) else [],
        "rows": [message_row(m, works=may(request.user, May.WORK_CASES), now=now) for m in page.rows],
        "pager": {
            "first_url": _url(o=where, q=words) if after else "",
            "next_url": _url(o=where, q=words, sau=page.next) if page.next else "",
        },
    }
    return render(request, "desk/messages.html", context, status=status)


def _newest(officer: Officer, *, now: dt.datetime) -> list[dict[str, str]]:
    """List open cases as suggestions for the code field."""
    rows = select(officer, Filters(), now=now).order_by("-id").values_list("code", "title")[:_OFFERED]
    return [{"code": show_code(code), "title": title(name)} for code, name in rows]


def _url(**params: str) -> str:
    query = urlencode({name: value for name, value in params.items() if value})
    return f"{LOOSE}?{query}" if query else LOOSE


def message_row(message: Message, *, works: bool, now: dt.datetime) -> dict[str, Any]:
    """Build the row of a message with its actions for `desk/_message_row.html`."""
    url = f"{LOOSE}/{message.public_id}"
    return {
        "id": message.public_id, "who": _writer(message),
        "channel": channel_label(message.channel), "group": message.group.name if message.group else "",
        "at": message.sent_at, "text": said(message), "photos": photos(message),
        "category": spoken(CATEGORY_LABELS).get(message.category, ""), "urgency": message.urgency,
        "sensitive": message.sensitive, "keep_text": _kept(message, now=now),
        "promote_url": f"{url}/mo-vu-viec" if works else "", "attach_url": f"{url}/gan" if works else "",
    }  # fmt: skip


def _writer(message: Message) -> str:
    group = message.group_id
    return known_as(message.reporter, in_group(group) if group else in_talk(message.conversation_id))


def _kept(message: Message, *, now: dt.datetime) -> str:
    if message.keep_until is None:
        return ""
    days = -((now - message.keep_until) // dt.timedelta(days=1))  # begun days count
    return _("Tự xóa sau {n} ngày").format(n=days) if days > 1 else _("Tự xóa hôm nay")
