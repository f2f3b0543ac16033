"""Duty roster: add and remove shifts."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit.clock import to_vietnam_day
from binhyen.people.errors import RuleViolation
from binhyen.people.models import DutyPhone, DutyShift, Officer
from binhyen.people.roles import Permission, may_manage_roster, role_may
from binhyen.people.services.sessions import get_audit_actor

MAX_SHIFT = dt.timedelta(hours=48)
MAX_DAYS_AHEAD = dt.timedelta(days=31)  # a month ahead; later dates are probably typing errors

# Pure rules of the roster: days of a repeated shift, and hours that no shift covers.

Span = tuple[dt.datetime, dt.datetime]  # start, end


def list_repeated_days(first: dt.date, *, every: int, last: dt.date) -> list[dt.date]:
    """List the days of a shift repeated each `every` days until `last`; only the first day where `every` is 0."""
    if every <= 0:
        return [first]
    return [first + dt.timedelta(days=offset) for offset in range(0, (last - first).days + 1, every)]


def find_gaps(shifts: Iterable[Span], *, since: dt.datetime, until: dt.datetime) -> list[Span]:
    """Return the uncovered spans between two moments, in order."""
    gaps, covered = [], since
    for start, end in sorted(shifts):
        if end <= covered or start >= until:
            continue
        if start > covered:
            gaps.append((covered, start))
        covered = max(covered, end)
    if covered < until:
        gaps.append((covered, until))
    return gaps


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
def swap_duty_shift(
    *,
    unit_id: int,
    officer_id: int,
    starts_at: dt.datetime,
    other_id: int,
    other_starts_at: dt.datetime | None,
    manager: Officer | None,
    now: dt.datetime,
) -> None:
    """Give a shift to another officer; with `other_starts_at` the two exchange their shifts. Raises RuleViolation."""
    actor = _check_manager(manager, unit_id)
    moments = [starts_at, *([other_starts_at] if other_starts_at else [])]
    rows = list(DutyShift.objects.select_for_update().filter(unit_id=unit_id, starts_at__in=moments))
    shift = next((row for row in rows if (row.officer_id, row.starts_at) == (officer_id, starts_at)), None)
    exchanged = next((row for row in rows if (row.officer_id, row.starts_at) == (other_id, other_starts_at)), None)
    if shift is None or (other_starts_at is not None and exchanged is None):
        raise RuleViolation(_("Không tìm thấy ca trực này."))
    other = Officer.objects.filter(pk=other_id, unit_id=unit_id, is_active=True).first()
    if other is None or not role_may(other.role, Permission.WORK_CASES):
        raise RuleViolation(_("Cán bộ này không thuộc đơn vị."))
    changes = [(shift, other_id), *([(exchanged, officer_id)] if exchanged else [])]
    for row, taker_id in changes:
        busy = DutyShift.objects.filter(officer=taker_id, starts_at__lt=row.ends_at, ends_at__gt=row.starts_at)
        if busy.exclude(pk__in=[row.pk for row, _taker in changes]).exists():
            raise RuleViolation(_("{name} đã có ca trực trong thời gian này.").format(name=_get_name(taker_id)))
    for row, taker_id in changes:
        DutyShift.objects.filter(pk=row.pk).update(officer=taker_id)
        subject = get_audit_actor(Officer.objects.get(pk=taker_id))
        detail = {"from": row.starts_at.isoformat(), "to": row.ends_at.isoformat()}
        record_actions([AuditAction(actor, "duty_swapped", subject, unit_id, detail)], now=now)


def _get_name(officer_id: int) -> str:
    return Officer.objects.values_list("name", flat=True).get(pk=officer_id)


@transaction.atomic
def repeat_duty_shift(
    *,
    unit_id: int,
    officer_id: int,
    spans: Sequence[Span],
    manager: Officer | None,
    now: dt.datetime,
) -> int:
    """Add the shift on each span; return how many. All or none. Raises RuleViolation, which names the day."""
    for starts_at, ends_at in spans:
        try:
            add_duty_shift(
                unit_id=unit_id,
                officer_id=officer_id,
                starts_at=starts_at,
                ends_at=ends_at,
                manager=manager,
                now=now,
            )
        except RuleViolation as problem:
            if len(spans) == 1:
                raise
            day = f"{to_vietnam_day(starts_at):%d/%m/%Y}"
            raise RuleViolation(_("Ngày {day}: {problem}").format(day=day, problem=problem)) from problem
    return len(spans)


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


# The telephone number of an officer for alarms that no officer acknowledges.

_LENGTHS = range(8, 12)  # digits of a Vietnamese number: land line to mobile


@transaction.atomic
def set_duty_phone(*, officer: Officer, phone: str, now: dt.datetime) -> None:
    """Store or, for an empty text, delete the own number. Raises RuleViolation."""
    digits = "".join(char for char in phone if char not in " .-()")
    digits = "0" + digits[3:] if digits.startswith("+84") else digits
    actor = get_audit_actor(officer)
    if not digits:
        if DutyPhone.objects.filter(officer=officer).delete()[0]:
            record_actions([AuditAction(actor, "duty_phone_removed", actor, officer.unit_id)], now=now)
        return
    if not (digits.isascii() and digits.isdigit() and digits.startswith("0") and len(digits) in _LENGTHS):
        raise RuleViolation(_("Số điện thoại bắt đầu bằng 0, có 8 đến 11 chữ số."))
    DutyPhone.objects.update_or_create(officer=officer, defaults={"phone": digits, "changed_at": now})
    record_actions([AuditAction(actor, "duty_phone_set", actor, officer.unit_id)], now=now)
