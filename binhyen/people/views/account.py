"""Own account: second factors, recovery codes, sessions, password, and step-up confirmation."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from binhyen.kit import clock
from binhyen.people.access import officer_may
from binhyen.people.auth_policy import FACTOR_LABELS, Factor, get_session_policy
from binhyen.people.queries import get_usable_factors, list_factors, list_sessions
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, change_password, end_own_session, store_confirmation
from binhyen.people.services.factors import remove_factor, replace_recovery_codes, reveal_recovery_codes
from binhyen.people.view_auth import (
    CONFIRM_URL,
    OfficerRequest,
    redirect_after_post,
    require_sign_in,
    require_step_up,
    warn_not_done,
)
from binhyen.people.views.add_factor import ACCOUNT_URL, CODES_URL, MORE_URL
from binhyen.people.views.sign_in_flow import (
    ON_SEPARATOR,
    UNKNOWN,
    build_factor_context,
    get_requested_target,
    verify_posted_factor,
)

_URLS = {
    "more": MORE_URL,
    "codes": CODES_URL,
    "remove": "/bao-mat/bo",
    "password": "/bao-mat/mat-khau",
    "end": "/bao-mat/ket-thuc-phien",
}


@require_sign_in()
def show_own_account(request: OfficerRequest) -> HttpResponse:
    """Show «Bảo mật tài khoản»."""
    now = clock.now()
    rows = list_factors(request.user)
    takes_spare = Factor.RECOVERY in get_session_policy(request.user.role).factors
    context = {
        "now": now,
        "urls": _URLS,
        "bell_url": "/chuong" if officer_may(request.user, Permission.WORK_CASES) else "",
        "factors": [_describe_factor(row) for row in rows if row.type != Factor.RECOVERY],
        "spare": any(row.type == Factor.RECOVERY for row in rows),
        "spare_possible": takes_spare and Factor.TOTP in get_usable_factors(request.user),
        "username": request.user.username,
        "sessions": [
            {
                "id": session.public_id,
                "browser": _translate_browser(session.browser),
                "since": session.started_at,
                "own": session.pk == request.sign_in.pk,
                "locked": session.idle_at <= now,
            }
            for session in list_sessions(request.user, now)
        ],
    }
    return render(request, "account/account.html", context)


def _describe_factor(row: Any) -> dict[str, Any]:
    return {
        "id": row.data["id"],
        "label": _(FACTOR_LABELS[Factor(row.type)]),
        "name": row.data.get("name", ""),
        "added": row.created_at,
        "used": row.last_used_at,
    }


@require_sign_in(methods=("POST",))
@require_step_up()
def remove_own_factor(request: OfficerRequest) -> HttpResponse:
    try:
        remove_factor(
            officer=request.user,
            factor_id=request.POST.get("id", ""),
            now=clock.now(),
            keep_session=request.session.session_key or "",
        )
        messages.success(request, _("Đã bỏ. Các máy khác đang mở bằng tài khoản này đã bị thoát."))
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    return redirect_after_post(ACCOUNT_URL)


@require_sign_in(methods=("GET", "HEAD", "POST"))
@require_step_up()
def show_recovery_codes(request: OfficerRequest) -> HttpResponse:
    """Create new codes on POST; show them on GET, the first time only."""
    if request.method == "POST":
        try:
            replace_recovery_codes(
                officer=request.user, keep_session=request.session.session_key or "", now=clock.now()
            )
        except RuleViolation as refusal:
            messages.error(request, str(refusal))
            return redirect_after_post(ACCOUNT_URL)
        return redirect_after_post(CODES_URL)
    codes = reveal_recovery_codes(officer=request.user) if request.method == "GET" else []
    shown = [f"{code[:5]} {code[5:]}" for code in codes]
    back_url = get_requested_target(request) if "next" in request.GET else ACCOUNT_URL
    return render(request, "account/codes.html", {"codes": shown, "back_url": back_url})


@require_sign_in(methods=("POST",))
@require_step_up()
@sensitive_post_parameters("old", "new")
def change_own_password(request: OfficerRequest) -> HttpResponse:
    try:
        change_password(
            officer_id=request.user.pk,
            old=request.POST.get("old", "")[:200],
            new=request.POST.get("new", "")[:200],
            keep_session=request.session.session_key or "",
            now=clock.now(),
        )
        messages.success(request, _("Đã đổi mật khẩu. Các máy khác đã bị thoát."))
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
    return redirect_after_post(ACCOUNT_URL)


@require_sign_in(methods=("POST",))
def end_other_session(request: OfficerRequest) -> HttpResponse:
    try:
        ended = end_own_session(officer=request.user, public_id=UUID(request.POST.get("id", "")), now=clock.now())
    except ValueError:
        ended = False
    messages.success(request, _("Đã thoát máy đó.") if ended else _("Máy đó đã thoát từ trước."))
    return redirect_after_post(ACCOUNT_URL)


@require_sign_in()
def keep_awake(request: OfficerRequest) -> HttpResponse:
    """Keep the session awake while a person writes: the page calls this now and then, and the screen does not lock."""
    return HttpResponse(status=204)


@require_sign_in(methods=("GET", "HEAD", "POST"))
@sensitive_post_parameters("code", "credential")
def confirm_second_factor(request: OfficerRequest) -> HttpResponse:
    """Ask for the second factor again. The session continues under a new id."""
    factors, passkey_only = get_usable_factors(request.user), bool(request.POST.get("khoa") or request.GET.get("khoa"))
    factors = factors & {Factor.PASSKEY} if passkey_only else factors
    error = ""
    if request.method == "POST":
        result = verify_posted_factor(request, request.user)
        if isinstance(result, Factor) and result in factors:
            return _finish_confirmation(request, result)
        error = str(result) if not isinstance(result, Factor) else _("Việc này cần khóa bảo mật.")
    context = {
        "error": error,
        "action_url": CONFIRM_URL,
        "next": get_requested_target(request),
        "insist": passkey_only,
        "more_url": MORE_URL,
        "again": bool(request.POST.get("lai") or request.GET.get("lai")),
        **build_factor_context(request, request.user, factors),
    }
    return render(request, "account/confirm.html", context, status=422 if error else 200)


def _finish_confirmation(request: OfficerRequest, how: Factor) -> HttpResponse:
    request.session.cycle_key()
    store_confirmation(
        sign_in=request.sign_in, session_key=request.session.session_key or "", how=how.value, now=clock.now()
    )
    if request.POST.get("lai"):
        warn_not_done(request)
    return redirect_after_post(get_requested_target(request))


def _translate_browser(stored: str) -> str:
    """Translate the stored browser name; it is stored in Vietnamese."""
    name, on, system = stored.partition(ON_SEPARATOR)
    return f"{name}{_(ON_SEPARATOR)}{system}" if on else _(stored or UNKNOWN)
