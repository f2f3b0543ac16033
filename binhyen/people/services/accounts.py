"""What one person does with the account of another: lock, unlock, move, hand out a code, take lost factors away."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import Act, record
from binhyen.people import trust
from binhyen.people.models import Officer
from binhyen.people.queries import account_of, usable_factors
from binhyen.people.services import factors, officers
from binhyen.people.services.activation import give_code
from binhyen.people.services.changes import UNLOCKED, note_change
from binhyen.people.services.refusal import Refusal
from binhyen.people.services.signing import actor_of, end_all


def _access(manager: Officer, officer_id: int) -> Officer:
    """The other person's row, locked. Raises `Refusal`."""
    officer = Officer.objects.select_for_update().filter(pk=officer_id).first()
    fresh = Officer.objects.filter(pk=manager.pk).first()  # the right of this moment, not of the page's
    if officer is None or fresh is None or not trust.may_keep(account_of(fresh), account_of(officer)):
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
    """Raises `Refusal`. Every session and token ends; shifts are dropped."""
    _access(manager, officer_id)
    officers.deactivate(officer_id=officer_id, actor=actor_of(manager), now=now)


@transaction.atomic
def unlock(*, manager: Officer, officer_id: int, now: dt.datetime) -> None:
    """Raises `Refusal`. Nothing that ended before comes back."""
    officer = _access(manager, officer_id)
    officer.is_active, officer.unsure_since = True, None
    officer.save(update_fields=["is_active", "unsure_since"])
    note_change(UNLOCKED, officer, now=now)
    end_all(officer, now=now)
    record([Act(actor_of(manager), "officer_unlocked", actor_of(officer), officer.unit_id)], now=now)


@transaction.atomic
def move(*, manager: Officer, officer_id: int, unit_id: int, role: str, now: dt.datetime) -> None:
    """Raises `Refusal`. Another unit or role; every session and token ends."""
    officer = _access(manager, officer_id)
    if not trust.may_move(account_of(manager), account_of(officer)):
        raise Refusal(_("Chỉ người vận hành đổi được đơn vị và vai trò."))
    officers.transfer(officer_id=officer_id, unit_id=unit_id, role=role, actor=actor_of(manager), now=now)


@transaction.atomic
def hand_code(*, manager: Officer, officer_id: int, now: dt.datetime) -> str:
    """A code for somebody who has no second step yet. Raises `Refusal`: whoever has one needs a reset."""
    officer = _access(manager, officer_id)
    if usable_factors(officer):
        raise Refusal(_("Người này đang có bước thứ hai. Nếu bị mất thì dùng «Đặt lại bước thứ hai»."))
    return give_code(officer=officer, actor=actor_of(manager), now=now)


@transaction.atomic
def reset_factors(*, manager: Officer, officer_id: int, now: dt.datetime) -> str:
    """The lost factors are worth nothing, everything open ends; a code for the new one. Raises `Refusal`."""
    officer = _access(manager, officer_id)
    detail = {"factors": factors.take_all(officer), "ended": end_all(officer, now=now)}
    record([Act(actor_of(manager), "factors_reset", actor_of(officer), officer.unit_id, detail)], now=now)
    return give_code(officer=officer, actor=actor_of(manager), now=now)
