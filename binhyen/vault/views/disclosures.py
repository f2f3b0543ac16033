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
from binhyen.kit.ids import format_code
from binhyen.kit.security_headers import SANDBOX_CSP
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.people.access import officer_may
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import build_confirm_url, is_recently_confirmed, redirect_after_post, require_step_up
from binhyen.vault import key_wrapping
from binhyen.vault.envelopes import get_fingerprint
from binhyen.vault.key_session import drafts, key_sessions
from binhyen.vault.key_wrapping import DEMO_PASSPHRASE, WrongPassphrase
from binhyen.vault.models import DisclosureRequest
from binhyen.vault.pseudonyms import format_pseudonym
from binhyen.vault.queries import get_request_facts, list_visible_requests
from binhyen.vault.rules import (
    PURPOSE_LABELS,
    REQUEST_TTL,
    STATE_LABELS,
    WAITING_STATES,
    DisclosurePurpose,
    DisclosureState,
    RequestAction,
    find_approval_problem,
    get_allowed_actions,
    get_disclosure_state,
)
from binhyen.vault.services import disclosure, key_holders, sealed_reasons
from binhyen.vault.views.decorators import (
    KeyRequest,
    OpenRequest,
    build_unlock_url,
    read_key_file,
    require_key_owner,
    require_unlocked_key,
)

_MAX_ROWS = 100
DOWNLOAD_HEADERS = {"Content-Disposition": 'attachment; filename="ban-goc.bin"', "Content-Security-Policy": SANDBOX_CSP}


@require_key_owner()
def list_requests(request: KeyRequest) -> HttpResponse:
    now = clock.now()
    rows = list_visible_requests(request.user).select_related("requester", "reporter").prefetch_related("approvals")
    context = {
        "now": now,
        "custodian": officer_may(request.user, Permission.OPEN_IDENTITY),
        "answer_url": reverse("custody_take_answer"),
        "rows": [_build_row(row, request.user) for row in rows.order_by("-id")[:_MAX_ROWS]],
    }
    return render(request, "custody/openings.html", context)


@require_key_owner()
def show_request(request: KeyRequest, public_id: UUID) -> HttpResponse:
    return _render_page(request, _get_request(request.user, public_id))


@sensitive_post_parameters("passphrase")
@sensitive_variables("passphrase")
@require_key_owner("POST")
@require_step_up(once=True)  # type: ignore[arg-type]
def approve_request_view(request: KeyRequest, public_id: UUID) -> HttpResponse:
    """Approve; the passphrase is required again, so an unattended screen discloses no identity."""
    row, holder = _get_request(request.user, public_id), request.holder
    if not officer_may(request.user, Permission.OPEN_IDENTITY) or holder is None:
        raise Http404
    if wait := key_sessions.get_retry_delay(holder.pk):
        return _render_page(
            request, row, _("Bạn thử quá nhanh. Chờ {seconds} giây rồi thử lại.").format(seconds=wait), 429
        )
    try:
        pair = key_holders.unlock_holder(
            holder, passphrase=request.POST.get("passphrase", ""), file=read_key_file(request)
        )
        request_row = disclosure.approve_request(
            opening_id=str(public_id), officer=request.user, holder=holder, pair=pair, now=clock.now()
        )
    except WrongPassphrase:
        key_sessions.record_failure(holder.pk)
        return _render_page(request, row, _("Cụm mật khẩu hoặc tệp khóa không đúng."), 422)
    except RuleViolation as refusal:
        return _render_page(request, row, str(refusal), 409)
    messages.success(
        request,
        _("Đã mở cho người xin.") if request_row.opened_at else _("Đã ghi. Cần thêm một người giữ phần khóa khác."),
    )
    return redirect_after_post(reverse("custody_opening", args=[public_id]))


@require_key_owner("POST")
def refuse_request_view(request: KeyRequest, public_id: UUID) -> HttpResponse:
    row = _get_request(request.user, public_id)
    if not officer_may(request.user, Permission.OPEN_IDENTITY):
        raise Http404
    text = collapse_spaces(to_nfc(request.POST.get("text", "")))[:1000]
    try:
        disclosure.refuse_request(opening_id=str(public_id), officer=request.user, text=text, now=clock.now())
    except RuleViolation as refusal:
        return _render_page(request, row, str(refusal), 409)
    messages.success(request, _("Đã ghi: không đồng ý."))
    return redirect_after_post(reverse("custody_opening", args=[public_id]))


@require_unlocked_key("POST")
@require_step_up()  # type: ignore[arg-type]
def download_disclosed_original(request: OpenRequest, public_id: UUID) -> HttpResponse:
    """Return an original file as a download: never rendered here, because its content is untrusted."""
    row = _get_request(request.user, public_id)
    try:
        data = disclosure.read_disclosed_original(
            opening_id=str(public_id), officer=request.user, holder=request.holder, pair=request.pair, now=clock.now()
        )
    except RuleViolation as refusal:
        return _render_page(request, row, str(refusal), 409)
    return HttpResponse(data, content_type="application/octet-stream", headers=DOWNLOAD_HEADERS)


@require_unlocked_key("POST")
@require_step_up()  # type: ignore[arg-type]
def show_identity(request: OpenRequest, public_id: UUID) -> HttpResponse:
    """Show the identity once in this response, never under an address of its own."""
    row = _get_request(request.user, public_id)
    try:
        facts = disclosure.read_identity(
            opening_id=str(public_id), officer=request.user, holder=request.holder, pair=request.pair, now=clock.now()
        )
    except RuleViolation as refusal:
        return _render_page(request, row, str(refusal), 409)
    return _render_page(request, row, facts=facts)


