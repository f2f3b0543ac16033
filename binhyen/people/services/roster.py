"""Duty roster: add and remove shifts."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit.clock import to_vietnam_day
from binhyen.people.errors import RuleViolation
from binhyen.people.models import DutyShift, Officer
from binhyen.people.roles import Permission, may_manage_roster, role_may
from binhyen.people.services.sessions import get_audit_actor

MAX_SHIFT = dt.timedelta(hours=48)
MAX_DAYS_AHEAD = dt.timedelta(days=31)  # a month ahead; later dates are probably typing errors


def _check_manager(manager: Officer | None, unit_id: int) -> str:
    """Return the actor for the audit log. `None` is the program itself (demo, story)."""
    if manager is None:
        return "system:roster"
    allowed = manager.is_active and may_manage_roster(manager.role, unit_id=unit_id, own_unit_id=manager.unit_id)
    if not allowed:
        raise RuleViolation(_("Bạn không được sửa lịch trực của đơn vị này."))
    return get_audit_actor(manager)


@transaction.atomic
def add_duty_shift(
    *,
    unit_id: int,
    officer_id: int,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    manager: Officer | None,
    now: dt.datetime,
) -> DutyShift:
    """Add a shift. Raises `Refusal`. Two officers may share a shift; one officer has one shift at a time."""
    actor = _check_manager(manager, unit_id)
    officer = Officer.objects.select_for_update().filter(pk=officer_id, unit_id=unit_id, is_active=True).first()
    if officer is None:
        raise RuleViolation(_("Cán bộ này không thuộc đơn vị."))
    if not role_may(officer.role, Permission.WORK_CASES):
        raise RuleViolation(_("Chỉ cán bộ xử lý vụ việc mới xếp được vào lịch trực."))
    if ends_at <= starts_at:
        raise RuleViolation(_("Giờ hết ca phải sau giờ bắt đầu."))
    if ends_at - starts_at > MAX_SHIFT:
        raise RuleViolation(_("Một ca trực dài nhất 48 giờ."))
    if ends_at <= now:
        raise RuleViolation(_("Ca này đã qua."))
    last = to_vietnam_day(now) + MAX_DAYS_AHEAD
    if to_vietnam_day(starts_at) > last:
        raise RuleViolation(_("Chỉ xếp được ca đến ngày {day}.").format(day=f"{last:%d/%m/%Y}"))
    if DutyShift.objects.filter(officer=officer, starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
        raise RuleViolation(_("{name} đã có ca trực trong thời gian này.").format(name=officer.name))
    shift = DutyShift.objects.create(unit_id=unit_id, officer=officer, starts_at=starts_at, ends_at=ends_at)
    detail = {"from": starts_at.isoformat(), "to": ends_at.isoformat()}
    record_actions([AuditAction(actor, "duty_added", get_audit_actor(officer), unit_id, detail)], now=now)
    return shift


@transaction.atomic
def remove_duty_shift(
    *, unit_id: int, officer_id: int, starts_at: dt.datetime, manager: Officer | None, now: dt.datetime
) -> int:
    """Remove a shift; return the number removed: 1, or 0 after a concurrent removal."""
    actor = _check_manager(manager, unit_id)
    shifts = DutyShift.objects.filter(unit_id=unit_id, officer_id=officer_id, starts_at=starts_at)
    removed, _ = shifts.delete()
    if removed:
        officer = Officer.objects.get(pk=officer_id)
        record_actions(
            [AuditAction(actor, "duty_removed", get_audit_actor(officer), unit_id, {"from": starts_at.isoformat()})],
            now=now,
        )
    return removed
