"""Sealed conversations: listed by the desks, opened with the handler's key, answered, passed on as a case."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.kit import clock
from binhyen.kit.headers import SANDBOX
from binhyen.kit.text import nfc
from binhyen.people.gate import see_other
from binhyen.people.services import Refusal
from binhyen.vault.desks import Deed, Desk, Does, Talk, desks
from binhyen.vault.services.reading import read_file, read_talk
from binhyen.vault.views.gate import OpenRequest, opened

LONGEST = 4000


@opened()
def listed(request: OpenRequest) -> HttpResponse:
    now = clock.now()
    tables = []
    for desk in desks().values():
        rows = [_row(desk, talk) for talk in desk.talks(request.user, now=now)]
        tables.append({"label": _(desk.label), "rows": rows})
    return render(request, "custody/talks.html", {"now": now, "desks": tables})


@opened()
def one(request: OpenRequest, desk: str, ref: UUID) -> HttpResponse:
    return _page(request, *_found(request, desk, ref))


@opened()
def photo(request: OpenRequest, desk: str, ref: UUID, file: UUID) -> HttpResponse:
    """The copy without metadata, never the file as it came."""
    found, talk = _found(request, desk, ref)
    try:
        data = read_file(
            desk=found, talk=talk, file=str(file), officer=request.user, holder=request.holder, pair=request.pair,
            now=clock.now(),
        )  # fmt: skip
    except (Refusal, FileNotFoundError):
        raise Http404 from None
    if data is None:
        raise Http404
    answer = HttpResponse(data, content_type="image/jpeg")
    answer.headers["Content-Disposition"] = 'inline; filename="anh.jpg"'
    answer.headers["Content-Security-Policy"] = SANDBOX
    return answer


@opened("POST")
def reply(request: OpenRequest, desk: str, ref: UUID) -> HttpResponse:
    return _say(request, desk, ref, "reply")


@opened("POST")
def hand_on(request: OpenRequest, desk: str, ref: UUID) -> HttpResponse:
    return _say(request, desk, ref, "hand_on")


@opened("POST")
def do(request: OpenRequest, desk: str, ref: UUID, deed: str) -> HttpResponse:
    """A deed of the desk's own. It may take the conversation out of the officer's sight."""
    found, talk = _found(request, desk, ref)
    offered = next((d for d in _deeds(found, request, talk) if d.name == deed), None)
    if offered is None:
        raise Http404
    data = {field.name: nfc(request.POST.get(field.name, "")).strip()[:LONGEST] for field in offered.fields}
    try:
        with transaction.atomic():
            said = cast("Does", found).do(officer=request.user, ref=talk.ref, deed=deed, data=data, now=clock.now())
    except Refusal as refusal:
        return _page(request, found, talk, error=str(refusal), draft=data | {"deed": deed}, status=409)
    messages.success(request, said)
    still = found.talk(request.user, talk.ref, now=clock.now())
    return see_other(reverse("custody_talk", args=[found.name, talk.ref]) if still else reverse("custody_talks"))


def _deeds(desk: Desk, request: OpenRequest, talk: Talk) -> list[Deed]:
    return list(cast("Does", desk).deeds(request.user, talk.ref)) if hasattr(desk, "deeds") else []


def _form(deed: Deed, at: list[str], draft: dict[str, str]) -> dict[str, Any]:
    mine = draft if draft.get("deed") == deed.name else {}
    return {
        "label": deed.label, "icon": deed.icon, "note": deed.note, "open": bool(mine),
        "url": reverse("custody_deed", args=[*at, deed.name]),
        "fields": [
            {"name": f.name, "id": f"{deed.name}-{f.name}", "label": f.label, "choices": f.choices, "long": f.long,
             "required": f.required, "value": mine.get(f.name, "")}
            for f in deed.fields
        ],
    }  # fmt: skip


def _say(request: OpenRequest, name: str, ref: UUID, what: str) -> HttpResponse:
    desk, talk = _found(request, name, ref)
    text = nfc(request.POST.get("text", "")).strip()
    if not text or len(text) > LONGEST:
        return _page(
            request,
            desk,
            talk,
            error=_("Viết vài dòng, nhiều nhất {longest} ký tự.").format(longest=LONGEST),
            draft={what: text},
            status=422,
        )
    try:
        with transaction.atomic():
            if what == "reply":
                desk.reply(officer=request.user, ref=talk.ref, text=text, now=clock.now())
                said = _("Đã gửi. Người báo đọc được bằng mã tra cứu.")
            else:
                said = desk.hand_on(officer=request.user, ref=talk.ref, extract=text, now=clock.now())
    except Refusal as refusal:
        return _page(request, desk, talk, error=str(refusal), draft={what: text}, status=409)
    messages.success(request, said)
    return see_other(reverse("custody_talk", args=[desk.name, talk.ref]))


def _found(request: OpenRequest, name: str, ref: UUID) -> tuple[Desk, Talk]:
    desk = desks().get(name)
    talk = desk.talk(request.user, str(ref), now=clock.now()) if desk else None
    if desk is None or talk is None:
        raise Http404
    return desk, talk


def _row(desk: Desk, talk: Talk) -> dict[str, Any]:
    return {
        "url": reverse("custody_talk", args=[desk.name, talk.ref]), "title": talk.title, "place": talk.place,
        "urgency": talk.urgency, "state": talk.state, "at": talk.at, "waiting": talk.waiting,
    }  # fmt: skip


def _photos(desk: Desk, talk: Talk) -> list[dict[str, Any]]:
    return [
        {"url": reverse("custody_photo", args=[desk.name, talk.ref, f.id]), "at": f.at,
         "alt": _("Ảnh {number} người báo gửi").format(number=number)}
        for number, f in enumerate(desk.files(talk.ref), start=1)
    ]  # fmt: skip


def _page(
    request: OpenRequest,
    desk: Desk,
    talk: Talk,
    *,
    error: str = "",
    draft: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    words: list[Any] = []
    try:
        words = read_talk(desk=desk, talk=talk, officer=request.user, holder=request.holder, pair=request.pair, now=now)
    except Refusal as refusal:
        error, status = error or str(refusal), 403
    at = [desk.name, talk.ref]
    context = {
        "now": now, "desk": _(desk.label), "talk": _row(desk, talk), "words": words, "error": error,
        "draft": draft or {},
        "longest": LONGEST, "list_url": reverse("custody_talks"),
        "photos": _photos(desk, talk) if words else [],
        "reply_url": reverse("custody_reply", args=at) if talk.may_reply and words else "",
        "hand_on_url": reverse("custody_hand_on", args=at) if talk.may_hand_on and words else "",
        "deeds": [_form(deed, at, draft or {}) for deed in _deeds(desk, request, talk)] if words else [],
    }  # fmt: skip
    return render(request, "custody/talk.html", context, status=status)
