"""Shared steps of the sign-in pages: redirect target, posted second factor, session."""

import secrets
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from binhyen.kit import clock
from binhyen.kit.ids import token_hash
from binhyen.people.auth_policy import Factor, terms
from binhyen.people.demo import demo_code
from binhyen.people.factors import passkeys
from binhyen.people.models import Officer
from binhyen.people.queries import held
from binhyen.people.services import Refusal, TooEarly, end_sign_in, open_sign_in
from binhyen.people.services.factors import WRONG_CODE, WRONG_KEY, use_code, use_passkey
from binhyen.people.user_agents import in_words
from binhyen.people.view_auth import see_other

DEVICE_COOKIE = "binhyen_device"
DEVICE_AGE = 180 * 24 * 3600
_STATE = "passkey_state"


def ours(request: HttpRequest, target: str) -> str:
    """Return a safe own target for a header (a link may contain a line break); else the start page."""
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return iri_to_uri(target) if safe else settings.LOGIN_REDIRECT_URL


def wanted(request: HttpRequest) -> str:
    """Return the requested target."""
    return ours(request, request.POST.get("next") or request.GET.get("next") or "")


def device(request: HttpRequest, username: str) -> str:
    """Return this browser's secret if that name signed in from it before; "" otherwise."""
    try:
        owner, secret = signing.loads(request.COOKIES.get(DEVICE_COOKIE, ""), salt=DEVICE_COOKIE, max_age=DEVICE_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(secret) if owner == token_hash(username) else ""


def enter(request: HttpRequest, officer: Officer, how: Factor, response: HttpResponse) -> HttpResponse:
    """Open a fresh session and remember the browser. Back to the start if the account changed at this moment.

    A session of the browser's previous user ends first.
    """
    leave(request)
    login(request, officer, backend="django.contrib.auth.backends.ModelBackend")
    request.session.set_expiry(int(terms(officer.role).longest.total_seconds()))
    try:
        open_sign_in(
            officer=officer, session_key=request.session.session_key or "", how=how.value, now=clock.now(),
            browser=in_words(request.headers.get("User-Agent", "")), proved=True,
        )  # fmt: skip
    except Refusal as refusal:
        logout(request)
        messages.error(request, str(refusal))
        return see_other(settings.LOGIN_URL)
    value = signing.dumps([token_hash(officer.username), secrets.token_urlsafe(16)], salt=DEVICE_COOKIE)
    response.set_cookie(DEVICE_COOKIE, value, max_age=DEVICE_AGE, secure=settings.HTTPS, httponly=True, samesite="Lax")
    return response


def leave(request: HttpRequest) -> None:
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    if key:
        end_sign_in(session_key=key, now=clock.now())
    logout(request)


def proved(request: HttpRequest, officer: Officer) -> Factor | str:
    """Verify the posted second factor; return it or an error text. A challenge is used once."""
    answer, now = request.POST.get("credential", ""), clock.now()
    if answer:
        state = request.session.pop(_STATE, None)
        found = use_passkey(officer=officer, state=state or {}, answer=answer[:20_000], now=now)
    else:
        found = use_code(officer=officer, code=request.POST.get("code", "")[:40], now=now)
    if isinstance(found, TooEarly):
        return _("Bạn thử quá nhanh. Chờ {seconds} giây rồi thử lại.").format(seconds=found.seconds)
    return found or _(WRONG_KEY if answer else WRONG_CODE)


def second_step(request: HttpRequest, officer: Officer, factors: frozenset[Factor]) -> dict[str, Any]:
    """Return the context to ask for one of these factors: a field for codes, a new challenge for keys."""
    context: dict[str, Any] = {
        "code": bool(factors & {Factor.TOTP, Factor.RECOVERY}),
        "spare": Factor.RECOVERY in factors,
        "demo_code": demo_code(officer, now=clock.now()) if Factor.TOTP in factors else "",
    }
    if Factor.PASSKEY in factors:
        keys = [row.data["credential"] for row in held(officer) if row.type == Factor.PASSKEY]
        challenge = passkeys.begin_using(held=keys)
        request.session[_STATE] = challenge.state
        context["passkey"] = challenge.options
    return context
