"""Roles and what they may do. Pure; the one table that screens, API, live feed and search all obey."""

from dataclasses import dataclass
from enum import StrEnum

from binhyen.kit.wording import N_


class Role(StrEnum):
    VILLAGE_TEAM = "VILLAGE_TEAM"
    OFFICER = "OFFICER"
    CHIEF = "CHIEF"
    PROVINCE_DUTY = "PROVINCE_DUTY"
    PROVINCE_STAFF = "PROVINCE_STAFF"
    OPERATOR = "OPERATOR"
    INSPECTOR = "INSPECTOR"
    CUSTODIAN = "CUSTODIAN"
    DIRECTOR = "DIRECTOR"


LABELS = {
    Role.VILLAGE_TEAM: N_("Tổ bảo vệ ANTT"),
    Role.OFFICER: N_("Cán bộ công an xã"),
    Role.CHIEF: N_("Trưởng công an xã"),
    Role.PROVINCE_DUTY: N_("Trực ban công an tỉnh"),
    Role.PROVINCE_STAFF: N_("Phòng Tham mưu"),
    Role.OPERATOR: N_("Người vận hành"),
    Role.INSPECTOR: N_("Thanh tra"),
    Role.CUSTODIAN: N_("Người giữ danh tính"),
    Role.DIRECTOR: N_("Văn phòng Giám đốc"),
}

PROVINCE_ROLES = frozenset({Role.PROVINCE_DUTY, Role.PROVINCE_STAFF})
UNIT_ROLES = frozenset({Role.OFFICER, Role.CHIEF})


class May(StrEnum):
    """Abilities beside seeing. Seeing is decided by `sees`."""

    WORK_CASES = "WORK_CASES"  # acknowledge, take, note, ask, change state, close
    REPORT_BACK = "REPORT_BACK"  # note on a task of one's own
    ASSIGN = "ASSIGN"  # hand any case to somebody of the unit; one's own or nobody's whoever works on cases may
    HAND_ON = "HAND_ON"  # hand a case to another unit
    DECIDE = "DECIDE"  # close a crime report that was passed on: only the province's investigators
    MANAGE_GROUPS = "MANAGE_GROUPS"
    READ_LEDGER = "READ_LEDGER"
    OPERATE = "OPERATE"  # outbox, channels, import of areas, tokens
    MANAGE_ROSTER = "MANAGE_ROSTER"
    MANAGE_PEOPLE = "MANAGE_PEOPLE"  # accounts of others, within trust.may_keep
    HANDLE_CONDUCT = "HANDLE_CONDUCT"  # complaints about police, those that the routing gives to one's side
    READ_AUDIT = "READ_AUDIT"
    ANSWER_DATA = "ANSWER_DATA"  # what people ask about their personal data
    OPEN_IDENTITY = "OPEN_IDENTITY"  # approve and open, never alone
    KEEP_TIES = "KEEP_TIES"  # declare who is related to whom, and who acts as chief where
    WATCH_READER = "WATCH_READER"  # how well messages are read, and what officers taught


ABILITIES: dict[Role, frozenset[May]] = {
    Role.VILLAGE_TEAM: frozenset({May.REPORT_BACK}),
    Role.OFFICER: frozenset({May.WORK_CASES, May.HAND_ON, May.MANAGE_GROUPS, May.READ_LEDGER}),
    Role.CHIEF: frozenset(
        {
            May.WORK_CASES,
            May.ASSIGN,
            May.HAND_ON,
            May.MANAGE_GROUPS,
            May.READ_LEDGER,
            May.MANAGE_ROSTER,
            May.MANAGE_PEOPLE,
            May.KEEP_TIES,
        }
    ),
    Role.PROVINCE_DUTY: frozenset(
        {May.WORK_CASES, May.ASSIGN, May.HAND_ON, May.DECIDE, May.READ_LEDGER, May.HANDLE_CONDUCT}
    ),
    Role.PROVINCE_STAFF: frozenset(
        {
            May.HAND_ON,
            May.READ_LEDGER,
            May.MANAGE_GROUPS,
            May.MANAGE_ROSTER,
            May.WATCH_READER,
            May.HANDLE_CONDUCT,
            May.KEEP_TIES,
            May.ANSWER_DATA,
        }
    ),
    Role.OPERATOR: frozenset({May.OPERATE, May.WATCH_READER, May.MANAGE_PEOPLE}),
    Role.INSPECTOR: frozenset({May.HANDLE_CONDUCT, May.READ_AUDIT, May.KEEP_TIES}),
    Role.CUSTODIAN: frozenset({May.OPEN_IDENTITY, May.ANSWER_DATA}),
    Role.DIRECTOR: frozenset({May.HANDLE_CONDUCT}),
}


