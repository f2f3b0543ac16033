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
from binhyen.people.auth_policy import FACTOR_LABELS, Factor, terms
from binhyen.people.queries import held, sessions_of, usable_factors
from binhyen.people.services import Refusal, change_password, confirm, end_one
from binhyen.people.services.factors import new_spare_codes, remove_factor, show_spare_codes
from binhyen.people.user_agents import ON, UNKNOWN
from binhyen.people.view_auth import CONFIRM_URL, OfficerRequest, not_done, see_other, signed_in, step_up
from binhyen.people.views.add_factor import ACCOUNT_URL, CODES_URL, MORE_URL
from binhyen.people.views.sign_in_flow import proved, second_step, wanted

_URLS = {
    "more": MORE_URL, "codes": CODES_URL, "remove": "/bao-mat/bo", "password": "/bao-mat/mat-khau",
    "end": "/bao-mat/ket-thuc-phien",
}  # fmt: skip


@signed_in()
def account(request: OfficerRequest) -> HttpResponse:
    """Show «Bảo mật tài khoản»."""
    now = clock.now()
    rows = held(request.user)
    takes_spare = Factor.RECOVERY in terms(request.user.role).factors
    context = {
        "now": now, "urls": _URLS, "factors": [_factor(row) for row in rows if row.type != Factor.RECOVERY],
        "spare": any(row.type == Factor.RECOVERY for row in rows),
        "spare_possible": takes_spare and Factor.TOTP in usable_factors(request.user),
        "username": request.user.username,
        "sessions": [
            {
                "id": one.public_id, "browser": _browser(one.browser), "since": one.started_at,
                "own": one.pk == request.sign_in.pk, "locked": one.idle_at <= now,
            }
            for one in sessions_of(request.user, now)
        ],
    }  # fmt: skip
    return render(request, "account/account.html", context)


def _factor(row: Any) -> dict[str, Any]:
    return {
        "id": row.data["id"], "label": _(FACTOR_LABELS[Factor(row.type)]), "name": row.data.get("name", ""),
        "added": row.created_at, "used": row.last_used_at,
    }  # fmt: skip


@signed_in(methods=("POST",))
@step_up()
def remove(request: OfficerRequest) -> HttpResponse:
    try:
        remove_factor(
            officer=request.user, factor_id=request.POST.get("id", ""), now=clock.now(),
            keep_session=request.session.session_key or "",
        )  # fmt: skip
        messages.success(request, _("Đã bỏ. Các máy khác đang mở bằng tài khoản này đã bị thoát."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return see_other(ACCOUNT_URL)


@signed_in(methods=("GET", "HEAD", "POST"))
@step_up()
def spare_codes(request: OfficerRequest) -> HttpResponse:
    """Create new codes on POST; show them on GET, the first time only."""
    if request.method == "POST":
        try:
            new_spare_codes(officer=request.user, keep_session=request.session.session_key or "", now=clock.now())
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return see_other(ACCOUNT_URL)
        return see_other(CODES_URL)
    codes = show_spare_codes(officer=request.user) if request.method == "GET" else []
    shown = [f"{code[:5]} {code[5:]}" for code in codes]
    return render(request, "account/codes.html", {"codes": shown, "back_url": ACCOUNT_URL})


@signed_in(methods=("POST",))
@step_up()
@sensitive_post_parameters("old", "new")
def password(request: OfficerRequest) -> HttpResponse:
    try:
        change_password(
            officer_id=request.user.pk, old=request.POST.get("old", "")[:200], new=request.POST.get("new", "")[:200],
            keep_session=request.session.session_key or "", now=clock.now(),
        )  # fmt: skip
        messages.success(request, _("Đã đổi mật khẩu. Các máy khác đã bị thoát."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
    return see_other(ACCOUNT_URL)


@signed_in(methods=("POST",))
def end_session(request: OfficerRequest) -> HttpResponse:
    try:
        ended = end_one(officer=request.user, public_id=UUID(request.POST.get("id", "")), now=clock.now())
    except ValueError:
        ended = False
    messages.success(request, _("Đã thoát máy đó.") if ended else _("Máy đó đã thoát từ trước."))
    return see_other(ACCOUNT_URL)


@signed_in()
def awake(request: OfficerRequest) -> HttpResponse:
    """Keep the session awake while a person writes: the page calls this now and then, and the screen does not lock."""
    return HttpResponse(status=204)


@signed_in(methods=("GET", "HEAD", "POST"))
@sensitive_post_parameters("code", "credential")
def confirmation(request: OfficerRequest) -> HttpResponse:
    """Ask for the second factor again. The session continues under a new id."""
    factors, insist = usable_factors(request.user), bool(request.POST.get("khoa") or request.GET.get("khoa"))
    factors = factors & {Factor.PASSKEY} if insist else factors
    error = ""
    if request.method == "POST":
        done = proved(request, request.user)
        if isinstance(done, Factor) and done in factors:
            return _confirmed(request, done)
        error = str(done) if not isinstance(done, Factor) else _("Việc này cần khóa bảo mật.")
    context = {
        "error": error, "action_url": CONFIRM_URL, "next": wanted(request), "insist": insist, "more_url": MORE_URL,
        "again": bool(request.POST.get("lai") or request.GET.get("lai")),
        **second_step(request, request.user, factors),
    }  # fmt: skip
    return render(request, "account/confirm.html", context, status=422 if error else 200)


def _confirmed(request: OfficerRequest, how: Factor) -> HttpResponse:
    request.session.cycle_key()
    confirm(sign_in=request.sign_in, session_key=request.session.session_key or "", how=how.value, now=clock.now())
    if request.POST.get("lai"):
        not_done(request)
    return see_other(wanted(request))


def _browser(told: str) -> str:
    """Translate the stored browser name; it is stored in Vietnamese."""
    name, on, system = told.partition(ON)
    return f"{name}{_(ON)}{system}" if on else _(told or UNKNOWN)
