"""Account management for others: lock, unlock, move, issue a code, reset factors."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import Act, record
from binhyen.people import auth_policy
from binhyen.people.errors import Refusal
from binhyen.people.models import Officer
from binhyen.people.queries import account_of, usable_factors
from binhyen.people.services import factors, officers
from binhyen.people.services.activation import give_code
from binhyen.people.services.changes import UNLOCKED, note_change
from binhyen.people.services.sessions import actor_of, end_all


def _access(manager: Officer, officer_id: int) -> Officer:
    """Return the other officer's row, locked. Raises `Refusal`."""
    officer = Officer.objects.select_for_update().filter(pk=officer_id).first()
    fresh = Officer.objects.filter(pk=manager.pk).first()  # the permission of this moment, not that of the page
    if officer is None or fresh is None or not auth_policy.may_keep(account_of(fresh), account_of(officer)):
        raise Refusal(_("Bạn không được làm việc này với tài khoản này."))
    return officer


@transaction.atomic
def confirm_state(*, manager: Officer, officer_id: int, now: dt.datetime) -> None:
    """Say that the account is right as a restore left it. Raises `Refusal`."""
    officer = _access(manager, officer_id)
    officer.unsure_since = None
    officer.save(update_fields=["unsure_since"])
    record([Act(actor_of(manager), "officer_confirmed", actor_of(officer), officer.unit_id)], now=now)


@transaction.atomic
def lock(*, manager: Officer, officer_id: int, now: dt.datetime) -> None:
    """Lock an account: every session and token ends, shifts are dropped. Raises `Refusal`."""
    _access(manager, officer_id)
    officers.deactivate(officer_id=officer_id, actor=actor_of(manager), now=now)


@transaction.atomic
def unlock(*, manager: Officer, officer_id: int, now: dt.datetime) -> None:
    """Unlock an account; ended sessions and tokens stay ended. Raises `Refusal`."""
    officer = _access(manager, officer_id)
    officer.is_active, officer.unsure_since = True, None
    officer.save(update_fields=["is_active", "unsure_since"])
    note_change(UNLOCKED, officer, now=now)
    end_all(officer, now=now)
    record([Act(actor_of(manager), "officer_unlocked", actor_of(officer), officer.unit_id)], now=now)


@transaction.atomic
def move(*, manager: Officer, officer_id: int, unit_id: int, role: str, now: dt.datetime) -> None:
    """Move an account to another unit or role; every session and token ends. Raises `Refusal`."""
    officer = _access(manager, officer_id)
    if not auth_policy.may_move(account_of(manager), account_of(officer)):
        raise Refusal(_("Chỉ người vận hành đổi được đơn vị và vai trò."))
    officers.transfer(officer_id=officer_id, unit_id=unit_id, role=role, actor=actor_of(manager), now=now)


@transaction.atomic
def hand_code(*, manager: Officer, officer_id: int, now: dt.datetime) -> str:
    """Issue a code to an officer without a second factor. Raises `Refusal` if there is one: that needs a reset."""
    officer = _access(manager, officer_id)
    if usable_factors(officer):
        raise Refusal(_("Người này đang có bước thứ hai. Nếu bị mất thì dùng «Đặt lại bước thứ hai»."))
    return give_code(officer=officer, actor=actor_of(manager), now=now)


@transaction.atomic
def reset_factors(*, manager: Officer, officer_id: int, now: dt.datetime) -> str:
    """Delete the lost factors, end all sessions and issue a code for a new factor. Raises `Refusal`."""
    officer = _access(manager, officer_id)
    detail = {"factors": factors.take_all(officer), "ended": end_all(officer, now=now)}
    record([Act(actor_of(manager), "factors_reset", actor_of(officer), officer.unit_id, detail)], now=now)
    return give_code(officer=officer, actor=actor_of(manager), now=now)
