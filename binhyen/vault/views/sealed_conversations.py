"""Sealed conversations: listed by the desks, decrypted with the handler's key, answered, passed on as a case."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.kit import clock, file_storage
from binhyen.kit.ids import show_code
from binhyen.kit.security_headers import SANDBOX
from binhyen.kit.text import nfc, squeeze
from binhyen.people.models import Officer
from binhyen.people.roles import LABELS, Role
from binhyen.people.services import Refusal
from binhyen.people.view_auth import CONFIRM_URL, has_passkey, see_other, step_up, to_passkey
from binhyen.ui.label_cache import spoken
from binhyen.ui.stored_text_i18n import title
from binhyen.vault.draft_cache import unsent
from binhyen.vault.queries import groups_of
from binhyen.vault.rules import REASON, WHY_LABELS, may_hold
from binhyen.vault.sealed_desks import Deed, SealedDesk, Talk, desks
from binhyen.vault.services.decrypt import opens, read_file, read_original, read_talk
from binhyen.vault.views.decorators import KeyRequest, OpenRequest, handling, opened
from binhyen.vault.views.original_requests import ask_for, asking, named

LONGEST = 4000
CASES = "/vu-viec"  # addresses of another process: `reverse` does not know them here
_PASSKEY = f"{CONFIRM_URL}?khoa=1&next=/giu-kin/tin"
_INLINE = {"Content-Disposition": 'inline; filename="anh.jpg"', "Content-Security-Policy": SANDBOX}
_ATTACHED = {"Content-Disposition": 'attachment; filename="ban-goc.bin"', "Content-Security-Policy": SANDBOX}


@handling()
def listed(request: KeyRequest) -> HttpResponse:
    """List the officer's desks, or one of them page by page.

    A desk that requires a passkey does not even show the number of its conversations without one.
    """
    mine = [desk for desk in desks().values() if desk.serves(request.user)]
    chosen = [desk for desk in mine if desk.name == request.GET.get("ban")] or mine
    all_url = reverse("custody_talks") if len(chosen) < len(mine) else ""
    # desks with rows first
    tables = sorted([_table(request, desk) for desk in chosen], key=lambda table: table.get("rows") == [])
    known = {"now": clock.now(), "desks": tables, "all_url": all_url, "away": request.pair is None}
    return render(request, "custody/talks.html", known)


def _table(request: KeyRequest, desk: SealedDesk) -> dict[str, Any]:
    if _needs_passkey(desk, request):
        return {"label": _(desk.label), "passkey_url": _PASSKEY}
    over, cursor = desk.ends and "xong" in request.GET, request.GET.get("sau", "")
    page = desk.talks(request.user, over=over, cursor=cursor, now=clock.now())
    holds = _holds(request, desk)
    first = f"{reverse('custody_talks')}?ban={desk.name}"
    mine = f"{first}&xong=1" if over else first
    return {
        "label": _(desk.label), "notice": desk.notice(request.user),
        "rows": [_row(desk, talk) | ({} if holds else {"url": ""}) for talk in page.rows],
        "keyless": "" if holds or not page.rows else _keyless(desk, request.user),
        "tabs": [
            {"label": _("Đang mở"), "url": first, "current": not over},
            {"label": _("Đã xong"), "url": f"{first}&xong=1", "current": over},
        ] if desk.ends else [],
        "pager": {
            "first_url": mine if cursor else "", "next_url": f"{mine}&sau={page.next}" if page.next else "",
        },
    }  # fmt: skip


def _keyless(desk: SealedDesk, officer: Officer) -> str:
    """Name the key holders to an officer that sees conversations but has no share of their key."""
    if may_hold(desk.group, officer.role):
        return _("Bạn chưa được trao khóa của bàn này. Nhờ người cùng việc trao ở trang Giữ kín.")
    who = ", ".join(_(LABELS[role]) for role in Role if may_hold(desk.group, role))
    return _("Bạn chỉ thấy có tin, không mở được. Người giữ khóa: {who}.").format(who=who)


def _needs_passkey(desk: SealedDesk, request: KeyRequest) -> bool:
    return desk.passkey and not has_passkey(request)


def _holds(request: KeyRequest, desk: SealedDesk) -> bool:
    return request.holder is not None and desk.group in groups_of(request.holder)


def talk_view(*methods: str, gate: Any = opened) -> Callable[[Callable[..., HttpResponse]], Callable[..., Any]]:
    """Load a conversation that the officer may see, with their key unlocked (or as `gate` requires).

    A desk may require a passkey.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., Any]:
        @wraps(view)
        def answer(request: KeyRequest, /, desk: str, ref: UUID, **kwargs: Any) -> HttpResponse:
            found = desks().get(desk)
            if found is not None and found.serves(request.user) and _needs_passkey(found, request):
                return to_passkey(request)
            talk = found.talk(request.user, str(ref), now=clock.now()) if found else None
            if found is None or talk is None:
                raise Http404
            return view(request, found, talk, **kwargs)

        return cast("Callable[..., Any]", gate(*methods)(answer))

    return decorate