def _get_request(officer: Officer, public_id: UUID) -> DisclosureRequest:
    rows = list_visible_requests(officer).select_related("requester__unit", "reporter", "refused_by", "holder")
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row


def _build_row(row: DisclosureRequest, officer: Officer) -> dict[str, Any]:
    state = get_disclosure_state(get_request_facts(row), clock.now())
    return {
        "url": reverse("custody_opening", args=[row.public_id]),
        "matter": describe_subject(row.subject),
        "pseudonym": format_pseudonym(row.reporter, row.subject) if row.reporter else _describe_source(row.subject),
        "file": bool(row.file),
        "who": _("Bạn") if row.requester_id == officer.pk else row.requester.name,
        "at": row.asked_at,
        "state": _(STATE_LABELS[state]),
        "carried_at": row.carried_at if row.opened_at is None else None,
        "tone": {DisclosureState.OPEN: "warn", DisclosureState.REFUSED: "bad"}.get(state, "plain"),
    }


def _describe_source(subject: str) -> str:
    """Describe the source of a file that has no reporter."""
    return _("Không biết tên") if subject.startswith("tip:") else _("Cán bộ đưa lên")


def describe_subject(subject: str) -> str:
    kind, _colon, code = subject.partition(":")
    return (
        _("Vụ việc {code}").format(code=format_code(code))
        if kind == "case"
        else _("Tin kín {code}").format(code=code[:8])
    )


_ACTION_URLS = {
    RequestAction.APPROVE: "custody_approve",
    RequestAction.REFUSE: "custody_refuse",
    RequestAction.CARRY: "custody_carry",
    RequestAction.READ: "custody_read",
    RequestAction.ORIGINAL: "custody_take_original",
}


def _render_page(
    request: KeyRequest | OpenRequest,
    row: DisclosureRequest,
    error: str = "",
    status: int = 200,
    facts: list[disclosure.Fact] | None = None,
) -> HttpResponse:
    now, holder, request_facts, officer_id = clock.now(), request.holder, get_request_facts(row), request.user.pk
    seat = holder.seat if holder else None
    opened_reason = _open_texts(request, row)
    page_url = reverse("custody_opening", args=[row.public_id])
    draft = drafts.of(officer_id, page_url)
    open_url = (
        build_unlock_url(page_url)
        if not opened_reason and holder and holder.wrapped_key and request.pair is None
        else ""
    )
    allowed = get_allowed_actions(
        request_facts,
        officer_id=officer_id,
        seat=seat,
        custodian=officer_may(request.user, Permission.OPEN_IDENTITY),
        file=bool(row.file),
        now=now,
    )
    context = {
        "now": now,
        "error": error,
        "opening": _build_row(row, request.user),
        "facts": facts,
        "of_chat": any(fact.of_chat for fact in facts or ()),
        "nameless": bool(facts) and all(fact.of_chat for fact in facts or ()),
        "why": _(PURPOSE_LABELS[DisclosurePurpose(row.why)]),
        "reason": opened_reason.reason if opened_reason else "",
        "open_url": open_url,
        "hours": row.hours,
        "ends_at": row.ends_at,
        "waits_until": row.asked_at + REQUEST_TTL
        if get_disclosure_state(request_facts, now) in WAITING_STATES
        else None,
        "elsewhere": bool(holder and not holder.wrapped_key),
        "unsent": draft.fields.get("text", "") if draft else "",
        "problem": find_approval_problem(request_facts, officer_id=officer_id, seat=seat, now=now)
        if RequestAction.CARRY in allowed
        else "",
        "confirm_url": "" if is_recently_confirmed(request) else build_confirm_url(page_url),
        "demo_passphrase": DEMO_PASSPHRASE if settings.DEMO else "",
        "needs_file": bool(holder and key_wrapping.needs_key_file(holder.wrapped_key)),
        "urls": {
            "list": reverse("custody_openings"),
            **{
                action.value: reverse(name, args=[row.public_id])
                for action, name in _ACTION_URLS.items()
                if action in allowed
            },
        },
        **_build_people(row, opened_reason.refusal if opened_reason else ""),
    }
    return render(request, "custody/opening.html", context, status=status)


def _open_texts(request: KeyRequest | OpenRequest, row: DisclosureRequest) -> sealed_reasons.OpenedReason | None:
    """Return the request's texts, if the unlocked key opens them."""
    if row.words_lock_id is None:
        return sealed_reasons.OpenedReason(row.reason, row.refusal)
    return (
        sealed_reasons.open_reason(row, holder=request.holder, pair=request.pair)
        if request.holder and request.pair
        else None
    )


def _build_people(row: DisclosureRequest, refusal: str) -> dict[str, Any]:
    """Return the requester, the approving custodians and the refusal."""
    requester = row.requester
    approvals = row.approvals.select_related("officer").order_by("id")
    return {
        "requester": {
            "name": requester.name,
            "role": requester.role_label,
            "unit": requester.unit.name,
            "mark": get_fingerprint(bytes(row.holder.public)),
        },
        "agreed": [{"at": approval.at, "who": approval.officer.name} for approval in approvals],
        "refusal": {"at": row.refused_at, "who": row.refused_by.name, "text": refusal} if row.refused_by else None,
    }
