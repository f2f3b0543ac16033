"""Authentication policy by role: factors and session lifetimes. Pure; the one table for sign-in, decorators and
screens.

Source: security guide B.4; ASVS 5.0 6.3, 6.4, 7.3, 7.5.
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
class Terms:
    """Session policy. `factors`: any of them is the second factor. `idle`: time until the screen locks.

    `longest`: maximum session length. `confirmed`: how long a confirmation allows dangerous actions.
    """

    factors: frozenset[Factor]
    idle: dt.timedelta
    longest: dt.timedelta
    confirmed: dt.timedelta


def _minutes(count: int) -> dt.timedelta:
    return dt.timedelta(minutes=count)


_ANY = frozenset(Factor)
# A code can be phished, a passkey cannot: an account that opens identities, complaints, the audit log or the server
# itself accepts nothing else, not even a recovery code.
_PASSKEY = frozenset({Factor.PASSKEY})
_SHIFT = Terms(_ANY, idle=_minutes(30), longest=_minutes(12 * 60), confirmed=_minutes(5))
_SEALED = Terms(_PASSKEY, idle=_minutes(10), longest=_minutes(2 * 60), confirmed=_minutes(2))
TERMS: dict[Role, Terms] = {
    Role.VILLAGE_TEAM: _SHIFT,
    Role.OFFICER: _SHIFT,
    Role.CHIEF: _SHIFT,
    Role.PROVINCE_DUTY: _SHIFT,
    Role.PROVINCE_STAFF: _SHIFT,
    Role.INSPECTOR: _SEALED,
    Role.CUSTODIAN: _SEALED,
    Role.DIRECTOR: _SEALED,
    Role.OPERATOR: Terms(_PASSKEY, idle=_minutes(10), longest=_minutes(60), confirmed=_minutes(2)),
}
_NOTHING = Terms(frozenset(), idle=dt.timedelta(), longest=dt.timedelta(), confirmed=dt.timedelta())


def terms(role: str) -> Terms:
    """Return the policy of a role. Total and fails closed: an unknown role has no second factor and no session."""
    return TERMS[Role(role)] if role in TERMS else _NOTHING


def accepted(role: str, *, demo: bool) -> frozenset[Factor]:
    """Return the second factors accepted for a role. A demo also accepts the code that its own page shows."""
    found = terms(role).factors
    return found | {Factor.TOTP} if found and demo else found


def usable(role: str, held: Collection[str], *, demo: bool) -> frozenset[Factor]:
    """Return the enrolled factors usable for this role. Recovery codes alone are no second factor."""
    found = frozenset(f for f in accepted(role, demo=demo) if f in held)
    return found if found - {Factor.RECOVERY} else frozenset()


def may_remove(role: str, held: Collection[str], factor: str, *, demo: bool) -> bool:
    """Tell whether a second factor remains without one factor of this kind (`held`: one entry a factor)."""
    left = list(held)
    left.remove(factor)
    return factor == Factor.RECOVERY or bool(usable(role, left, demo=demo))


def is_confirmed(
    confirmed_at: dt.datetime | None, role: str, now: dt.datetime, *, how: str = "", passkey: bool = False
) -> bool:
    """Tell whether the last confirmation is still valid. `passkey`: only a passkey counts."""
    if confirmed_at is None or (passkey and how != Factor.PASSKEY):
        return False
    return dt.timedelta() <= now - confirmed_at < terms(role).confirmed


def by_passkey(how: str, *, demo: bool) -> bool:
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


def may_keep(manager: Account, of: Account) -> bool:
    """Allow account management: operators for any account, chiefs for officers of the own unit.

    The own account is never allowed: that is the purpose of the second person.
    """
    if not manager.is_active or manager.officer_id == of.officer_id:
        return False
    if manager.role == Role.OPERATOR:
        return True
    return manager.role == Role.CHIEF and of.unit_id == manager.unit_id and of.role in _BY_CHIEFS


def may_move(manager: Account, of: Account) -> bool:
    """Allow a change of unit or role: operators only, and never for themselves."""
    return manager.role == Role.OPERATOR and may_keep(manager, of)
