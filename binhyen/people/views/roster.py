"""Duty roster of one unit from today on, with a form for its manager."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.areas.queries import UnitInfo, find_unit_by_code, find_unit_by_id, list_open_units
from binhyen.kit import clock
from binhyen.people import queries
from binhyen.people.access import visibility
from binhyen.people.models import DutyShift
from binhyen.people.roles import Permission, may_manage_roster
from binhyen.people.services import RuleViolation, add_duty_shift, remove_duty_shift
from binhyen.people.services.roster import MAX_DAYS_AHEAD
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission

_HOURS = (4, 8, 12, 24)


def _get_visible_unit(request: OfficerRequest, code: str) -> UnitInfo:
    """Return the requested unit if visible, the own one without a code; everything else gets the same refusal."""
    unit = find_unit_by_code(code) if code else find_unit_by_id(request.user.unit_id)
    allowed = visibility(request.user)
    if unit is None or not (allowed.province or allowed.unit_id == unit.id):
        raise PermissionDenied
    return unit


@require_any_permission(Permission.WORK_CASES, Permission.MANAGE_ROSTER)
def show_roster(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    unit = _get_visible_unit(request, request.GET.get("don-vi", ""))
    since = clock.start_of_day(clock.to_vietnam_day(now))
    shifts = queries.list_shifts(request.user, unit.id, since)
    running = queries.list_ids_on_duty(unit.id, now)
    manages = may_manage_roster(request.user.role, unit_id=unit.id, own_unit_id=request.user.unit_id)
    context = {
        "now": now,
        "unit": unit,
        "units": list_open_units() if visibility(request.user).province else (),
        "on_duty": sorted({shift.officer.name for shift in shifts if shift.officer_id in running}),
        "shifts": [
            {
                "starts_at": shift.starts_at.astimezone(clock.VIETNAM),
                "ends_at": shift.ends_at.astimezone(clock.VIETNAM),
                "starts": shift.starts_at.isoformat(),
                "officer": shift.officer,
                "running": shift.starts_at <= now < shift.ends_at,
            }
            for shift in shifts
        ],
        "people": queries.list_officers_for_duty(unit.id) if manages else (),
        "hours": _HOURS,
        "day": clock.to_vietnam_day(now).isoformat(),
        "free_day": _free_day(shifts, clock.to_vietnam_day(now)).isoformat(),
        "last_day": (clock.to_vietnam_day(now) + MAX_DAYS_AHEAD).isoformat(),
        "add_url": reverse("roster_add") if manages else "",
        "remove_url": reverse("roster_remove") if manages else "",
    }
    return render(request, "people/roster.html", context)


def _free_day(shifts: Sequence[DutyShift], today: dt.date) -> dt.date:
    """Return the first day on which no shift begins, as the default of the form."""
    used_days = {clock.to_vietnam_day(shift.starts_at) for shift in shifts}
    days = (today + dt.timedelta(days=offset) for offset in range(MAX_DAYS_AHEAD.days + 1))
    return next((day for day in days if day not in used_days), today)


@require_any_permission(Permission.MANAGE_ROSTER, methods=("POST",))
def add_roster_shift(request: OfficerRequest) -> HttpResponse:
    unit = _get_visible_unit(request, request.POST.get("unit", ""))
    try:
        day = dt.date.fromisoformat(request.POST.get("day", ""))
        start = dt.time.fromisoformat(request.POST.get("start", ""))
        hours = int(request.POST.get("hours", ""))
        officer_id = queries.get_officer_id(UUID(request.POST.get("officer", "")))
        starts_at = dt.datetime.combine(day, start.replace(tzinfo=None), clock.VIETNAM)
        ends_at = starts_at + dt.timedelta(hours=hours)
    except (ValueError, OverflowError):
        messages.error(request, _("Chọn cán bộ, ngày, giờ bắt đầu và số giờ."))
        return _redirect_to_roster(unit)
    try:
        add_duty_shift(
            unit_id=unit.id,
            officer_id=officer_id or 0,
            starts_at=starts_at,
            ends_at=ends_at,
            manager=request.user,
            now=clock.now(),
        )
        messages.success(request, _("Đã thêm ca trực."))
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    return _redirect_to_roster(unit)


@require_any_permission(Permission.MANAGE_ROSTER, methods=("POST",))
def remove_roster_shift(request: OfficerRequest) -> HttpResponse:
    unit = _get_visible_unit(request, request.POST.get("unit", ""))
    try:
        starts_at = dt.datetime.fromisoformat(request.POST.get("starts", "")).astimezone(clock.VIETNAM)
        officer_id = queries.get_officer_id(UUID(request.POST.get("officer", "")))
    except (ValueError, OverflowError):
        messages.error(request, _("Không tìm thấy ca trực này."))
        return _redirect_to_roster(unit)
    try:
        removed = remove_duty_shift(
            unit_id=unit.id,
            officer_id=officer_id or 0,
            starts_at=starts_at,
            manager=request.user,
            now=clock.now(),
        )
        messages.success(request, _("Đã bỏ ca trực.") if removed else _("Ca trực này đã được bỏ trước đó."))
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    return _redirect_to_roster(unit)


def _redirect_to_roster(unit: UnitInfo) -> HttpResponse:
    return redirect_after_post(f"{reverse('roster')}?don-vi={unit.code}")
