"""Screens that take in messages of groups run by hand: the share target of the installed app, and a pasted chat."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from binhyen.bulletins import manual_queries, officer_chat, sharing_services
from binhyen.bulletins.chat_lines import MAX_CHARS, ChatMessage, find_doubles, split_chat
from binhyen.bulletins.manual_queries import ManualGroupNotVisible
from binhyen.bulletins.services import MANUAL_URL
from binhyen.bulletins.sharing_services import MAX_TEXT, SharedForm, SharedResult
from binhyen.cases.choices import CATEGORY_LABELS
from binhyen.intake.forms import parse_phone
from binhyen.intake.model_cache import get_text_reader
from binhyen.intake.web_reports import BadPhoto, UploadedPhoto
from binhyen.kit import clock, file_storage
from binhyen.kit.ids import format_code
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.language.reading import DANGER, Reading
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui.formatting import format_number
from binhyen.ui.label_cache import translated_labels

REPORT_URL, SHARE_URL, CHAT_URL = f"{MANUAL_URL}/bao-tin", f"{MANUAL_URL}/chia-se", f"{MANUAL_URL}/doan-chat"
LINK_URL = f"{MANUAL_URL}/lien-ket"
MAX_FILES = 5
MAX_CARRIED = 1_900_000  # characters of base64: the fields of a form may have 2 MB in all
VOICE_TYPES = ("audio/aac", "audio/mp4", "audio/x-m4a", "audio/mpeg", "audio/ogg", "audio/amr")
_WORKERS = (Permission.WORK_CASES,)
_METHODS = ("GET", "HEAD", "POST")
_UNIMPORTANT = frozenset({"thanks", "other"})


@require_safe
def serve_app_manifest(request: HttpRequest) -> HttpResponse:
    """Serve the manifest of the officers' app: once installed, it is a target of the phone's share menu."""
    manifest = {
        "name": _("Bình Yên: cán bộ"),
        "short_name": "Bình Yên",
        "id": MANUAL_URL,
        "start_url": MANUAL_URL,
        "scope": "/",
        "display": "standalone",
        "lang": "vi",
        "theme_color": "#0b4a3c",
        "background_color": "#ffffff",
        "icons": [{"src": static("ui/logo.svg"), "sizes": "any", "type": "image/svg+xml"}],
        "share_target": {
            "action": SHARE_URL,
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {
                "title": "title",
                "text": "text",
                "url": "url",
                "files": [{"name": "files", "accept": ["image/jpeg", "image/png", "image/webp", *VOICE_TYPES]}],
            },
        },
    }
    return JsonResponse(manifest, content_type="application/manifest+json")


# nosemgrep: csrf-switched-off  the phone's share menu sends no token; this page only shows a form and stores nothing
@csrf_exempt
@require_any_permission(*_WORKERS, methods=_METHODS)
def receive_share(request: OfficerRequest) -> HttpResponse:
    """Show the form with shared text, photos or a voice note, which the form itself carries on."""
    if request.method != "POST":
        return redirect_after_post(REPORT_URL)
    parts = (request.POST.get(name, "").strip() for name in ("title", "text", "url"))
    text = "\n".join(dict.fromkeys(filter(None, parts)))[:MAX_TEXT]
    fields: dict[str, Any] = {"text": to_nfc(text), "photos": [], "voices": []}
    problem = _carry_files(fields, request.FILES.getlist("files"))
    return _render_report(request, fields, problem, status=200)


def _carry_files(fields: dict[str, Any], uploads: Sequence[Any]) -> str:
    """Add uploaded photos and voice notes to the fields as base64; return what is wrong with those left out."""
    photos, voices = fields["photos"], fields["voices"]
    room, problem = MAX_CARRIED - sum(map(len, (*photos, *voices))), ""
    for upload in uploads:
        encoded = ""
        if len(photos) + len(voices) < MAX_FILES:
            upload.seek(0)
            name, data = upload.name or "", upload.read()
            try:
                is_voice = file_storage.detect_file_type(name, data) == file_storage.AUDIO
                encoded = base64.b64encode(data if is_voice else file_storage.clean_picture(data).data).decode()
            except file_storage.NotAPicture as refusal:
                problem = _(str(refusal))
                continue
        if not encoded or len(encoded) > room:
            problem = _("Chưa nhận hết: nhiều tệp quá, hoặc tệp lớn quá. Hãy chọn tệp còn lại ở ô «Ảnh, ghi âm».")
            continue
        room -= len(encoded)
        if is_voice:
            voices.append(f"{name.rpartition('.')[2]}:{encoded}")
        else:
            photos.append(encoded)
    return problem


@require_any_permission(*_WORKERS, methods=_METHODS)
def report_message(request: OfficerRequest) -> HttpResponse:
    """Show the form for one message of a group. POST passes it on as a report."""
    if request.method != "POST":
        return _render_report(request, {}, "", status=200)
    names = ("text", "group", "naming", "author", "phone", "place")
    fields: dict[str, Any] = {name: request.POST.get(name, "")[: MAX_TEXT * 2] for name in names}
    for field, name in (("photos", "photo"), ("voices", "voice")):
        fields[field] = request.POST.getlist(name)[:MAX_FILES]
    try:
        form = _to_form(fields, request)
        result = sharing_services.pass_on(form=form, officer=request.user, now=clock.now())
    except BadPhoto as refusal:
        if refusal.number <= len(fields["photos"]) + len(fields["voices"]):
            fields |= {"photos": [], "voices": []}
        return _render_report(request, fields, _(str(refusal)), status=422)
    except RuleViolation as refusal:
        _carry_files(fields, request.FILES.getlist("photos"))
        return _render_report(request, fields, str(refusal), status=422)
    except ManualGroupNotVisible:
        raise Http404 from None
    return _redirect_to_result(request, result)


@require_any_permission(*_WORKERS, methods=_METHODS)
def link_own_chat(request: OfficerRequest) -> HttpResponse:
    """Show the code that links the officer's own chat, once; or end the link."""
    if request.method != "POST":
        return redirect_after_post(REPORT_URL)
    try:
        if request.POST.get("do") == "code":
            code = officer_chat.create_link_code(officer=request.user, now=clock.now())
            return _render_report(request, {"link_code": code}, "", status=200)
        if request.POST.get("do") == "unlink":
            officer_chat.delete_own_link(officer=request.user, now=clock.now())
            messages.success(request, _("Đã bỏ liên kết. Tin chuyển tiếp lại như tin của một người dân."))
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    return redirect_after_post(REPORT_URL)


