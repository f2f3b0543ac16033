"""Disclosure requests: the officer's own ones, and for custodians those that wait."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from binhyen.kit import clock
from binhyen.kit.ids import show_code
from binhyen.kit.security_headers import SANDBOX
from binhyen.kit.text import nfc, squeeze
from binhyen.people.access import may
from binhyen.people.models import Officer
from binhyen.people.roles import May
from binhyen.people.services import Refusal
from binhyen.people.view_auth import confirm_url, confirmed, see_other, step_up
from binhyen.vault import key_wrapping
from binhyen.vault.demo import DEMO_PASSPHRASE
from binhyen.vault.draft_cache import unsent
from binhyen.vault.envelopes import fingerprint
from binhyen.vault.key_session import keys
from binhyen.vault.key_wrapping import WrongPassphrase
from binhyen.vault.models import Opening
from binhyen.vault.pseudonyms import known_as
from binhyen.vault.queries import asked_of, visible_openings
from binhyen.vault.rules import (
    STATE_LABELS,
    WAITING,
    WAITS,
    WHY_LABELS,
    Can,
    State,
    Why,
    approval_problem,
    may_do,
    state_of,
)
from binhyen.vault.services import disclosure, key_holders, sealed_reasons
from binhyen.vault.views.decorators import KeyRequest, OpenRequest, custody, home_url, key_file, opened

_SHOWN = 100
ATTACHED = {"Content-Disposition": 'attachment; filename="ban-goc.bin"', "Content-Security-Policy": SANDBOX}


@custody()
def listed(request: KeyRequest) -> HttpResponse:
    now = clock.now()
    rows = visible_openings(request.user).select_related("requester", "reporter").prefetch_related("approvals")
    context = {
        "now": now,
        "custodian": may(request.user, May.OPEN_IDENTITY),
        "answer_url": reverse("custody_take_answer"),
        "rows": [_row(row, request.user) for row in rows.order_by("-id")[:_SHOWN]],
    }
    return render(request, "custody/openings.html", context)


@custody()
def one(request: KeyRequest, public_id: UUID) -> HttpResponse:
    return _page(request, _found(request.user, public_id))


@sensitive_post_parameters("passphrase")
@sensitive_variables("passphrase")
@custody("POST")
@step_up(once=True)  # type: ignore[arg-type]
def approve(request: KeyRequest, public_id: UUID) -> HttpResponse:
    """Approve; the passphrase is required again, so an unattended screen discloses no identity."""
    row, holder = _found(request.user, public_id), request.holder
    if not may(request.user, May.OPEN_IDENTITY) or holder is None:
        raise Http404
    if wait := keys.wait(holder.pk):
        return _page(request, row, _("Bạn thử quá nhanh. Chờ {seconds} giây rồi thử lại.").format(seconds=wait), 429)
    try:
        pair = key_holders.open_holder(holder, passphrase=request.POST.get("passphrase", ""), file=key_file(request))
        done = disclosure.approve(
            opening_id=str(public_id), officer=request.user, holder=holder, pair=pair, now=clock.now()
        )
    except WrongPassphrase:
        keys.wrong(holder.pk)
        return _page(request, row, _("Cụm mật khẩu hoặc tệp khóa không đúng."), 422)
    except Refusal as refusal:
        return _page(request, row, str(refusal), 409)
    messages.success(
        request, _("Đã mở cho người xin.") if done.opened_at else _("Đã ghi. Cần thêm một người ở ghế khác.")
    )
    return see_other(reverse("custody_opening", args=[public_id]))


@custody("POST")
def refuse(request: KeyRequest, public_id: UUID) -> HttpResponse:
    row = _found(request.user, public_id)
    if not may(request.user, May.OPEN_IDENTITY):
        raise Http404
    text = squeeze(nfc(request.POST.get("text", "")))[:1000]
    try:
        disclosure.refuse(opening_id=str(public_id), officer=request.user, text=text, now=clock.now())
    except Refusal as refusal:
        return _page(request, row, str(refusal), 409)
    messages.success(request, _("Đã ghi: không đồng ý."))
    return see_other(reverse("custody_opening", args=[public_id]))


@opened("POST")
@step_up()  # type: ignore[arg-type]
def original(request: OpenRequest, public_id: UUID) -> HttpResponse:
    """Return an original file as a download: never rendered here, because its content is untrusted."""
    row = _found(request.user, public_id)
    try:
        data = disclosure.read_original(
            opening_id=str(public_id), officer=request.user, holder=request.holder, pair=request.pair, now=clock.now()
        )
    except Refusal as refusal:
        return _page(request, row, str(refusal), 409)
    return HttpResponse(data, content_type="application/octet-stream", headers=ATTACHED)


@opened("POST")
@step_up()  # type: ignore[arg-type]
def read(request: OpenRequest, public_id: UUID) -> HttpResponse:
    """Show the identity once in this response, never under an address of its own."""
    row = _found(request.user, public_id)
    try:
        facts = disclosure.read(
            opening_id=str(public_id), officer=request.user, holder=request.holder, pair=request.pair, now=clock.now()
        )
    except Refusal as refusal:
        return _page(request, row, str(refusal), 409)
    return _page(request, row, facts=facts)


def _found(officer: Officer, public_id: UUID) -> Opening:
    rows = visible_openings(officer).select_related("requester__unit", "reporter", "refused_by", "holder")
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row


def _row(row: Opening, officer: Officer) -> dict[str, Any]:
    state = state_of(asked_of(row), clock.now())
    return {
        "url": reverse("custody_opening", args=[row.public_id]),
        "matter": matter_words(row.subject),
        "pseudonym": known_as(row.reporter, row.subject) if row.reporter else _who_else(row.subject),
        "file": bool(row.file),
        "who": _("Bạn") if row.requester_id == officer.pk else row.requester.name,
        "at": row.asked_at,
        "state": _(STATE_LABELS[state]),
        "carried_at": row.carried_at if row.opened_at is None else None,
        "tone": {State.OPEN: "warn", State.REFUSED: "bad"}.get(state, "plain"),
    }


def _who_else(subject: str) -> str:
    """Describe the source of a file that has no reporter."""
    return _("Không biết tên") if subject.startswith("tip:") else _("Cán bộ đưa lên")


def matter_words(subject: str) -> str:
    kind, _colon, code = subject.partition(":")
    return (
        _("Vụ việc {code}").format(code=show_code(code))
        if kind == "case"
        else _("Tin kín {code}").format(code=code[:8])
    )


_ADDRESSES = {
    Can.APPROVE: "custody_approve",
    Can.REFUSE: "custody_refuse",
    Can.CARRY: "custody_carry",
    Can.READ: "custody_read",
    Can.ORIGINAL: "custody_take_original",
}


def _page(
    request: KeyRequest | OpenRequest,
    row: Opening,
    error: str = "",
    status: int = 200,
    facts: list[disclosure.Fact] | None = None,
) -> HttpResponse:
    now, holder, asked, who = clock.now(), request.holder, asked_of(row), request.user.pk
    seat = holder.seat if holder else None
    said = _said(request, row)
    here = reverse("custody_opening", args=[row.public_id])
    typed = unsent.of(who, here)
    open_url = home_url(here) if not said and holder and holder.wrapped and request.pair is None else ""
    can = may_do(
        asked, officer_id=who, seat=seat, custodian=may(request.user, May.OPEN_IDENTITY), file=bool(row.file), now=now
    )
    context = {
        "now": now, "error": error, "opening": _row(row, request.user), "facts": facts,
        "of_chat": any(fact.of_chat for fact in facts or ()),
        "nameless": bool(facts) and all(fact.of_chat for fact in facts or ()),
        "why": _(WHY_LABELS[Why(row.why)]), "reason": said.reason if said else "",
        "open_url": open_url, "hours": row.hours, "ends_at": row.ends_at,
        "waits_until": row.asked_at + WAITS if state_of(asked, now) in WAITING else None,
        "elsewhere": bool(holder and not holder.wrapped), "unsent": typed.fields.get("text", "") if typed else "",
        "problem": approval_problem(asked, officer_id=who, seat=seat, now=now) if Can.CARRY in can else "",
        "confirm_url": "" if confirmed(request) else confirm_url(here),
        "demo_passphrase": DEMO_PASSPHRASE if settings.DEMO else "",
        "needs_file": bool(holder and key_wrapping.needs_file(holder.wrapped)),
        "urls": {
            "list": reverse("custody_openings"),
            **{one.value: reverse(name, args=[row.public_id]) for one, name in _ADDRESSES.items() if one in can},
        },
        **_people(row, said.refusal if said else ""),
    }  # fmt: skip
    return render(request, "custody/opening.html", context, status=status)


def _said(request: KeyRequest | OpenRequest, row: Opening) -> sealed_reasons.Said | None:
    """Return the request's texts, if the unlocked key opens them."""
    if row.words_lock_id is None:
        return sealed_reasons.Said(row.reason, row.refusal)
    return (
        sealed_reasons.said(row, holder=request.holder, pair=request.pair) if request.holder and request.pair else None
    )


def _people(row: Opening, refusal: str) -> dict[str, Any]:
    """Return the requester, the approving custodians and the refusal."""
    asks = row.requester
    agreed = row.approvals.select_related("officer").order_by("id")
    return {
        "requester": {
            "name": asks.name, "role": asks.role_label, "unit": asks.unit.name,
            "mark": fingerprint(bytes(row.holder.public)),
        },
        "agreed": [{"at": a.at, "who": a.officer.name} for a in agreed],
        "refusal": {"at": row.refused_at, "who": row.refused_by.name, "text": refusal} if row.refused_by else None,
    }  # fmt: skip
