"""Pending sign-in between the password and the second factor, without an officer session.

Stored in Django's session on the server; it opens only the sign-in pages, for ten minutes, and not after a change of
the account.
"""

import datetime as dt
from dataclasses import asdict, dataclass

from django.http import HttpRequest

from binhyen.kit import clock
from binhyen.people.models import Officer

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
    return f"{officer.get_session_auth_hash()}|{officer.rights_since.isoformat()}"


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


def clear_pending_sign_in(request: HttpRequest) -> None:
    request.session.pop(_KEY, None)
