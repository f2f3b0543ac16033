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


class Permission(StrEnum):
    """Permissions beside visibility, which `get_role_visibility` decides."""

    WORK_CASES = "WORK_CASES"  # acknowledge, take, note, ask, change state, close
    REPORT_BACK = "REPORT_BACK"  # note on an own task
    ASSIGN = "ASSIGN"  # assign any case to an officer of the unit; WORK_CASES allows it for own and unassigned cases
    HAND_ON = "HAND_ON"  # transfer a case to another unit
    DECIDE = "DECIDE"  # close a crime report that was passed on: only the province's investigators
    MANAGE_GROUPS = "MANAGE_GROUPS"
    READ_LEDGER = "READ_LEDGER"
    READ_STATISTICS = "READ_STATISTICS"  # sums of the visible units; without visible cases, those of the province
    ISSUE_REPORTS = "ISSUE_REPORTS"  # give a report of the own unit its number
    OPERATE = "OPERATE"  # outbox, channels, import of areas, tokens
    MANAGE_ROSTER = "MANAGE_ROSTER"
    MANAGE_PEOPLE = "MANAGE_PEOPLE"  # accounts of others, within auth_policy.may_keep
    HANDLE_CONDUCT = "HANDLE_CONDUCT"  # complaints about police that are routed to the own queue
    READ_AUDIT = "READ_AUDIT"
    ANSWER_DATA = "ANSWER_DATA"  # data subject requests
    OPEN_IDENTITY = "OPEN_IDENTITY"  # approve and open, never alone
    KEEP_WEAPONS = "KEEP_WEAPONS"  # names and storage places of weapons handed in; campaigns
    KEEP_TIES = "KEEP_TIES"  # declare relationships and acting chiefs
    WRITE_BULLETINS = "WRITE_BULLETINS"  # write, submit, correct, withdraw; release at once in an emergency
    APPROVE_BULLETINS = "APPROVE_BULLETINS"  # approve and review those of another author
    WATCH_READER = "WATCH_READER"  # quality of the classifier, and corrections by officers


ABILITIES: dict[Role, frozenset[Permission]] = {
    Role.VILLAGE_TEAM: frozenset({Permission.REPORT_BACK}),
    Role.OFFICER: frozenset(
        {
            Permission.WORK_CASES,
            Permission.HAND_ON,
            Permission.MANAGE_GROUPS,
            Permission.READ_LEDGER,
            Permission.READ_STATISTICS,
            Permission.WRITE_BULLETINS,
        }
    ),
    Role.CHIEF: frozenset(
        {
            Permission.WORK_CASES,
            Permission.ASSIGN,
            Permission.HAND_ON,
            Permission.MANAGE_GROUPS,
            Permission.READ_LEDGER,
            Permission.READ_STATISTICS,
            Permission.MANAGE_ROSTER,
            Permission.MANAGE_PEOPLE,
            Permission.KEEP_WEAPONS,
            Permission.KEEP_TIES,
            Permission.ISSUE_REPORTS,
            Permission.WRITE_BULLETINS,
            Permission.APPROVE_BULLETINS,
        }
    ),
    Role.PROVINCE_DUTY: frozenset(
        {
            Permission.WORK_CASES,
            Permission.ASSIGN,
            Permission.HAND_ON,
            Permission.DECIDE,
            Permission.KEEP_WEAPONS,
            Permission.READ_LEDGER,
            Permission.READ_STATISTICS,
            Permission.HANDLE_CONDUCT,
            Permission.WRITE_BULLETINS,
            Permission.APPROVE_BULLETINS,
        }
    ),
    Role.PROVINCE_STAFF: frozenset(
        {
            Permission.HAND_ON,
            Permission.READ_LEDGER,
            Permission.READ_STATISTICS,
            Permission.MANAGE_GROUPS,
            Permission.MANAGE_ROSTER,
            Permission.WATCH_READER,
            Permission.HANDLE_CONDUCT,
            Permission.KEEP_TIES,
            Permission.ISSUE_REPORTS,
            Permission.ANSWER_DATA,
            Permission.WRITE_BULLETINS,
            Permission.APPROVE_BULLETINS,
        }
    ),
    Role.OPERATOR: frozenset({Permission.OPERATE, Permission.WATCH_READER, Permission.MANAGE_PEOPLE}),
    Role.INSPECTOR: frozenset({Permission.HANDLE_CONDUCT, Permission.READ_AUDIT, Permission.KEEP_TIES}),
    Role.CUSTODIAN: frozenset({Permission.OPEN_IDENTITY, Permission.ANSWER_DATA}),
    Role.DIRECTOR: frozenset({Permission.HANDLE_CONDUCT, Permission.READ_STATISTICS}),
}


