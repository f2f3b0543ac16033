"""Sealed conversations: listed by the desks, decrypted with the handler's key, answered, passed on as a case."""

import datetime as dt
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.kit import clock, file_storage
from binhyen.kit.ids import format_code
from binhyen.kit.security_headers import SANDBOX_CSP
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.people.models import Officer
from binhyen.people.roles import LABELS, Role
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import (
    CONFIRM_URL,
    is_passkey_session,
    redirect_after_post,
    redirect_to_passkey,
    require_step_up,
)
from binhyen.ui.label_cache import translated_labels
from binhyen.ui.stored_text_i18n import translate_title
from binhyen.vault.envelopes import KeyPair
from binhyen.vault.key_session import drafts
from binhyen.vault.models import Holder
from binhyen.vault.queries import is_group_ready, list_holder_groups, list_own_requests
from binhyen.vault.rules import ACCESS_HOURS, PURPOSE_LABELS, REASON_LENGTH, STATE_LABELS, can_hold_key
from binhyen.vault.sealed_desks import DeskAction, SealedAttachment, SealedConversation, SealedDesk, get_desks
from binhyen.vault.services import SealedFile
from binhyen.vault.services.decrypt import can_open, read_conversation, read_original, read_preview, transfer_original
from binhyen.vault.services.disclosure import request_disclosure
from binhyen.vault.views.decorators import KeyRequest, OpenRequest, require_handler_key, require_unlocked_key

# Request for an original picture of a sealed conversation: the part of the handler's page that shows it.


def build_request_form(
    officer: Officer, desk: SealedDesk, conversation: SealedConversation, draft: dict[str, str], *, now: dt.datetime
) -> dict[str, Any]:
    """Return the form, the officer's own requests, and a reason for each file that cannot be requested.

    Empty where there is no file, or the desk has a rule of its own for all of them.
    """
    attachments = list(enumerate(desk.list_files(conversation.ref), start=1))
    if desk.passkey:
        attachments = [(number, file) for number, file in attachments if file.original_lock]
    if not attachments:
        return {}
    list_requests = partial(list_own_requests, officer, None, subject=conversation.subject, now=now)
    rows = [
        {
            "id": file.id,
            "label": format_file_name(number, file),
            "at": file.at,
            "note": _find_obstacle(desk, file),
            "raw": bool(file.label),
            "requests": [
                {
                    "url": reverse("custody_opening", args=[own_request.id]),
                    "state": translated_labels(STATE_LABELS)[own_request.state],
                    "at": own_request.asked_at,
                }
                for own_request in (list_requests(file=file.original) if file.original else ())
            ],
        }
        for number, file in attachments
    ]
    return {
        "rows": rows,
        "ready": is_group_ready("IDENTITY"),
        "url": reverse("custody_ask_original", args=[desk.name, conversation.ref]),
        "choice": [row for row in rows if not row["note"]],
        "raw": any(row["raw"] for row in rows),
        "by_receipt": all(attachment.reporter is None for _n, attachment in attachments),
        "whys": [
            {"value": purpose.value, "label": label} for purpose, label in translated_labels(PURPOSE_LABELS).items()
        ],
        "hours": ACCESS_HOURS,
        "shortest": REASON_LENGTH[0],
        "longest": REASON_LENGTH[1],
        "typed": draft,
    }


def format_file_name(number: int, file: SealedAttachment) -> str:
    """Format the name of a file: «Ảnh 1», «Tệp 2 (PDF)»."""
    if file.label:
        return _("Tệp %(number)s (%(what)s)") % {"number": number, "what": _(file.label)}
    return (_("Ảnh %(number)s") if file.path else _("Tệp %(number)s")) % {"number": number}


def _find_obstacle(desk: SealedDesk, file: SealedAttachment) -> str:
    """Return why the original cannot be requested, or ""."""
    if not file.original:
        return _("Không lưu bản gốc: người gửi chỉ gửi bản đã xóa vị trí, tên máy.")
    if file.original_lock or desk.hands_over:
        return ""
    return _("Bản gốc này lưu từ trước khi có khóa của người giữ danh tính nên không mở được ở đây.")


