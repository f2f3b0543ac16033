"""Role-based access control (RBAC). Pure; the one table behind screens, API, live feed and search."""

from dataclasses import dataclass
from enum import StrEnum

from binhyen.kit.i18n_markers import N_


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
    """Permissions beside visibility, which `get_role_visibility` decides."""

    WORK_CASES = "WORK_CASES"  # acknowledge, take, note, ask, change state, close
    REPORT_BACK = "REPORT_BACK"  # note on an own task
    ASSIGN = "ASSIGN"  # assign any case to an officer of the unit; WORK_CASES allows it for own and unassigned cases
    HAND_ON = "HAND_ON"  # transfer a case to another unit
    DECIDE = "DECIDE"  # close a crime report that was passed on: only the province's investigators
    MANAGE_GROUPS = "MANAGE_GROUPS"
    READ_LEDGER = "READ_LEDGER"
    OPERATE = "OPERATE"  # outbox, channels, import of areas, tokens
    MANAGE_ROSTER = "MANAGE_ROSTER"
    MANAGE_PEOPLE = "MANAGE_PEOPLE"  # accounts of others, within auth_policy.may_keep
    HANDLE_CONDUCT = "HANDLE_CONDUCT"  # complaints about police that are routed to the own queue
    READ_AUDIT = "READ_AUDIT"
    ANSWER_DATA = "ANSWER_DATA"  # data subject requests
    OPEN_IDENTITY = "OPEN_IDENTITY"  # approve and open, never alone
    KEEP_TIES = "KEEP_TIES"  # declare relationships and acting chiefs
    WATCH_READER = "WATCH_READER"  # quality of the classifier, and corrections by officers


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
    """Extent of visibility: the whole province, one unit, only own tasks, or nothing."""

    province: bool = False
    unit_id: int | None = None
    own_tasks_of: int | None = None


def sees(role: str, *, unit_id: int, officer_id: int) -> Sight:
    """Return the visibility of a role. Total and fails closed: an unknown role sees nothing."""
    if role in PROVINCE_ROLES:
        return Sight(province=True)
    if role in UNIT_ROLES:
        return Sight(unit_id=unit_id)
    if role == Role.VILLAGE_TEAM:
        return Sight(own_tasks_of=officer_id)
    return Sight()


def scope_words(role: str, *, unit_id: int | str, officer_id: int | str) -> str:
    """Format the visibility as a row-level security scope (binhyen/rls/policies.py).

    It always names the officer as well, for exclusions and for their own alerts.
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
    """List the live topics of a role: the same visibility in the terms of the live feed."""
    sight = sees(role, unit_id=unit_id, officer_id=officer_id)
    if sight.province:
        return ("province", f"officer:{officer_id}")
    if sight.unit_id is not None:
        return (f"unit:{sight.unit_id}", f"officer:{officer_id}")
    if sight.own_tasks_of is not None:
        return (f"officer:{officer_id}",)
    return (f"officer:{officer_id}",) if may(role, May.HANDLE_CONDUCT) else ()  # their own alerts


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
    """Tell whether a role may exist in a unit of that level; an unknown role may not."""
    return role in _SEATS and unit_level in _SEATS[Role(role)]


def works_with(role: str, other: str) -> bool:
    """Tell whether `role` may assign a case to `other` of the same unit: `other` must be able to work on it."""
    return may(role, May.WORK_CASES) and (may(other, May.WORK_CASES) or may(other, May.REPORT_BACK))


def may_manage_roster(role: str, *, unit_id: int, own_unit_id: int) -> bool:
    """Allow a chief to edit the roster of the own unit, and province staff that of any."""
    if not may(role, May.MANAGE_ROSTER):
        return False
    return role in PROVINCE_ROLES or unit_id == own_unit_id