@talk_view(gate=handling)
def one(request: KeyRequest, desk: SealedDesk, talk: Talk) -> HttpResponse:
    return _page(request, desk, talk, draft=unsent.draft(request.user.pk, request.path))


@talk_view()
def photo(request: OpenRequest, desk: SealedDesk, talk: Talk, file: UUID) -> HttpResponse:
    """Return the preview without metadata, never the original."""
    try:
        data = _file(request, desk, talk, file, read_file)
    except Refusal:
        raise Http404 from None
    return HttpResponse(data, content_type="image/jpeg", headers=_INLINE)


@talk_view("POST")
@step_up()  # type: ignore[arg-type]
def original(request: OpenRequest, desk: SealedDesk, talk: Talk, file: UUID) -> HttpResponse:
    """Return an original file as a download, for a stored reason; only where its desk requires a passkey."""
    if not desk.passkey:
        raise Http404
    typed = {name: squeeze(nfc(request.POST.get(name, "")))[:LONGEST] for name in ("why", "reason")}
    try:
        data = _file(request, desk, talk, file, partial(read_original, why=typed["why"], reason=typed["reason"]))
    except Refusal as refusal:
        return _page(request, desk, talk, error=str(refusal), draft={"saves": "1", **typed}, status=422)
    return HttpResponse(data, content_type="application/octet-stream", headers=_ATTACHED)


@talk_view("POST")
def ask_original(request: OpenRequest, desk: SealedDesk, talk: Talk) -> HttpResponse:
    """Request an original from two custodians; only for an officer whose key reads the conversation."""
    if not opens(desk=desk, talk=talk, holder=request.holder, pair=request.pair):
        raise Http404
    try:
        ask_for(
            officer=request.user, holder=request.holder, pair=request.pair, desk=desk, talk=talk, form=request.POST,
            now=clock.now(),
        )  # fmt: skip
    except Refusal as refusal:
        typed = {name: request.POST.get(name, "")[:LONGEST] for name in ("file", "why", "reason", "hours")}
        return _page(request, desk, talk, error=str(refusal), draft=typed, status=422)
    messages.success(request, _("Đã gửi. Khi hai người giữ danh tính đồng ý, bạn tải ở trang Các yêu cầu."))
    return see_other(reverse("custody_talk", args=[desk.name, talk.ref]))


def _file(request: OpenRequest, desk: SealedDesk, talk: Talk, file: UUID, read: Callable[..., bytes | None]) -> bytes:
    try:
        data = read(
            desk=desk, talk=talk, file=str(file), officer=request.user, holder=request.holder, pair=request.pair,
            now=clock.now(),
        )  # fmt: skip
    except FileNotFoundError:
        raise Http404 from None
    if data is None:
        raise Http404
    return data


@talk_view("POST", gate=handling)
def reply(request: KeyRequest, desk: SealedDesk, talk: Talk) -> HttpResponse:
    return _say(request, desk, talk, "reply")


@talk_view("POST", gate=handling)
def hand_on(request: KeyRequest, desk: SealedDesk, talk: Talk) -> HttpResponse:
    return _say(request, desk, talk, "hand_on")


@talk_view("POST", gate=handling)
def do(request: KeyRequest, desk: SealedDesk, talk: Talk, deed: str) -> HttpResponse:
    """Run an action of the desk. It may move the conversation out of the officer's sight."""
    offered = next((d for d in desk.deeds(request.user, talk.ref) if d.name == deed), None)
    if offered is None:
        raise Http404
    data = {field.name: nfc(request.POST.get(field.name, "")).strip()[:LONGEST] for field in offered.fields}
    try:
        with transaction.atomic():
            said = desk.do(officer=request.user, ref=talk.ref, deed=deed, data=data, now=clock.now())
    except Refusal as refusal:
        return _page(request, desk, talk, error=str(refusal), draft=data | {"deed": deed}, status=409)
    messages.success(request, said)
    still = desk.talk(request.user, talk.ref, now=clock.now())
    return see_other(reverse("custody_talk", args=[desk.name, talk.ref]) if still else reverse("custody_talks"))


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


