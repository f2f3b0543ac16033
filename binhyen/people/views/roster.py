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

from binhyen.areas.queries import UnitInfo, open_units, unit_by_code, unit_by_id
from binhyen.kit import clock
from binhyen.people import queries
from binhyen.people.access import sight
from binhyen.people.models import DutyShift
from binhyen.people.roles import May, may_manage_roster
from binhyen.people.services import Refusal, put_on_duty, take_off_duty
from binhyen.people.services.roster import FURTHEST
from binhyen.people.view_auth import OfficerRequest, officers, see_other

_HOURS = (4, 8, 12, 24)


def _unit(request: OfficerRequest, code: str) -> UnitInfo:
    """Return the requested unit if visible, the own one without a code; everything else gets the same refusal."""
    unit = unit_by_code(code) if code else unit_by_id(request.user.unit_id)
    seen = sight(request.user)
    if unit is None or not (seen.province or seen.unit_id == unit.id):
        raise PermissionDenied
    return unit


@officers(May.WORK_CASES, May.MANAGE_ROSTER)
def roster(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    unit = _unit(request, request.GET.get("don-vi", ""))
    since = clock.day_start(clock.vietnam_day(now))
    shifts = queries.shifts_of(request.user, unit.id, since)
    running = queries.shifts_now(unit.id, now)
    manages = may_manage_roster(request.user.role, unit_id=unit.id, own_unit_id=request.user.unit_id)
    context = {
        "now": now,
        "unit": unit,
        "units": open_units() if sight(request.user).province else (),
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
        "people": queries.able_for_duty(unit.id) if manages else (),
        "hours": _HOURS,
        "day": clock.vietnam_day(now).isoformat(),
        "free_day": _free_day(shifts, clock.vietnam_day(now)).isoformat(),
        "last_day": (clock.vietnam_day(now) + FURTHEST).isoformat(),
        "add_url": reverse("roster_add") if manages else "",
        "remove_url": reverse("roster_remove") if manages else "",
    }
    return render(request, "people/roster.html", context)


def _free_day(shifts: Sequence[DutyShift], today: dt.date) -> dt.date:
    """Return the first day on which no shift begins, as the default of the form."""
    taken = {clock.vietnam_day(shift.starts_at) for shift in shifts}
    days = (today + dt.timedelta(days=n) for n in range(FURTHEST.days + 1))
    return next((day for day in days if day not in taken), today)


@officers(May.MANAGE_ROSTER, methods=("POST",))
def roster_add(request: OfficerRequest) -> HttpResponse:
    unit = _unit(request, request.POST.get("unit", ""))
    try:
        day = dt.date.fromisoformat(request.POST.get("day", ""))
        start = dt.time.fromisoformat(request.POST.get("start", ""))
        hours = int(request.POST.get("hours", ""))
        officer_id = queries.id_of(UUID(request.POST.get("officer", "")))
        starts_at = dt.datetime.combine(day, start.replace(tzinfo=None), clock.VIETNAM)
        ends_at = starts_at + dt.timedelta(hours=hours)
    except (ValueError, OverflowError):
        messages.error(request, _("Chọn cán bộ, ngày, giờ bắt đầu và số giờ."))
        return _back(unit)
    try:
        put_on_duty(
            unit_id=unit.id,
            officer_id=officer_id or 0,
            starts_at=starts_at,
            ends_at=ends_at,
            manager=request.user,
            now=clock.now(),
        )
        messages.success(request, _("Đã thêm ca trực."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return _back(unit)


@officers(May.MANAGE_ROSTER, methods=("POST",))
def roster_remove(request: OfficerRequest) -> HttpResponse:
    unit = _unit(request, request.POST.get("unit", ""))
    try:
        starts_at = dt.datetime.fromisoformat(request.POST.get("starts", "")).astimezone(clock.VIETNAM)
        officer_id = queries.id_of(UUID(request.POST.get("officer", "")))
    except (ValueError, OverflowError):
        messages.error(request, _("Không tìm thấy ca trực này."))
        return _back(unit)
    try:
        removed = take_off_duty(
            unit_id=unit.id,
            officer_id=officer_id or 0,
            starts_at=starts_at,
            manager=request.user,
            now=clock.now(),
        )
        messages.success(request, _("Đã bỏ ca trực.") if removed else _("Ca trực này đã được bỏ trước đó."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return _back(unit)


def _back(unit: UnitInfo) -> HttpResponse:
    return see_other(f"{reverse('roster')}?don-vi={unit.code}")