def submit_request(
    *,
    officer: Officer,
    holder: Holder,
    pair: KeyPair,
    desk: SealedDesk,
    conversation: SealedConversation,
    form: QueryDict,
    now: dt.datetime,
) -> None:
    """Create the request of the form; an original under the conversation key first moves to the custodians' key.

    Raises Refusal; nothing has moved then. An envelope without a row is deleted by the nightly cleanup, because this
    code cannot tell whether it belongs to this request or to a concurrent one that moved the file.
    """
    attachment = next((file for file in desk.list_files(conversation.ref) if file.id == form.get("file", "")), None)
    if attachment is None or _find_obstacle(desk, attachment):
        raise RuleViolation(_("Chọn ảnh, tệp."))
    with transaction.atomic():
        if not attachment.original_lock:
            attachment = transfer_original(
                desk=desk, talk=conversation, file=attachment, officer=officer, holder=holder, pair=pair, now=now
            )
        _request_original(officer, conversation, attachment, form, now)


def _request_original(
    officer: Officer, conversation: SealedConversation, file: SealedAttachment, form: QueryDict, now: dt.datetime
) -> None:
    hours = form.get("hours", "")
    request_disclosure(
        officer=officer,
        reporter_id=file.reporter,
        subject=conversation.subject,
        why=form.get("why", ""),
        reason=collapse_spaces(to_nfc(form.get("reason", ""))),
        hours=int(hours) if hours.isascii() and hours.isdigit() and len(hours) < 4 else 0,
        file=SealedFile(file.original, file.original_context, file.original_lock or 0),
        now=now,
    )


MAX_TEXT_LENGTH = 4000
CASES_URL = "/vu-viec"  # addresses of another process: `reverse` does not know them here
_PASSKEY_URL = f"{CONFIRM_URL}?khoa=1&next=/giu-kin/tin"
_INLINE_HEADERS = {"Content-Disposition": 'inline; filename="anh.jpg"', "Content-Security-Policy": SANDBOX_CSP}
_DOWNLOAD_HEADERS = {
    "Content-Disposition": 'attachment; filename="ban-goc.bin"',
    "Content-Security-Policy": SANDBOX_CSP,
}


@require_handler_key()
def list_conversations(request: KeyRequest) -> HttpResponse:
    """List the officer's desks, or one of them page by page.

    A desk that requires a passkey does not even show the number of its conversations without one.
    """
    own_desks = [desk for desk in get_desks().values() if desk.is_available_to(request.user)]
    shown_desks = [desk for desk in own_desks if desk.name == request.GET.get("ban")] or own_desks
    all_url = reverse("custody_talks") if len(shown_desks) < len(own_desks) else ""
    # desks with rows first
    tables = sorted([_build_table(request, desk) for desk in shown_desks], key=lambda table: table.get("rows") == [])
    context = {"now": clock.now(), "desks": tables, "all_url": all_url, "away": request.pair is None}
    return render(request, "custody/talks.html", context)


def _build_table(request: KeyRequest, desk: SealedDesk) -> dict[str, Any]:
    if _needs_passkey(desk, request):
        return {"label": _(desk.label), "passkey_url": _PASSKEY_URL}
    is_closed, cursor = desk.ends and "xong" in request.GET, request.GET.get("sau", "")
    page = desk.talks(request.user, over=is_closed, cursor=cursor, now=clock.now())
    has_key = _has_desk_key(request, desk)
    open_url = f"{reverse('custody_talks')}?ban={desk.name}"
    current_url = f"{open_url}&xong=1" if is_closed else open_url
    return {
        "label": _(desk.label),
        "notice": desk.notice(request.user),
        "rows": [_build_row(desk, conversation) | ({} if has_key else {"url": ""}) for conversation in page.rows],
        "keyless": "" if has_key or not page.rows else _describe_missing_key(desk, request.user),
        "tabs": [
            {"label": _("Đang mở"), "url": open_url, "current": not is_closed},
            {"label": _("Đã xong"), "url": f"{open_url}&xong=1", "current": is_closed},
        ]
        if desk.ends
        else [],
        "pager": {
            "first_url": current_url if cursor else "",
            "next_url": f"{current_url}&sau={page.next}" if page.next else "",
        },
    }