def _say(request: KeyRequest, desk: SealedDesk, talk: Talk, what: str) -> HttpResponse:
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
                said = f"{_('Đã gửi.')} {talk.reads}".strip()
            else:
                again = request.POST.get("again") == "1"
                said = desk.hand_on(officer=request.user, ref=talk.ref, extract=text, again=again, now=clock.now())
    except Refusal as refusal:
        return _page(request, desk, talk, error=str(refusal), draft={what: text}, status=409)
    messages.success(request, said)
    return see_other(reverse("custody_talk", args=[desk.name, talk.ref]))


def _row(desk: SealedDesk, talk: Talk) -> dict[str, Any]:
    """Build a list row.

    `number` tells rows with the same title apart; report text appears only where reads are audited.
    """
    return {
        "number": talk.ref[-4:].upper(),
        "url": reverse("custody_talk", args=[desk.name, talk.ref]), "title": title(talk.title), "place": talk.place,
        "urgency": talk.urgency, "state": talk.state, "at": talk.at, "waiting": talk.waiting,
        "rings": talk.rings, "handed_on_at": talk.handed_on_at,
        "reads": talk.reads, "case_code": show_code(talk.case_code) if talk.case_code else "",
        "case_url": f"{CASES}/{show_code(talk.case_code)}" if talk.case_code else "",
    }  # fmt: skip


def _photos(desk: SealedDesk, talk: Talk) -> list[dict[str, Any]]:
    """Return pictures, and other files, which are offered as original downloads only."""
    return [
        {"url": reverse("custody_photo", args=[desk.name, talk.ref, f.id]) if f.path else "", "at": f.at,
         "lost": not file_storage.is_there(f.path),
         "alt": _("Ảnh {number} người báo gửi").format(number=number), "name": named(number, f), "raw": bool(f.label),
         "original_url": (
             reverse("custody_original", args=[desk.name, talk.ref, f.id])
             if desk.passkey and f.original and not f.original_lock else ""
         )}
        for number, f in enumerate(desk.files(talk.ref), start=1)
    ]  # fmt: skip


def _page(
    request: KeyRequest | OpenRequest, desk: SealedDesk, talk: Talk, *, error: str = "",
    draft: dict[str, str] | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    now, words, who = clock.now(), [], request.user
    away = request.pair is None and _holds(request, desk)  # with a key on the isolated machine, reading happens there
    try:
        if request.holder and request.pair:
            words = read_talk(desk=desk, talk=talk, officer=who, holder=request.holder, pair=request.pair, now=now)
        elif not away:
            raise Refusal(_keyless(desk, who))
    except Refusal as refusal:
        error, status = error or str(refusal), 403
    at, acts = [desk.name, talk.ref], bool(words) or away
    pictures = _photos(desk, talk) if words else []
    forms = [_form(deed, at, draft or {}) for deed in desk.deeds(who, talk.ref)] if acts else []
    context = {
        "now": now, "desk": _(desk.label), "talk": _row(desk, talk), "words": words, "error": error,
        "draft": draft or {},
        "longest": LONGEST, "list_url": reverse("custody_talks"),
        "asking": asking(who, desk, talk, draft or {}, now=now) if words else {},
        "carry_url": reverse("custody_carry_talk", args=at) if away else "",
        "photos": [p for p in pictures if p["url"]], "originals": [p for p in pictures if p["original_url"]],
        "raw": any(p["raw"] for p in pictures), "shortest": REASON[0], "longest_reason": REASON[1],
        "whys": [{"value": w.value, "label": label} for w, label in spoken(WHY_LABELS).items()],
        "reply_url": reverse("custody_reply", args=at) if talk.may_reply and acts else "",
        "hand_on_url": reverse("custody_hand_on", args=at) if talk.may_hand_on and acts else "",
        "looks": desk.looks(talk.ref) if acts else (),
        "quick": [form for form in forms if not form["fields"]], "deeds": [form for form in forms if form["fields"]],
    }  # fmt: skip
    return render(request, "custody/talk.html", context, status=status)
