"""Between the password and the second step: somebody known who has no session yet. Kept in Django's session on the
server; it opens nothing but the pages of signing in, for ten minutes, and not after a change of the account.
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
    """`activation`: key of the activation code that was right, or 0. `proof`: what the account was at the password."""

    officer_id: int
    until: str
    proof: str
    target: str
    activation: int = 0


def _proof(officer: Officer) -> str:
    return f"{officer.get_session_auth_hash()}|{officer.rights_since.isoformat()}"


def start(request: HttpRequest, officer: Officer, target: str) -> None:
    """Forget whoever used the browser before; a new session id."""
    request.session.flush()
    _put(request, Pending(officer.pk, (clock.now() + HOLDS).isoformat(), _proof(officer), target))


def activated(request: HttpRequest, pending: Pending, officer: Officer, activation: int) -> None:
    """The code was right; the password may be a new one."""
    request.session.cycle_key()
    _put(request, Pending(pending.officer_id, pending.until, _proof(officer), pending.target, activation))


def _put(request: HttpRequest, pending: Pending) -> None:
    request.session[_KEY] = asdict(pending)
    request.session.set_expiry(int(HOLDS.total_seconds()))


def read(request: HttpRequest) -> tuple[Pending, Officer] | None:
    """Who waits for the second step, if the account is still what it was."""
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
