"""Enrolment of second factors: the first one with an activation code, further ones from the own account."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.people import pending_sign_in
from binhyen.people.auth_policy import Factor, accepted
from binhyen.people.factors import passkeys, secret_encryption, totp
from binhyen.people.models import Officer
from binhyen.people.queries import held, usable_factors
from binhyen.people.services import Refusal, TooEarly
from binhyen.people.services.activation import activate, check_code
from binhyen.people.services.factors import add_passkey, add_totp
from binhyen.people.view_auth import OfficerRequest, see_other, signed_in, step_up
from binhyen.people.views.sign_in import ACTIVATE_URL
from binhyen.people.views.sign_in_flow import enter

FIRST_URL, MORE_URL, CODES_URL, ACCOUNT_URL = "/dang-nhap/them", "/bao-mat/them", "/bao-mat/ma-du-phong", "/bao-mat"
_SECRET, _STATE = "totp_secret", "adding_state"
_WRONG = N_("Mã kích hoạt không đúng hoặc đã hết hạn.")


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("activation", "password")
def activation(request: HttpRequest) -> HttpResponse:
    """Check the activation code, and set an own password in place of a temporary one."""
    waiting = pending_sign_in.read(request)
    if waiting is None or usable_factors(waiting[1]):
        return see_other(settings.LOGIN_URL)
    kept, officer = waiting
    if kept.activation:
        return see_other(FIRST_URL)
    errors = _activated(request, kept, officer) if request.method == "POST" else []
    if request.method == "POST" and not errors:
        return see_other(FIRST_URL)
    context = {
        "errors": errors, "action_url": ACTIVATE_URL, "name": officer.name, "new_password": officer.password_given,
        "typed": request.POST.get("activation", "")[:40],
    }  # fmt: skip
    return render(request, "account/activation.html", context, status=422 if errors else 200)


def _activated(request: HttpRequest, kept: pending_sign_in.Pending, officer: Officer) -> list[str]:
    """Return the error texts; empty when the code was correct."""
    found = check_code(officer=officer, typed=request.POST.get("activation", ""), now=clock.now())
    if isinstance(found, TooEarly):
        return [_("Bạn thử quá nhanh. Chờ {seconds} giây rồi thử lại.").format(seconds=found.seconds)]
    if found is None:
        return [_(_WRONG)]
    if officer.password_given:
        try:
            activate(officer=officer, new=request.POST.get("password", "")[:200], now=clock.now())
        except ValidationError as problem:
            return list(problem.messages)
        except Refusal as refusal:
            return [str(refusal)]
    pending_sign_in.activated(request, kept, officer, found)
    return []


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code", "credential")
def first(request: HttpRequest) -> HttpResponse:
    """Enrol the first second factor, then sign in."""
    waiting = pending_sign_in.read(request)
    if waiting is None or not waiting[0].activation:
        return see_other(settings.LOGIN_URL)
    kept, officer = waiting
    if request.method != "POST":
        return _page(request, officer, FIRST_URL, "")
    try:
        added = _add(request, officer, activation=kept.activation)
    except Refusal as refusal:
        return _page(request, officer, FIRST_URL, str(refusal))
    officer.refresh_from_db()
    return enter(request, officer, added, see_other(CODES_URL if added is Factor.TOTP else kept.target))


@signed_in(methods=("GET", "HEAD", "POST"))
@step_up()
@sensitive_post_parameters("code", "credential")
def more(request: OfficerRequest) -> HttpResponse:
    """Enrol one more factor from the own account."""
    if request.method != "POST":
        return _page(request, request.user, MORE_URL, "")
    try:
        added = _add(request, request.user, keep_session=request.session.session_key or "")
    except Refusal as refusal:
        return _page(request, request.user, MORE_URL, str(refusal))
    return see_other(CODES_URL if added is Factor.TOTP else ACCOUNT_URL)


def _add(request: HttpRequest, officer: Officer, **more: Any) -> Factor:
    """Add the posted factor. Raises `Refusal`."""
    answer = request.POST.get("credential", "")
    if answer:
        state = request.session.pop(_STATE, {})
        name = request.POST.get("name", "")
        add_passkey(officer=officer, state=state, answer=answer[:20_000], name=name, now=clock.now(), **more)
        return Factor.PASSKEY
    secret = _secret_of(request, officer)
    if not secret:
        raise Refusal(_("Trang đã cũ. Quét lại hình dưới đây rồi nhập mã mới."))
    add_totp(officer=officer, secret=secret, code=request.POST.get("code", "")[:20], now=clock.now(), **more)
    request.session.pop(_SECRET, None)
    return Factor.TOTP


def _page(request: HttpRequest, officer: Officer, url: str, error: str) -> HttpResponse:
    kinds = accepted(officer.role, demo=settings.DEMO)
    keys = [row.data["credential"] for row in held(officer) if row.type == Factor.PASSKEY]
    challenge = passkeys.begin_adding(owner=officer.public_id.hex, name=officer.username, held=keys)
    request.session[_STATE] = challenge.state
    context: dict[str, Any] = {
        "error": error, "action_url": url, "passkey": challenge.options, "insist": Factor.TOTP not in kinds,
        "back_url": ACCOUNT_URL if url == MORE_URL else "",
    }  # fmt: skip
    if Factor.TOTP in kinds:
        secret = _secret(request, officer)
        text = totp.address(secret, name=officer.username)
        parts = [secret[i : i + 4] for i in range(0, len(secret), 4)]
        context |= {"totp": True, "qr": totp.picture(text), "secret": " ".join(parts)}
    return render(request, "account/adding.html", context, status=422 if error else 200)


def _secret(request: HttpRequest, officer: Officer) -> str:
    """Return the secret being enrolled, stable across reloads; the session row holds it encrypted."""
    if kept := _secret_of(request, officer):
        return kept
    secret = totp.new_secret()
    request.session[_SECRET] = secret_encryption.seal(secret_encryption.bind(officer.public_id, secret))
    return secret


def _secret_of(request: HttpRequest, officer: Officer) -> str:
    try:
        return secret_encryption.unbind(officer.public_id, secret_encryption.open_(request.session.get(_SECRET, "")))
    except secret_encryption.Unreadable:
        return ""
