"""Authentication policy by role: factors and session lifetimes. Pure; the one table for sign-in, decorators and
screens.

Source: OWASP ASVS 5.0.0, sections 6.3, 6.4, 7.3 and 7.5.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from binhyen.kit.i18n_markers import N_
from binhyen.people.roles import Role


class Factor(StrEnum):
    """Second factors. The values are those of allauth's table."""

    PASSKEY = "webauthn"
    TOTP = "totp"
    RECOVERY = "recovery_codes"


FACTOR_LABELS = {
    Factor.PASSKEY: N_("Khóa bảo mật"),
    Factor.TOTP: N_("Ứng dụng tạo mã"),
    Factor.RECOVERY: N_("Mã dự phòng"),
}


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """Session policy. `factors`: any of them is the second factor. `idle`: time until the screen locks.

    `longest`: maximum session length. `confirmed`: how long a confirmation allows dangerous actions.
    """

    factors: frozenset[Factor]
    idle: dt.timedelta
    longest: dt.timedelta
    confirmation_lifetime: dt.timedelta


def _minutes(count: int) -> dt.timedelta:
    return dt.timedelta(minutes=count)


_ANY = frozenset(Factor)
# A code can be phished, a passkey cannot: an account that opens identities, complaints, the audit log or the server
# itself accepts nothing else, not even a recovery code.
_PASSKEY = frozenset({Factor.PASSKEY})
_SHIFT = SessionPolicy(_ANY, idle=_minutes(30), longest=_minutes(12 * 60), confirmation_lifetime=_minutes(5))
_SEALED = SessionPolicy(_PASSKEY, idle=_minutes(10), longest=_minutes(2 * 60), confirmation_lifetime=_minutes(2))
SESSION_POLICIES: dict[Role, SessionPolicy] = {
    Role.VILLAGE_TEAM: _SHIFT,
    Role.OFFICER: _SHIFT,
    Role.CHIEF: _SHIFT,
    Role.PROVINCE_DUTY: _SHIFT,
    Role.PROVINCE_STAFF: _SHIFT,
    Role.INSPECTOR: _SEALED,
    Role.CUSTODIAN: _SEALED,
    Role.DIRECTOR: _SEALED,
    Role.OPERATOR: SessionPolicy(_PASSKEY, idle=_minutes(10), longest=_minutes(60), confirmation_lifetime=_minutes(2)),
}
_NOTHING = SessionPolicy(frozenset(), idle=dt.timedelta(), longest=dt.timedelta(), confirmation_lifetime=dt.timedelta())


def get_session_policy(role: str) -> SessionPolicy:
    """Return the policy of a role. Total and fails closed: an unknown role has no second factor and no session."""
    return SESSION_POLICIES[Role(role)] if role in SESSION_POLICIES else _NOTHING


def get_accepted_factors(role: str, *, demo: bool) -> frozenset[Factor]:
    """Return the second factors accepted for a role. A demo also accepts the code that its own page shows."""
    factors = get_session_policy(role).factors
    return factors | {Factor.TOTP} if factors and demo else factors


def filter_usable_factors(role: str, enrolled: Collection[str], *, demo: bool) -> frozenset[Factor]:
    """Return the enrolled factors usable for this role. Recovery codes alone are no second factor."""
    factors = frozenset(factor for factor in get_accepted_factors(role, demo=demo) if factor in enrolled)
    return factors if factors - {Factor.RECOVERY} else frozenset()


def may_remove(role: str, enrolled: Collection[str], factor: str, *, demo: bool) -> bool:
    """Tell whether a second factor remains without one factor of this kind (`held`: one entry a factor)."""
    remaining = list(enrolled)
    remaining.remove(factor)
    return factor == Factor.RECOVERY or bool(filter_usable_factors(role, remaining, demo=demo))


def is_confirmed(
    confirmed_at: dt.datetime | None, role: str, now: dt.datetime, *, how: str = "", passkey: bool = False
) -> bool:
    """Tell whether the last confirmation is still valid. `passkey`: only a passkey counts."""
    if confirmed_at is None or (passkey and how != Factor.PASSKEY):
        return False
    return dt.timedelta() <= now - confirmed_at < get_session_policy(role).confirmation_lifetime


def is_proved_by_passkey(how: str, *, demo: bool) -> bool:
    """Tell whether the last proof of the session was a passkey: required for complaints about police.

    Also where the role signs in by code. A demo accepts the code that its own page shows.
    """
    return how == Factor.PASSKEY or (demo and how == Factor.TOTP)


@dataclass(frozen=True, slots=True)
class Account:
    """An account as input of the rules."""

    officer_id: int
    role: str
    unit_id: int
    is_active: bool = True


_BY_CHIEFS = frozenset({Role.OFFICER, Role.VILLAGE_TEAM})


def may_manage_account(manager: Account, target: Account) -> bool:
    """Allow account management: operators for any account, chiefs for officers of the own unit.

    The own account is never allowed: that is the purpose of the second person.
    """
    if not manager.is_active or manager.officer_id == target.officer_id:
        return False
    if manager.role == Role.OPERATOR:
        return True
    return manager.role == Role.CHIEF and target.unit_id == manager.unit_id and target.role in _BY_CHIEFS


def may_move_account(manager: Account, target: Account) -> bool:
    """Allow a change of unit or role: operators only, and never for themselves."""
    return manager.role == Role.OPERATOR and may_manage_account(manager, target)