def _to_form(fields: dict[str, Any], request: OfficerRequest) -> SharedForm:
    is_named = fields["naming"] == "known"
    phone = parse_phone(fields["phone"]) if is_named else ""
    if is_named and fields["phone"].strip() and not phone:
        raise RuleViolation(_("Số điện thoại chưa đúng. Bạn sửa lại hoặc để trống."))
    photos = [UploadedPhoto("", data) for data in _decode_files(fields["photos"])]
    for voice in fields["voices"]:
        extension, _colon, encoded = voice.partition(":")
        photos += [UploadedPhoto(f"ghi-am.{extension[:5]}", data) for data in _decode_files([encoded])]
    photos += [UploadedPhoto(upload.name or "", upload.read()) for upload in request.FILES.getlist("photos")]
    if len(photos) > MAX_FILES:
        text = _("Bạn chọn {chosen} ảnh. Mỗi lần gửi được tối đa {most} ảnh.")
        raise RuleViolation(text.format(chosen=len(photos), most=MAX_FILES))
    return SharedForm(
        text=to_nfc(fields["text"]),
        group=_parse_group(fields["group"]),
        author=collapse_spaces(to_nfc(fields["author"])) if is_named else "",
        phone=phone,
        place=collapse_spaces(to_nfc(fields["place"])),
        photos=tuple(photos),
    )


def _decode_files(values: list[str]) -> list[bytes]:
    try:
        return [base64.b64decode(value, validate=True) for value in values]
    except (binascii.Error, ValueError):
        raise RuleViolation(_("Tệp chia sẻ bị hỏng. Bạn chọn lại.")) from None


def _parse_group(value: str) -> UUID | None:
    try:
        return UUID(value[:40])
    except ValueError:
        return None


def _redirect_to_result(request: OfficerRequest, result: SharedResult) -> HttpResponse:
    if result.is_double:
        messages.warning(request, _("Tin này đơn vị đã chuyển rồi, không ghi lần nữa."))
        return redirect_after_post(MANUAL_URL)
    if not result.code:
        messages.success(request, _("Đã ghi. Tin này do nơi khác xem xét."))
        return redirect_after_post(MANUAL_URL)
    messages.success(request, _("Đã ghi thành vụ việc."))
    return redirect_after_post(f"/vu-viec/{format_code(result.code)}")


def _render_report(request: OfficerRequest, fields: dict[str, Any], error: str, *, status: int) -> HttpResponse:
    context = {
        "fields": {"naming": "unknown", **fields},
        "groups": _list_groups(request.user, fields.get("group", "")),
        "error": error,
        "action_url": REPORT_URL,
        "back_url": MANUAL_URL,
        "chat_url": CHAT_URL,
        "max_text": MAX_TEXT,
        "link_url": LINK_URL,
        "link": officer_chat.get_own_link(request.user),
    }
    return render(request, "bulletins/share_report.html", context, status=status)


