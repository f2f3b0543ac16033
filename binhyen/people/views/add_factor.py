"""Enrolment of second factors: the first one with an activation code, further ones from the own account."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.people.auth_policy import Factor, get_accepted_factors
from binhyen.people.factors import passkeys, secret_encryption, totp
from binhyen.people.models import Officer
from binhyen.people.queries import get_usable_factors, list_factors
from binhyen.people.services import RetryLater, RuleViolation
from binhyen.people.services.activation import check_activation_code, replace_temporary_password
from binhyen.people.services.factors import add_passkey, add_totp
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_sign_in, require_step_up
from binhyen.people.views import sign_in_flow
from binhyen.people.views.sign_in import ACTIVATE_URL
from binhyen.people.views.sign_in_flow import finish_sign_in

FIRST_URL, MORE_URL, CODES_URL, ACCOUNT_URL = "/dang-nhap/them", "/bao-mat/them", "/bao-mat/ma-du-phong", "/bao-mat"
_SECRET, _STATE = "totp_secret", "adding_state"
_WRONG = N_("Mã kích hoạt không đúng hoặc đã hết hạn.")


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("activation", "password")
def activate_account(request: HttpRequest) -> HttpResponse:
    """Check the activation code, and set an own password in place of a temporary one."""
    pending_pair = sign_in_flow.read_pending_sign_in(request)
    if pending_pair is None or get_usable_factors(pending_pair[1]):
        return redirect_after_post(settings.LOGIN_URL)
    pending_state, officer = pending_pair
    if pending_state.activation:
        return redirect_after_post(FIRST_URL)
    errors = _check_activation(request, pending_state, officer) if request.method == "POST" else []
    if request.method == "POST" and not errors:
        return redirect_after_post(FIRST_URL)
    context = {
        "errors": errors,
        "action_url": ACTIVATE_URL,
        "name": officer.name,
        "new_password": officer.password_is_temporary,
        "typed": request.POST.get("activation", "")[:40],
    }
    return render(request, "account/activation.html", context, status=422 if errors else 200)


def _check_activation(request: HttpRequest, pending_state: sign_in_flow.PendingSignIn, officer: Officer) -> list[str]:
    """Return the error texts; empty when the code was correct."""
    activation_id = check_activation_code(
        officer=officer, typed_code=request.POST.get("activation", ""), now=clock.now()
    )
    if isinstance(activation_id, RetryLater):
        return [_("Bạn thử quá nhanh. Chờ {seconds} giây rồi thử lại.").format(seconds=activation_id.seconds)]
    if activation_id is None:
        return [_(_WRONG)]
    if officer.password_is_temporary:
        try:
            replace_temporary_password(officer=officer, new=request.POST.get("password", "")[:200], now=clock.now())
        except ValidationError as problem:
            return list(problem.messages)
        except RuleViolation as refusal:
            return [str(refusal)]
    sign_in_flow.mark_activated(request, pending_state, officer, activation_id)
    return []


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code", "credential")
def enrol_first_factor(request: HttpRequest) -> HttpResponse:
    """Enrol the first second factor, then sign in."""
    pending_pair = sign_in_flow.read_pending_sign_in(request)
    if pending_pair is None or not pending_pair[0].activation:
        return redirect_after_post(settings.LOGIN_URL)
    pending_state, officer = pending_pair
    if request.method != "POST":
        return _render_enrolment(request, officer, FIRST_URL, "")
    try:
        added = _add_posted_factor(request, officer, activation=pending_state.activation)
    except RuleViolation as refusal:
        return _render_enrolment(request, officer, FIRST_URL, str(refusal))
    officer.refresh_from_db()
    codes_url = f"{CODES_URL}?{urlencode({'next': pending_state.target})}"
    return finish_sign_in(
        request, officer, added, redirect_after_post(codes_url if added is Factor.TOTP else pending_state.target)
    )


@require_sign_in(methods=("GET", "HEAD", "POST"))
@require_step_up()
@sensitive_post_parameters("code", "credential")
def enrol_factor(request: OfficerRequest) -> HttpResponse:
    """Enrol one more factor from the own account."""
    if request.method != "POST":
        return _render_enrolment(request, request.user, MORE_URL, "")
    try:
        added = _add_posted_factor(request, request.user, keep_session=request.session.session_key or "")
    except RuleViolation as refusal:
        return _render_enrolment(request, request.user, MORE_URL, str(refusal))
    return redirect_after_post(CODES_URL if added is Factor.TOTP else ACCOUNT_URL)


def _add_posted_factor(request: HttpRequest, officer: Officer, **options: Any) -> Factor:
    """Add the posted factor. Raises `Refusal`."""
    answer = request.POST.get("credential", "")
    if answer:
        state = request.session.pop(_STATE, {})
        name = request.POST.get("name", "")
        add_passkey(officer=officer, state=state, answer=answer[:20_000], name=name, now=clock.now(), **options)
        return Factor.PASSKEY
    secret = _get_secret(request, officer)
    if not secret:
        raise RuleViolation(_("Trang đã cũ. Quét lại hình dưới đây rồi nhập mã mới."))
    add_totp(officer=officer, secret=secret, code=request.POST.get("code", "")[:20], now=clock.now(), **options)
    request.session.pop(_SECRET, None)
    return Factor.TOTP


def _render_enrolment(request: HttpRequest, officer: Officer, url: str, error: str) -> HttpResponse:
    kinds = get_accepted_factors(officer.role, demo=settings.DEMO)
    keys = [row.data["credential"] for row in list_factors(officer) if row.type == Factor.PASSKEY]
    challenge = passkeys.begin_registration(owner=officer.public_id.hex, name=officer.username, stored_keys=keys)
    request.session[_STATE] = challenge.state
    context: dict[str, Any] = {
        "error": error,
        "action_url": url,
        "passkey": challenge.options,
        "insist": Factor.TOTP not in kinds,
        "back_url": ACCOUNT_URL if url == MORE_URL else "",
    }
    if Factor.TOTP in kinds:
        secret = _get_or_create_secret(request, officer)
        text = totp.format_otpauth_uri(secret, name=officer.username)
        parts = [secret[i : i + 4] for i in range(0, len(secret), 4)]
        context |= {"totp": True, "qr": totp.build_qr_code(text), "secret": " ".join(parts)}
    return render(request, "account/adding.html", context, status=422 if error else 200)


def _get_or_create_secret(request: HttpRequest, officer: Officer) -> str:
    """Return the secret being enrolled, stable across reloads; the session row holds it encrypted."""
    if stored := _get_secret(request, officer):
        return stored
    secret = totp.new_secret()
    request.session[_SECRET] = secret_encryption.encrypt_secret(
        secret_encryption.bind_to_owner(officer.public_id, secret)
    )
    return secret


def _get_secret(request: HttpRequest, officer: Officer) -> str:
    try:
        return secret_encryption.unbind_from_owner(
            officer.public_id, secret_encryption.decrypt_secret(request.session.get(_SECRET, ""))
        )
    except secret_encryption.DecryptionError:
        return ""
