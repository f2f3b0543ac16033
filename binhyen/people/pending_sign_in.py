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
HOLDS = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Pending:
    """Pending sign-in. `activation`: key of the accepted activation code, or 0. `proof`: account state at the password
    check.
    """

    officer_id: int
    until: str
    proof: str
    target: str
    activation: int = 0


def _proof(officer: Officer) -> str:
    return f"{officer.get_session_auth_hash()}|{officer.rights_since.isoformat()}"


def start(request: HttpRequest, officer: Officer, target: str) -> None:
    """Start a pending sign-in with a new session id; data of the browser's previous user is deleted."""
    request.session.flush()
    _put(request, Pending(officer.pk, (clock.now() + HOLDS).isoformat(), _proof(officer), target))


def activated(request: HttpRequest, pending: Pending, officer: Officer, activation: int) -> None:
    """Store that the activation code was correct; the password may be new."""
    request.session.cycle_key()
    _put(request, Pending(pending.officer_id, pending.until, _proof(officer), pending.target, activation))


def _put(request: HttpRequest, pending: Pending) -> None:
    request.session[_KEY] = asdict(pending)
    request.session.set_expiry(int(HOLDS.total_seconds()))


def read(request: HttpRequest) -> tuple[Pending, Officer] | None:
    """Return the pending sign-in and its officer if the account is unchanged."""
    kept = request.session.get(_KEY)
    if not kept:
        return None
    pending = Pending(**kept)
    officer = Officer.objects.select_related("unit").filter(pk=pending.officer_id, is_active=True).first()
    over = dt.datetime.fromisoformat(pending.until) <= clock.now()
    # nosemgrep: secret-compared-plainly  both are ours: the session's row and the account's
    return None if officer is None or over or _proof(officer) != pending.proof else (pending, officer)


def drop(request: HttpRequest) -> None:
    request.session.pop(_KEY, None)