def _list_groups(officer: Officer, chosen: str) -> list[dict[str, Any]]:
    """Return the choices of a group."""
    rows = manual_queries.list_groups_of_unit(officer)
    return [{"value": row.public_id, "label": row.name, "chosen": str(row.public_id) == chosen} for row in rows]


# A pasted stretch of chat. Nothing is stored before the officer has chosen.


@require_any_permission(*_WORKERS, methods=_METHODS)
def review_chat(request: OfficerRequest) -> HttpResponse:
    """Show the field; then the messages with their reading; then pass on the chosen ones."""
    if request.method != "POST":
        return _render_chat(request, {}, "", [])
    if request.POST.get("do") == "keep":
        return _keep_chosen(request)
    text = request.POST.get("text", "")[: MAX_CHARS * 2]
    upload = request.FILES.get("file")
    if upload is not None:
        text = upload.read(MAX_CHARS * 4).decode("utf-8", errors="replace")
    chat = split_chat(text)
    if not chat:
        return _render_chat(request, {"text": text}, _("Chưa có tin nhắn nào. Hãy dán đoạn chat vào ô."), [])
    return _render_chat(request, {"group": request.POST.get("group", "")}, "", _build_messages(request.user, chat))


def _build_messages(officer: Officer, chat: list[ChatMessage]) -> list[dict[str, Any]]:
    texts, reader = [message.text for message in chat], get_text_reader()
    doubles = find_doubles(texts, sharing_services.list_known(officer.unit_id, texts))
    labels = translated_labels(CATEGORY_LABELS)
    rows = []
    for message, double in zip(chat, doubles, strict=True):
        reading = reader.understand(message.text)
        rows.append(
            {
                "author": message.author,
                "when": message.when,
                "text": message.text,
                "category": labels.get(reading.category, reading.category),
                "urgent": reading.urgency >= DANGER,
                "chosen": double is None and is_important(reading),
                "known": double == -1,
                "double_of": double + 1 if double is not None and double >= 0 else None,
            }
        )
    return rows


def is_important(reading: Reading) -> bool:
    """Return whether a message is proposed: no thanks, no small talk, or anything urgent."""
    return reading.category not in _UNIMPORTANT or reading.urgency >= 2


def _keep_chosen(request: OfficerRequest) -> HttpResponse:
    """Pass on the chosen messages, each as a report of its own; a failure shows the rest again."""
    texts, authors = request.POST.getlist("message"), request.POST.getlist("author")
    chosen = [int(value) for value in request.POST.getlist("pick") if value.isdecimal() and int(value) < len(texts)]
    naming, group = request.POST.get("naming", ""), request.POST.get("group", "")
    if not chosen:
        chat = [ChatMessage(author, "", text) for author, text in zip(authors, texts, strict=False)]
        return _render_chat(
            request, {"group": group}, _("Hãy chọn ít nhất một tin."), _build_messages(request.user, chat)
        )
    stored = doubles = 0
    form = SharedForm(text="", group=_parse_group(group))
    try:
        for number in chosen:
            author = authors[number] if naming == "known" and number < len(authors) else ""
            single = replace(form, text=to_nfc(texts[number]), author=collapse_spaces(to_nfc(author)))
            result = sharing_services.pass_on(form=single, officer=request.user, now=clock.now())
            stored, doubles = stored + (not result.is_double), doubles + result.is_double
    except ManualGroupNotVisible:
        raise Http404 from None
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    text = ngettext("Đã ghi {n} tin thành vụ việc.", "Đã ghi {n} tin thành vụ việc.", stored)
    messages.success(request, text.format(n=format_number(stored)))
    if doubles:
        again = ngettext("{n} tin đã chuyển từ trước.", "{n} tin đã chuyển từ trước.", doubles)
        messages.warning(request, again.format(n=format_number(doubles)))
    return redirect_after_post(MANUAL_URL)


def _render_chat(
    request: OfficerRequest, fields: dict[str, Any], error: str, rows: list[dict[str, Any]]
) -> HttpResponse:
    context = {
        "fields": fields,
        "error": error,
        "rows": rows,
        "groups": _list_groups(request.user, fields.get("group", "")),
        "action_url": CHAT_URL,
        "back_url": MANUAL_URL,
        "max_text": MAX_CHARS,
    }
    return render(request, "bulletins/chat_review.html", context, status=422 if error else 200)