def _describe_missing_key(desk: SealedDesk, officer: Officer) -> str:
    """Name the key holders to an officer that sees conversations but has no share of their key."""
    if can_hold_key(desk.group, officer.role):
        return _("Bạn chưa được trao khóa của bàn này. Nhờ người cùng việc trao ở trang Giữ kín.")
    role_labels = ", ".join(_(LABELS[role]) for role in Role if can_hold_key(desk.group, role))
    return _("Bạn chỉ thấy có tin, không mở được. Người giữ khóa: {who}.").format(who=role_labels)


def _needs_passkey(desk: SealedDesk, request: KeyRequest) -> bool:
    return desk.passkey and not is_passkey_session(request)


def _has_desk_key(request: KeyRequest, desk: SealedDesk) -> bool:
    return request.holder is not None and desk.group in list_holder_groups(request.holder)


def conversation_view(
    *methods: str, gate: Any = require_unlocked_key
) -> Callable[[Callable[..., HttpResponse]], Callable[..., Any]]:
    """Load a conversation that the officer may see, with their key unlocked (or as `gate` requires).

    A desk may require a passkey.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., Any]:
        @wraps(view)
        def load_conversation(request: KeyRequest, /, desk: str, ref: UUID, **kwargs: Any) -> HttpResponse:
            sealed_desk = get_desks().get(desk)
            if (
                sealed_desk is not None
                and sealed_desk.is_available_to(request.user)
                and _needs_passkey(sealed_desk, request)
            ):
                return redirect_to_passkey(request)
            conversation = sealed_desk.talk(request.user, str(ref), now=clock.now()) if sealed_desk else None
            if sealed_desk is None or conversation is None:
                raise Http404
            return view(request, sealed_desk, conversation, **kwargs)

        return cast("Callable[..., Any]", gate(*methods)(load_conversation))

    return decorate


@conversation_view(gate=require_handler_key)
def show_conversation(request: KeyRequest, desk: SealedDesk, talk: SealedConversation) -> HttpResponse:
    return _render_page(request, desk, talk, draft=drafts.draft(request.user.pk, request.path))


@conversation_view()
def show_photo(request: OpenRequest, desk: SealedDesk, talk: SealedConversation, file: UUID) -> HttpResponse:
    """Return the preview without metadata, never the original."""
    try:
        data = _read_attachment(request, desk, talk, file, read_preview)
    except RuleViolation:
        raise Http404 from None
    return HttpResponse(data, content_type="image/jpeg", headers=_INLINE_HEADERS)


@conversation_view("POST")
@require_step_up()  # type: ignore[arg-type]
def download_original(request: OpenRequest, desk: SealedDesk, talk: SealedConversation, file: UUID) -> HttpResponse:
    """Return an original file as a download, for a stored reason; only where its desk requires a passkey."""
    if not desk.passkey:
        raise Http404
    fields = {name: collapse_spaces(to_nfc(request.POST.get(name, "")))[:MAX_TEXT_LENGTH] for name in ("why", "reason")}
    try:
        data = _read_attachment(
            request, desk, talk, file, partial(read_original, why=fields["why"], reason=fields["reason"])
        )
    except RuleViolation as refusal:
        return _render_page(request, desk, talk, error=str(refusal), draft={"saves": "1", **fields}, status=422)
    return HttpResponse(data, content_type="application/octet-stream", headers=_DOWNLOAD_HEADERS)


@conversation_view("POST")
def request_original(request: OpenRequest, desk: SealedDesk, talk: SealedConversation) -> HttpResponse:
    """Request an original from two custodians; only for an officer whose key reads the conversation."""
    if not can_open(desk=desk, talk=talk, holder=request.holder, pair=request.pair):
        raise Http404
    try:
        submit_request(
            officer=request.user,
            holder=request.holder,
            pair=request.pair,
            desk=desk,
            conversation=talk,
            form=request.POST,
            now=clock.now(),
        )
    except RuleViolation as refusal:
        draft = {name: request.POST.get(name, "")[:MAX_TEXT_LENGTH] for name in ("file", "why", "reason", "hours")}
        return _render_page(request, desk, talk, error=str(refusal), draft=draft, status=422)
    messages.success(request, _("Đã gửi. Khi hai người giữ danh tính đồng ý, bạn tải ở trang Các yêu cầu."))
    return redirect_after_post(reverse("custody_talk", args=[desk.name, talk.ref]))


def _read_attachment(
    request: OpenRequest,
    desk: SealedDesk,
    conversation: SealedConversation,
    file: UUID,
    read: Callable[..., bytes | None],
) -> bytes:
    try:
        data = read(
            desk=desk,
            talk=conversation,
            file=str(file),
            officer=request.user,
            holder=request.holder,
            pair=request.pair,
            now=clock.now(),
        )
    except FileNotFoundError:
        raise Http404 from None
    if data is None:
        raise Http404
    return data


@conversation_view("POST", gate=require_handler_key)
def send_reply(request: KeyRequest, desk: SealedDesk, talk: SealedConversation) -> HttpResponse:
    return _send_text(request, desk, talk, "reply")


@conversation_view("POST", gate=require_handler_key)
def create_case(request: KeyRequest, desk: SealedDesk, talk: SealedConversation) -> HttpResponse:
    return _send_text(request, desk, talk, "hand_on")


@conversation_view("POST", gate=require_handler_key)
def run_action(request: KeyRequest, desk: SealedDesk, talk: SealedConversation, deed: str) -> HttpResponse:
    """Run an action of the desk. It may move the conversation out of the officer's sight."""
    offered = next((candidate for candidate in desk.deeds(request.user, talk.ref) if candidate.name == deed), None)
    if offered is None:
        raise Http404
    data = {field.name: to_nfc(request.POST.get(field.name, "")).strip()[:MAX_TEXT_LENGTH] for field in offered.fields}
    try:
        with transaction.atomic():
            message = desk.do(officer=request.user, ref=talk.ref, deed=deed, data=data, now=clock.now())
    except RuleViolation as refusal:
        return _render_page(request, desk, talk, error=str(refusal), draft=data | {"deed": deed}, status=409)
    messages.success(request, message)
    remaining = desk.talk(request.user, talk.ref, now=clock.now())
    return redirect_after_post(
        reverse("custody_talk", args=[desk.name, talk.ref]) if remaining else reverse("custody_talks")
    )