@dataclass(frozen=True, slots=True)
class Sight:
    """How far somebody sees: the whole province, some units, only tasks of their own, or nothing."""

    province: bool = False
    unit_id: int | None = None
    own_tasks_of: int | None = None


def sees(role: str, *, unit_id: int, officer_id: int) -> Sight:
    """Total and fails closed: an unknown role sees nothing."""
    if role in PROVINCE_ROLES:
        return Sight(province=True)
    if role in UNIT_ROLES:
        return Sight(unit_id=unit_id)
    if role == Role.VILLAGE_TEAM:
        return Sight(own_tasks_of=officer_id)
    return Sight()


def scope_words(role: str, *, unit_id: int | str, officer_id: int | str) -> str:
    """The same sight as the database's fence is told it: see binhyen/fence/policies.py. Everybody is named as well, for
    what is kept from them and for their own summons.
    """
    return ";".join(filter(None, (_sight_words(role, unit_id, officer_id), f"officer:{officer_id}")))


def _sight_words(role: str, unit_id: int | str, officer_id: int | str) -> str:
    sight = sees(role, unit_id=0, officer_id=0)
    if sight.province:
        return "province"
    if sight.unit_id is not None:
        return f"unit:{unit_id}"
    if sight.own_tasks_of is not None:
        return f"tasks:{officer_id}"
    if may(role, May.OPERATE):
        return "operator"
    return "data" if may(role, May.ANSWER_DATA) else ""


def may(role: str, ability: May) -> bool:
    return role in ABILITIES and ability in ABILITIES[Role(role)]


def topics(role: str, *, unit_id: int, officer_id: int) -> tuple[str, ...]:
    """The live topics somebody may hear: the same sight, in the feed's words."""
    sight = sees(role, unit_id=unit_id, officer_id=officer_id)
    if sight.province:
        return ("province", f"officer:{officer_id}")
    if sight.unit_id is not None:
        return (f"unit:{sight.unit_id}", f"officer:{officer_id}")
    if sight.own_tasks_of is not None:
        return (f"officer:{officer_id}",)
    return (f"officer:{officer_id}",) if may(role, May.HANDLE_CONDUCT) else ()  # their own summons


_PROVINCE_LEVEL, _COMMUNE_LEVEL, _VILLAGE_LEVEL = "PROVINCE", "COMMUNE", "VILLAGE"
_SEATS: dict[Role, frozenset[str]] = {
    Role.VILLAGE_TEAM: frozenset({_COMMUNE_LEVEL, _VILLAGE_LEVEL}),
    Role.OFFICER: frozenset({_COMMUNE_LEVEL}),
    Role.CHIEF: frozenset({_COMMUNE_LEVEL}),
    Role.PROVINCE_DUTY: frozenset({_PROVINCE_LEVEL}),
    Role.PROVINCE_STAFF: frozenset({_PROVINCE_LEVEL}),
    Role.OPERATOR: frozenset({_PROVINCE_LEVEL}),
    Role.INSPECTOR: frozenset({_PROVINCE_LEVEL}),
    Role.CUSTODIAN: frozenset({_PROVINCE_LEVEL}),
    Role.DIRECTOR: frozenset({_PROVINCE_LEVEL}),
}


def fits(role: str, unit_level: str) -> bool:
    """Whether a role has a seat in a unit of that level; an unknown role has none."""
    return role in _SEATS and unit_level in _SEATS[Role(role)]


def works_with(role: str, other: str) -> bool:
    """Whether somebody of `role` may have a case handed to `other` of the same unit: who can do something with it."""
    return may(role, May.WORK_CASES) and (may(other, May.WORK_CASES) or may(other, May.REPORT_BACK))


def may_manage_roster(role: str, *, unit_id: int, own_unit_id: int) -> bool:
    """A chief keeps the roster of the own unit, the province's staff that of any."""
    if not may(role, May.MANAGE_ROSTER):
        return False
    return role in PROVINCE_ROLES or unit_id == own_unit_id