@dataclass(frozen=True, slots=True)
class Visibility:
    """Extent of visibility: the whole province, one unit, only own tasks, or nothing."""

    province: bool = False
    unit_id: int | None = None
    assignee_id: int | None = None


def get_role_visibility(role: str, *, unit_id: int, officer_id: int) -> Visibility:
    """Return the visibility of a role. Total and fails closed: an unknown role sees nothing."""
    if role in PROVINCE_ROLES:
        return Visibility(province=True)
    if role in UNIT_ROLES:
        return Visibility(unit_id=unit_id)
    if role == Role.VILLAGE_TEAM:
        return Visibility(assignee_id=officer_id)
    return Visibility()


def format_rls_scope(role: str, *, unit_id: int | str, officer_id: int | str) -> str:
    """Format the visibility as a row-level security scope (binhyen/rls/policies.py).

    It always names the officer as well, for exclusions and for their own alerts.
    """
    return ";".join(filter(None, (_format_visibility(role, unit_id, officer_id), f"officer:{officer_id}")))


def _format_visibility(role: str, unit_id: int | str, officer_id: int | str) -> str:
    visible = get_role_visibility(role, unit_id=0, officer_id=0)
    if visible.province:
        return "province"
    if visible.unit_id is not None:
        return f"unit:{unit_id}"
    if visible.assignee_id is not None:
        return f"tasks:{officer_id}"
    if role_may(role, Permission.OPERATE):
        return "operator"
    return "data" if role_may(role, Permission.ANSWER_DATA) else ""


def get_permissions(role: str) -> frozenset[Permission]:
    """Return the permissions of a role; an unknown role has none."""
    return ABILITIES[Role(role)] if role in ABILITIES else frozenset()


def role_may(role: str, ability: Permission) -> bool:
    return ability in get_permissions(role)


def list_role_topics(role: str, *, unit_id: int, officer_id: int) -> tuple[str, ...]:
    """List the live topics of a role: the same visibility in the terms of the live feed."""
    visible = get_role_visibility(role, unit_id=unit_id, officer_id=officer_id)
    if visible.province:
        return ("province", f"officer:{officer_id}")
    if visible.unit_id is not None:
        return (f"unit:{visible.unit_id}", f"officer:{officer_id}")
    if visible.assignee_id is not None:
        return (f"officer:{officer_id}",)
    return (f"officer:{officer_id}",) if role_may(role, Permission.HANDLE_CONDUCT) else ()  # their own alerts


_PROVINCE_LEVEL, _COMMUNE_LEVEL, _VILLAGE_LEVEL = "PROVINCE", "COMMUNE", "VILLAGE"
_LEVELS_OF_ROLE: dict[Role, frozenset[str]] = {
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


def role_allowed_in_unit(role: str, unit_level: str) -> bool:
    """Tell whether a role may exist in a unit of that level; an unknown role may not."""
    return role in _LEVELS_OF_ROLE and unit_level in _LEVELS_OF_ROLE[Role(role)]


def can_assign_to(role: str, assignee_role: str) -> bool:
    """Tell whether `role` may assign a case to `other` of the same unit: `other` must be able to work on it."""
    return role_may(role, Permission.WORK_CASES) and (
        role_may(assignee_role, Permission.WORK_CASES) or role_may(assignee_role, Permission.REPORT_BACK)
    )


def may_manage_roster(role: str, *, unit_id: int, own_unit_id: int) -> bool:
    """Allow a chief to edit the roster of the own unit, and province staff that of any."""
    if not role_may(role, Permission.MANAGE_ROSTER):
        return False
    return role in PROVINCE_ROLES or unit_id == own_unit_id
