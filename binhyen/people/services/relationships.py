"""Declared relationships and acting chiefs, the input of the conflict rules."""

import datetime as dt
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from binhyen.areas.models import Unit
from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit.i18n_markers import N_
from binhyen.people.errors import RuleViolation
from binhyen.people.models import Appointment, Officer, Relationship
from binhyen.people.queries import find_exact_name
from binhyen.people.roles import PROVINCE_ROLES, Permission, Role, role_may
from binhyen.people.services.sessions import get_audit_actor

_ALREADY_DECLARED = N_("Quan hệ này đã được khai.")


def _check_may_declare(keeper: Officer, first_officer: Officer, second_officer: Officer) -> None:
    """Check the right to declare. Raises `Refusal`.

    The province and the inspectorate declare for all, complaint handlers for themselves. A chief declares between two
    people of the own unit, never for himself: a relationship takes complaints away from their handler.
    """
    if not (keeper.is_active and _has_permission(keeper, first_officer, second_officer)):
        raise RuleViolation(_("Bạn không có quyền khai việc này."))
    is_own = keeper.pk in (first_officer.pk, second_officer.pk) or {first_officer.unit_id, second_officer.unit_id} != {
        keeper.unit_id
    }
    if keeper.role == Role.CHIEF and is_own:
        raise RuleViolation(
            _(
                "Bạn chỉ khai được giữa hai người của đơn vị mình, không khai cho chính mình. "
                "Hãy nhờ Phòng Tham mưu hoặc thanh tra công an tỉnh khai."
            )
        )


def may_end_relationship(keeper: Officer, tie: Relationship) -> bool:
    """Tell whether the keeper may end it; `tie` with both people. An own relationship is ended by another person."""
    try:
        _check_may_declare(keeper, tie.officer_a, tie.officer_b)
    except RuleViolation:
        return False
    return keeper.pk not in (tie.officer_a_id, tie.officer_b_id)


def _has_permission(keeper: Officer, first_officer: Officer, second_officer: Officer) -> bool:
    handles = role_may(keeper.role, Permission.HANDLE_CONDUCT) and keeper.pk in (first_officer.pk, second_officer.pk)
    return handles or role_may(keeper.role, Permission.KEEP_TIES)


def _find_one_officer(name: str) -> Officer:
    matches = find_exact_name(name)
    if len(matches) != 1:
        problem = _("Không có cán bộ nào") if not matches else _("Có {found} cán bộ").format(found=len(matches))
        raise RuleViolation(
            _("{how} tên «{name}». Viết đủ họ tên, hoặc tên đăng nhập.").format(how=problem, name=name[:60])
        )
    return matches[0]


@transaction.atomic
def declare_relationship(*, keeper: Officer, first: str, second: str, kind: str, now: dt.datetime) -> None:
    """Declare a relationship of two people by full name or username; idempotent. Raises `Refusal`.

    A self-declared one becomes mutual when another person declares it, too.
    """
    officer_a, officer_b = sorted(
        (_find_one_officer(first), _find_one_officer(second)), key=lambda candidate: candidate.pk
    )
    if officer_a.pk == officer_b.pk or kind not in Relationship.Kind.values:
        raise RuleViolation(_("Chọn hai người khác nhau và loại quan hệ."))
    _check_may_declare(keeper, officer_a, officer_b)
    existing = (
        Relationship.objects.select_for_update().filter(officer_a=officer_a, officer_b=officer_b, ended_at=None).first()
    )
    if existing is None:
        tie = _create_relationship(officer_a, officer_b, kind, keeper, now)
    elif existing.mutual or existing.declared_by_id == keeper.pk:
        raise RuleViolation(_ALREADY_DECLARED)
    else:
        tie = existing
        Relationship.objects.filter(pk=tie.pk).update(mutual=True)
    record_actions(
        [AuditAction(get_audit_actor(keeper), "tie.declared", f"tie:{tie.public_id}", keeper.unit_id)], now=now
    )


def _create_relationship(
    officer_a: Officer, officer_b: Officer, kind: str, keeper: Officer, now: dt.datetime
) -> Relationship:
    try:
        with transaction.atomic():
            return Relationship.objects.create(
                officer_a=officer_a,
                officer_b=officer_b,
                kind=kind,
                declared_at=now,
                declared_by=keeper,
                mutual=keeper.pk not in (officer_a.pk, officer_b.pk),
            )
    except IntegrityError:
        raise RuleViolation(_ALREADY_DECLARED) from None


@transaction.atomic
def end_relationship(*, keeper: Officer, tie: UUID, now: dt.datetime) -> None:
    """End a relationship (declared in error, or over). Raises `Refusal`."""
    row = (
        Relationship.objects.select_for_update(of=("self",))
        .select_related("officer_a", "officer_b")
        .filter(public_id=tie)
        .first()
    )
    if row is None:
        raise RuleViolation(_("Không có mục này."))
    _check_may_declare(keeper, row.officer_a, row.officer_b)
    if keeper.pk in (row.officer_a_id, row.officer_b_id):
        raise RuleViolation(_("Quan hệ của chính mình thì người khác bỏ."))
    if row.ended_at is None:
        row.ended_at = now
        row.save(update_fields=["ended_at"])
        record_actions(
            [AuditAction(get_audit_actor(keeper), "tie.ended", f"tie:{row.public_id}", keeper.unit_id)], now=now
        )


@transaction.atomic
def appoint_acting_chief(*, keeper: Officer, name: str, unit_code: str, now: dt.datetime) -> None:
    """Appoint an acting chief of a unit beside the own appointment; ends the previous one. Raises `Refusal`."""
    if not role_may(keeper.role, Permission.KEEP_TIES) or keeper.role not in {*PROVINCE_ROLES, Role.INSPECTOR}:
        raise RuleViolation(_("Quyền trưởng do công an tỉnh giao."))
    unit = Unit.objects.filter(code=unit_code, level=Unit.Level.COMMUNE, valid_to=None).first()
    if unit is None:
        raise RuleViolation(_("Chọn một đơn vị công an xã đang hoạt động."))
    person = _find_one_officer(name) if name.strip() else None
    Appointment.objects.filter(unit=unit, role=Role.CHIEF, until=None).update(until=now)
    if person is not None:
        Appointment.objects.create(officer=person, unit=unit, role=Role.CHIEF, since=now)
    audit_subject = get_audit_actor(person) if person else f"unit:{unit.public_id}"
    record_actions([AuditAction(get_audit_actor(keeper), "acting_chief", audit_subject, unit.pk)], now=now)
