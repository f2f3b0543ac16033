"""Account management for others: lock, unlock, move, issue a code, reset factors."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.people import auth_policy
from binhyen.people.errors import RuleViolation
from binhyen.people.models import Officer
from binhyen.people.queries import get_usable_factors, to_account
from binhyen.people.services import factors, officers
from binhyen.people.services.activation import create_activation_code
from binhyen.people.services.changes import UNLOCKED, note_change
from binhyen.people.services.sessions import end_all_sessions, get_audit_actor


def _lock_target(manager: Officer, officer_id: int) -> Officer:
    """Return the other officer's row, locked. Raises `Refusal`."""
    officer = Officer.objects.select_for_update().filter(pk=officer_id).first()
    current_manager = Officer.objects.filter(
        pk=manager.pk
    ).first()  # the permission of this moment, not that of the page
    if (
        officer is None
        or current_manager is None
        or not auth_policy.may_manage_account(to_account(current_manager), to_account(officer))
    ):
        raise RuleViolation(_("Bạn không được làm việc này với tài khoản này."))
    return officer


@transaction.atomic
def confirm_state(*, manager: Officer, officer_id: int, now: dt.datetime) -> None:
    """Say that the account is right as a restore left it. Raises `Refusal`."""
    officer = _lock_target(manager, officer_id)
    officer.unsure_since = None
    officer.save(update_fields=["unsure_since"])
    record_actions(
        [AuditAction(get_audit_actor(manager), "officer_confirmed", get_audit_actor(officer), officer.unit_id)], now=now
    )


@transaction.atomic
def lock_account(*, manager: Officer, officer_id: int, now: dt.datetime) -> None:
    """Lock an account: every session and token ends, shifts are dropped. Raises `Refusal`."""
    _lock_target(manager, officer_id)
    officers.deactivate_officer(officer_id=officer_id, actor=get_audit_actor(manager), now=now)


@transaction.atomic
def unlock_account(*, manager: Officer, officer_id: int, now: dt.datetime) -> None:
    """Unlock an account; ended sessions and tokens stay ended. Raises `Refusal`."""
    officer = _lock_target(manager, officer_id)
    officer.is_active, officer.unsure_since = True, None
    officer.save(update_fields=["is_active", "unsure_since"])
    note_change(UNLOCKED, officer, now=now)
    end_all_sessions(officer, now=now)
    record_actions(
        [AuditAction(get_audit_actor(manager), "officer_unlocked", get_audit_actor(officer), officer.unit_id)], now=now
    )


@transaction.atomic
def move_account(*, manager: Officer, officer_id: int, unit_id: int, role: str, now: dt.datetime) -> None:
    """Move an account to another unit or role; every session and token ends. Raises `Refusal`."""
    officer = _lock_target(manager, officer_id)
    if not auth_policy.may_move_account(to_account(manager), to_account(officer)):
        raise RuleViolation(_("Chỉ người vận hành đổi được đơn vị và vai trò."))
    officers.transfer_officer(
        officer_id=officer_id, unit_id=unit_id, role=role, actor=get_audit_actor(manager), now=now
    )


@transaction.atomic
def issue_code(*, manager: Officer, officer_id: int, now: dt.datetime) -> str:
    """Issue a code to an officer without a second factor. Raises `Refusal` if there is one: that needs a reset."""
    officer = _lock_target(manager, officer_id)
    if get_usable_factors(officer):
        raise RuleViolation(_("Người này đang có bước thứ hai. Nếu bị mất thì dùng «Đặt lại bước thứ hai»."))
    return create_activation_code(officer=officer, actor=get_audit_actor(manager), now=now)


@transaction.atomic
def reset_factors(*, manager: Officer, officer_id: int, now: dt.datetime) -> str:
    """Delete the lost factors, end all sessions and issue a code for a new factor. Raises `Refusal`."""
    officer = _lock_target(manager, officer_id)
    detail = {"factors": factors.delete_all_factors(officer), "ended": end_all_sessions(officer, now=now)}
    record_actions(
        [AuditAction(get_audit_actor(manager), "factors_reset", get_audit_actor(officer), officer.unit_id, detail)],
        now=now,
    )
    return create_activation_code(officer=officer, actor=get_audit_actor(manager), now=now)