def _build_form(deed: DeskAction, url_arguments: list[str], draft: dict[str, str]) -> dict[str, Any]:
    draft_fields = draft if draft.get("deed") == deed.name else {}
    return {
        "label": deed.label,
        "icon": deed.icon,
        "note": deed.note,
        "open": bool(draft_fields),
        "url": reverse("custody_deed", args=[*url_arguments, deed.name]),
        "fields": [
            {
                "name": field.name,
                "id": f"{deed.name}-{field.name}",
                "label": field.label,
                "choices": field.choices,
                "long": field.long,
                "required": field.required,
                "value": draft_fields.get(field.name, ""),
            }
            for field in deed.fields
        ],
    }


def _send_text(
    request: KeyRequest, desk: SealedDesk, conversation: SealedConversation, field_name: str
) -> HttpResponse:
    text = to_nfc(request.POST.get("text", "")).strip()
    if not text or len(text) > MAX_TEXT_LENGTH:
        return _render_page(
            request,
            desk,
            conversation,
            error=_("Viết vài dòng, nhiều nhất {longest} ký tự.").format(longest=MAX_TEXT_LENGTH),
            draft={field_name: text},
            status=422,
        )
    try:
        with transaction.atomic():
            if field_name == "reply":
                desk.reply(officer=request.user, ref=conversation.ref, text=text, now=clock.now())
                message = f"{_('Đã gửi.')} {conversation.reads}".strip()
            else:
                again = request.POST.get("again") == "1"
                message = desk.hand_on(
                    officer=request.user, ref=conversation.ref, extract=text, again=again, now=clock.now()
                )
    except RuleViolation as refusal:
        return _render_page(request, desk, conversation, error=str(refusal), draft={field_name: text}, status=409)
    messages.success(request, message)
    return redirect_after_post(reverse("custody_talk", args=[desk.name, conversation.ref]))


