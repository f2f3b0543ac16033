"""Shared steps of the sign-in pages: redirect target, posted second factor, session."""

import datetime as dt
import secrets
from dataclasses import asdict, dataclass
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
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import hash_token
from binhyen.people.auth_policy import Factor, get_session_policy
from binhyen.people.demo import get_demo_code
from binhyen.people.factors import passkeys
from binhyen.people.models import Officer
from binhyen.people.queries import list_factors
from binhyen.people.services import RetryLater, RuleViolation, end_sign_in, open_sign_in
from binhyen.people.services.factors import WRONG_CODE, WRONG_KEY, verify_code, verify_passkey
from binhyen.people.view_auth import redirect_after_post

# Pending sign-in between the password and the second factor, without an officer session.
#
# Stored in Django's session on the server; it opens only the sign-in pages, for ten minutes, and not after a change of
# the account.

_KEY = "sign_in_pending"
PENDING_LIFETIME = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """Pending sign-in. `activation`: key of the accepted activation code, or 0. `proof`: account state at the password
    check.
    """

    officer_id: int
    until: str
    proof: str
    target: str
    activation: int = 0


def _account_state(officer: Officer) -> str:
    return f"{officer.get_session_auth_hash()}|{officer.permissions_changed_at.isoformat()}"


def start_pending_sign_in(request: HttpRequest, officer: Officer, target: str) -> None:
    """Start a pending sign-in with a new session id; data of the browser's previous user is deleted."""
    request.session.flush()
    _store_pending(
        request,
        PendingSignIn(officer.pk, (clock.now() + PENDING_LIFETIME).isoformat(), _account_state(officer), target),
    )


def mark_activated(request: HttpRequest, pending: PendingSignIn, officer: Officer, activation: int) -> None:
    """Store that the activation code was correct; the password may be new."""
    request.session.cycle_key()
    _store_pending(
        request, PendingSignIn(pending.officer_id, pending.until, _account_state(officer), pending.target, activation)
    )


def _store_pending(request: HttpRequest, pending: PendingSignIn) -> None:
    request.session[_KEY] = asdict(pending)
    request.session.set_expiry(int(PENDING_LIFETIME.total_seconds()))


def read_pending_sign_in(request: HttpRequest) -> tuple[PendingSignIn, Officer] | None:
    """Return the pending sign-in and its officer if the account is unchanged."""
    stored = request.session.get(_KEY)
    if not stored:
        return None
    pending = PendingSignIn(**stored)
    officer = Officer.objects.select_related("unit").filter(pk=pending.officer_id, is_active=True).first()
    is_expired = dt.datetime.fromisoformat(pending.until) <= clock.now()
    # nosemgrep: secret-compared-plainly  both are ours: the session's row and the account's
    return None if officer is None or is_expired or _account_state(officer) != pending.proof else (pending, officer)


# Short browser name from a user agent for the list of own sessions. Pure; no versions, no addresses.

_BROWSERS = (
    ("Edg", "Edge"),
    ("coc_coc", "Cốc Cốc"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
ON_SEPARATOR, UNKNOWN = N_(" trên "), N_("Máy không rõ")
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def describe_user_agent(user_agent: str) -> str:
    """Return «Chrome trên Windows»; «Máy không rõ» for anything else."""
    browser = next((name for token, name in _BROWSERS if token in user_agent), "")
    system = next((name for token, name in _SYSTEMS if token in user_agent), "")
    return f"{browser}{ON_SEPARATOR}{system}" if browser and system else browser or system or UNKNOWN


DEVICE_COOKIE = "binhyen_device"
DEVICE_AGE = 180 * 24 * 3600
_STATE = "passkey_state"


def get_safe_target(request: HttpRequest, target: str) -> str:
    """Return a safe own target for a header (a link may contain a line break); else the start page."""
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return iri_to_uri(target) if safe else settings.LOGIN_REDIRECT_URL


def get_requested_target(request: HttpRequest) -> str:
    """Return the requested target."""
    return get_safe_target(request, request.POST.get("next") or request.GET.get("next") or "")


def get_device_secret(request: HttpRequest, username: str) -> str:
    """Return this browser's secret if that name signed in from it before; "" otherwise."""
    try:
        owner, secret = signing.loads(request.COOKIES.get(DEVICE_COOKIE, ""), salt=DEVICE_COOKIE, max_age=DEVICE_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(secret) if owner == hash_token(username) else ""


def finish_sign_in(request: HttpRequest, officer: Officer, how: Factor, response: HttpResponse) -> HttpResponse:
    """Open a fresh session and remember the browser. Back to the start if the account changed at this moment.

    A session of the browser's previous user ends first.
    """
    end_session_and_log_out(request)
    login(request, officer, backend="django.contrib.auth.backends.ModelBackend")
    request.session.set_expiry(int(get_session_policy(officer.role).longest.total_seconds()))
    try:
        open_sign_in(
            officer=officer,
            session_key=request.session.session_key or "",
            how=how.value,
            now=clock.now(),
            browser=describe_user_agent(request.headers.get("User-Agent", "")),
            proved=True,
        )
    except RuleViolation as refusal:
        logout(request)
        messages.error(request, str(refusal))
        return redirect_after_post(settings.LOGIN_URL)
    value = signing.dumps([hash_token(officer.username), secrets.token_urlsafe(16)], salt=DEVICE_COOKIE)
    response.set_cookie(DEVICE_COOKIE, value, max_age=DEVICE_AGE, secure=settings.HTTPS, httponly=True, samesite="Lax")
    return response


def end_session_and_log_out(request: HttpRequest) -> None:
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    if key:
        end_sign_in(session_key=key, now=clock.now())
    logout(request)


def verify_posted_factor(request: HttpRequest, officer: Officer) -> Factor | str:
    """Verify the posted second factor; return it or an error text. A challenge is used once."""
    answer, now = request.POST.get("credential", ""), clock.now()
    if answer:
        state = request.session.pop(_STATE, None)
        result = verify_passkey(officer=officer, state=state or {}, answer=answer[:20_000], now=now)
    else:
        result = verify_code(officer=officer, code=request.POST.get("code", "")[:40], now=now)
    if isinstance(result, RetryLater):
        return _("Bạn thử quá nhanh. Chờ {seconds} giây rồi thử lại.").format(seconds=result.seconds)
    return result or _(WRONG_KEY if answer else WRONG_CODE)


def build_factor_context(request: HttpRequest, officer: Officer, factors: frozenset[Factor]) -> dict[str, Any]:
    """Return the context to ask for one of these factors: a field for codes, a new challenge for keys."""
    context: dict[str, Any] = {
        "code": bool(factors & {Factor.TOTP, Factor.RECOVERY}),
        "spare": Factor.RECOVERY in factors,
        "demo_code": get_demo_code(officer, now=clock.now()) if Factor.TOTP in factors else "",
    }
    if Factor.PASSKEY in factors:
        keys = [row.data["credential"] for row in list_factors(officer) if row.type == Factor.PASSKEY]
        challenge = passkeys.begin_authentication(stored_keys=keys)
        request.session[_STATE] = challenge.state
        context["passkey"] = challenge.options
    return context