def _build_row(desk: SealedDesk, conversation: SealedConversation) -> dict[str, Any]:
    """Build a list row.

    `number` tells rows with the same title apart; report text appears only where reads are audited.
    """
    return {
        "number": conversation.ref[-4:].upper(),
        "url": reverse("custody_talk", args=[desk.name, conversation.ref]),
        "title": translate_title(conversation.title),
        "place": conversation.place,
        "urgency": conversation.urgency,
        "state": conversation.state,
        "at": conversation.at,
        "waiting": conversation.waiting,
        "rings": conversation.rings,
        "handed_on_at": conversation.handed_on_at,
        "reads": conversation.reads,
        "case_code": format_code(conversation.case_code) if conversation.case_code else "",
        "case_url": f"{CASES_URL}/{format_code(conversation.case_code)}" if conversation.case_code else "",
    }


def _build_photos(desk: SealedDesk, conversation: SealedConversation) -> list[dict[str, Any]]:
    """Return pictures, and other files, which are offered as original downloads only."""
    return [
        {
            "url": reverse("custody_photo", args=[desk.name, conversation.ref, attachment.id])
            if attachment.path
            else "",
            "at": attachment.at,
            "lost": not file_storage.file_exists(attachment.path),
            "alt": _("Ảnh {number} người báo gửi").format(number=number),
            "name": format_file_name(number, attachment),
            "raw": bool(attachment.label),
            "original_url": (
                reverse("custody_original", args=[desk.name, conversation.ref, attachment.id])
                if desk.passkey and attachment.original and not attachment.original_lock
                else ""
            ),
        }
        for number, attachment in enumerate(desk.list_files(conversation.ref), start=1)
    ]


def _render_page(
    request: KeyRequest | OpenRequest,
    desk: SealedDesk,
    conversation: SealedConversation,
    *,
    error: str = "",
    draft: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    now, words, officer = clock.now(), [], request.user
    is_offline = request.pair is None and _has_desk_key(
        request, desk
    )  # with a key on the isolated machine, reading happens there
    try:
        if request.holder and request.pair:
            words = read_conversation(
                desk=desk, talk=conversation, officer=officer, holder=request.holder, pair=request.pair, now=now
            )
        elif not is_offline:
            raise RuleViolation(_describe_missing_key(desk, officer))
    except RuleViolation as refusal:
        error, status = error or str(refusal), 403
    url_arguments, can_act = [desk.name, conversation.ref], bool(words) or is_offline
    pictures = _build_photos(desk, conversation) if words else []
    forms = (
        [_build_form(deed, url_arguments, draft or {}) for deed in desk.deeds(officer, conversation.ref)]
        if can_act
        else []
    )
    context = {
        "now": now,
        "desk": _(desk.label),
        "talk": _build_row(desk, conversation),
        "words": words,
        "error": error,
        "draft": draft or {},
        "longest": MAX_TEXT_LENGTH,
        "list_url": reverse("custody_talks"),
        "asking": build_request_form(officer, desk, conversation, draft or {}, now=now) if words else {},
        "carry_url": reverse("custody_carry_talk", args=url_arguments) if is_offline else "",
        "photos": [picture for picture in pictures if picture["url"]],
        "originals": [picture for picture in pictures if picture["original_url"]],
        "raw": any(picture["raw"] for picture in pictures),
        "shortest": REASON_LENGTH[0],
        "longest_reason": REASON_LENGTH[1],
        "whys": [
            {"value": purpose.value, "label": label} for purpose, label in translated_labels(PURPOSE_LABELS).items()
        ],
        "reply_url": reverse("custody_reply", args=url_arguments) if conversation.may_reply and can_act else "",
        "hand_on_url": reverse("custody_hand_on", args=url_arguments) if conversation.may_hand_on and can_act else "",
        "looks": desk.looks(conversation.ref) if can_act else (),
        "quick": [form for form in forms if not form["fields"]],
        "deeds": [form for form in forms if form["fields"]],
    }
    return render(request, "custody/talk.html", context, status=status)
