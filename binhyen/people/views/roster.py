"""Duty roster of one unit by week: officers on duty now, gaps, repeated shifts, swaps, numbers to call."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from binhyen.areas.queries import UnitInfo, find_unit_by_code, find_unit_by_id, list_open_units
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.typed_dates import parse_typed_day, parse_typed_time
from binhyen.people import queries
from binhyen.people.access import officer_may, visibility
from binhyen.people.models import DutyShift, Officer
from binhyen.people.roles import Permission, may_manage_roster
from binhyen.people.services import (
    RuleViolation,
    remove_duty_shift,
    repeat_duty_shift,
    swap_duty_shift,
)
from binhyen.people.services.roster import MAX_DAYS_AHEAD, find_gaps, list_repeated_days
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui.formatting import format_phone

_HOURS = (4, 8, 12, 24)
_FIRST_START, _FIRST_END = "07:00", "19:00"  # default of the form: 12 hours
_REPEATS = {
    "0": N_("Không lặp lại"),
    "1": N_("Mỗi ngày"),
    "2": N_("Cách một ngày"),
    "3": N_("Ba ngày một lần"),
    "4": N_("Bốn ngày một lần"),
    "7": N_("Mỗi tuần"),
}
_WEEKDAYS = (N_("Thứ hai"), N_("Thứ ba"), N_("Thứ tư"), N_("Thứ năm"), N_("Thứ sáu"), N_("Thứ bảy"), N_("Chủ nhật"))
_WEEK = dt.timedelta(days=7)
_DAY = dt.timedelta(days=1)


def _get_visible_unit(request: OfficerRequest, code: str) -> UnitInfo:
    """Return the requested unit if visible, the own one without a code; everything else gets the same refusal."""
    unit = find_unit_by_code(code) if code else find_unit_by_id(request.user.unit_id)
    allowed = visibility(request.user)
    if unit is None or not (allowed.province or allowed.unit_id == unit.id):
        raise PermissionDenied
    return unit


@require_any_permission(Permission.WORK_CASES, Permission.MANAGE_ROSTER)
def show_roster(request: OfficerRequest) -> HttpResponse:
    unit = _get_visible_unit(request, request.GET.get("don-vi", ""))
    return _render_roster(request, unit, week=request.GET.get("tuan", ""), form={})


def _render_roster(request: OfficerRequest, unit: UnitInfo, *, week: str, form: Mapping[str, str]) -> HttpResponse:
    """Render the week; `form`: the refused input, which is shown again with status 422."""
    now = clock.now()
    today = clock.to_vietnam_day(now)
    monday = _parse_week(week, today=today)
    since = clock.start_of_day(min(monday, today) - _DAY)  # yesterday's shift may run until this morning
    shifts = queries.list_shifts(request.user, unit.id, since)
    running = [shift for shift in shifts if shift.starts_at <= now < shift.ends_at]
    phones = queries.map_duty_phones({shift.officer.pk for shift in running}) if running else {}
    manages = may_manage_roster(request.user.role, unit_id=unit.id, own_unit_id=request.user.unit_id)
    people = queries.list_officers_for_duty(unit.id) if manages else ()
    context = {
        "now": now,
        "unit": unit,
        "units": list_open_units() if visibility(request.user).province else (),
        "on_duty": [
            {
                "name": shift.officer.name,
                "until": shift.ends_at.astimezone(clock.VIETNAM),
                "phone": format_phone(phone := phones.get(shift.officer.pk, "")),
                "call_url": f"tel:{phone}" if phone else "",
            }
            for shift in running
        ],
        "days": _build_days(shifts, monday, now=now, swaps=_list_swaps(shifts, people, now=now) if manages else []),
        "later": [
            _build_shift(shift, now=now, swaps=[]) | {"date": f"{shift.starts_at.astimezone(clock.VIETNAM):%d/%m/%Y}"}
            for shift in shifts
            if clock.to_vietnam_day(shift.starts_at) >= max(monday + _WEEK, today)
        ],
        "empty": not shifts,
        "week_text": f"{monday:%d/%m} – {monday + dt.timedelta(days=6):%d/%m/%Y}",
        "weeks": {
            "before_url": _build_url(unit, monday - _WEEK),
            "after_url": _build_url(unit, monday + _WEEK),
            "now_url": "" if monday <= today < monday + _WEEK else _build_url(unit, today),
        },
        "week": monday.isoformat(),
        "people": people,
        "hours": [str(hours) for hours in _HOURS],
        "repeats": [{"value": value, "label": _(label)} for value, label in _REPEATS.items()],
        "day": today.isoformat(),
        "form": {"day": _free_day(shifts, now).isoformat(), "start": _FIRST_START, "hours": "12", "every": "0"}
        | {name: form[name] for name in ("officer", "day", "start", "hours", "every", "until") if name in form},
        "last_day": (today + MAX_DAYS_AHEAD).isoformat(),
        "bell_url": "/chuong" if officer_may(request.user, Permission.WORK_CASES) else "",
        "add_url": reverse("roster_add") if manages else "",
        "remove_url": reverse("roster_remove") if manages else "",
        "swap_url": reverse("roster_swap") if manages else "",
    }
    return render(request, "people/roster.html", context, status=422 if form else 200)


def _parse_week(text: str, *, today: dt.date) -> dt.date:
    """Return the Monday of the asked day, or of today; within a year either way."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = today
    day = day if abs((day - today).days) < 366 else today
    return day - dt.timedelta(days=day.weekday())


def _build_url(unit: UnitInfo, day: dt.date) -> str:
    return f"{reverse('roster')}?{urlencode({'don-vi': unit.code, 'tuan': day.isoformat()})}"


def _build_days(
    shifts: Sequence[DutyShift], monday: dt.date, *, now: dt.datetime, swaps: list[dict[str, str]]
) -> list[dict[str, Any]]:
    """Build the seven days: shifts that begin on each, and hours from now on that no shift covers.

    Without any shift in the week the whole unit is on duty, so nothing is a gap.
    """
    start, end = clock.start_of_day(monday), clock.start_of_day(monday + _WEEK)
    spans = [(shift.starts_at, shift.ends_at) for shift in shifts]
    has_roster = any(first < end and last > start for first, last in spans)
    days, today = [], clock.to_vietnam_day(now)
    for number in range(7):
        day = monday + dt.timedelta(days=number)
        first, last = clock.start_of_day(day), clock.start_of_day(day + _DAY)
        gaps = find_gaps(spans, since=max(first, now), until=last) if has_roster and last > now else []
        days.append(
            {
                "label": _(_WEEKDAYS[number]),
                "date": f"{day:%d/%m}",
                "today": day == today,
                "past": day < today,
                "shifts": [
                    _build_shift(shift, now=now, swaps=swaps)
                    for shift in shifts
                    if clock.to_vietnam_day(shift.starts_at) == day
                ],
                "gaps": [
                    {"from": _format_hour(gap[0]), "to": "24:00" if gap[1] == last else _format_hour(gap[1])}
                    for gap in gaps
                ],
            }
        )
    return days


def _build_shift(shift: DutyShift, *, now: dt.datetime, swaps: list[dict[str, str]]) -> dict[str, Any]:
    officer_id = f"{shift.officer.public_id}"
    over_night = clock.to_vietnam_day(shift.ends_at) > clock.to_vietnam_day(shift.starts_at)
    return {
        "from": _format_hour(shift.starts_at),
        "to": _format_hour(shift.ends_at),
        "next_day": over_night and shift.ends_at != clock.start_of_day(clock.to_vietnam_day(shift.ends_at)),
        "starts": shift.starts_at.isoformat(),
        "officer": {"name": shift.officer.name, "public_id": officer_id},
        "running": shift.starts_at <= now < shift.ends_at,
        "over": shift.ends_at <= now,
        "swaps": [option for option in swaps if not option["value"].startswith(officer_id)],
    }


def _list_swaps(shifts: Sequence[DutyShift], people: Sequence[Officer], *, now: dt.datetime) -> list[dict[str, str]]:
    """List the officers for a shift, then the shifts to exchange it with."""
    options = [{"value": f"{person.public_id}", "label": person.name} for person in people]
    return options + [
        {
            "value": f"{shift.officer.public_id}@{shift.starts_at.isoformat()}",
            "label": _("đổi với {name}, {moment}").format(
                name=shift.officer.name, moment=f"{shift.starts_at.astimezone(clock.VIETNAM):%H:%M %d/%m}"
            ),
        }
        for shift in shifts
        if shift.starts_at > now
    ]


def _format_hour(moment: dt.datetime) -> str:
    return f"{moment.astimezone(clock.VIETNAM):%H:%M}"


def _free_day(shifts: Sequence[DutyShift], now: dt.datetime) -> dt.date:
    """Return the first day on which no shift begins and one still can, as the default of the form."""
    today = clock.to_vietnam_day(now) + (_DAY if _format_hour(now) >= _FIRST_END else dt.timedelta())
    used_days = {clock.to_vietnam_day(shift.starts_at) for shift in shifts}
    days = (today + dt.timedelta(days=offset) for offset in range(MAX_DAYS_AHEAD.days + 1))
    return next((day for day in days if day not in used_days), today)


@require_any_permission(Permission.MANAGE_ROSTER, methods=("POST",))
def add_roster_shift(request: OfficerRequest) -> HttpResponse:
    """Add a shift, repeated until a day where asked; all of them or none, and then the form keeps its input (422)."""
    unit = _get_visible_unit(request, request.POST.get("unit", ""))
    now = clock.now()
    try:
        day = parse_typed_day(request.POST.get("day", ""))
        start = parse_typed_time(request.POST.get("start", ""))
        hours = int(request.POST.get("hours", ""))
        officer_id = queries.get_officer_id(UUID(request.POST.get("officer", "")))
        every = int(request.POST["every"]) if request.POST.get("every") in _REPEATS else 0
        last = _parse_last_day(request.POST.get("until", ""), clock.to_vietnam_day(now))
        if every and not clock.to_vietnam_day(now) <= day <= last:
            messages.error(request, _("Ngày lặp đến phải sau ngày đầu, và ngày đầu từ hôm nay trở đi."))
            return _render_roster(request, unit, week=request.POST.get("week", ""), form=request.POST)
        spans = [
            (starts_at, starts_at + dt.timedelta(hours=hours))
            for starts_at in (
                dt.datetime.combine(shift_day, start, clock.VIETNAM)
                for shift_day in list_repeated_days(day, every=every, last=last)
            )
        ]
    except (ValueError, OverflowError):
        messages.error(request, _("Chọn cán bộ, ngày, giờ bắt đầu và số giờ, ví dụ: 01/12/2026, 19:00, 8."))
        return _render_roster(request, unit, week=request.POST.get("week", ""), form=request.POST)
    try:
        count = repeat_duty_shift(
            unit_id=unit.id, officer_id=officer_id or 0, spans=spans, manager=request.user, now=now
        )
        if count == 1:
            messages.success(request, _("Đã thêm ca trực."))
        else:
            text = ngettext("Đã thêm {n} ca trực.", "Đã thêm {n} ca trực.", count)
            messages.success(request, text.format(n=count))
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
        return _render_roster(request, unit, week=day.isoformat(), form=request.POST)
    return _redirect_to_roster(unit, request.POST, day=day)


def _parse_last_day(text: str, today: dt.date) -> dt.date:
    """Return the last day of a repetition: four weeks ahead unless a day is given, never beyond the limit."""
    day = parse_typed_day(text) if text.strip() else today + dt.timedelta(days=27)
    return min(day, today + MAX_DAYS_AHEAD)


@require_any_permission(Permission.MANAGE_ROSTER, methods=("POST",))
def swap_roster_shift(request: OfficerRequest) -> HttpResponse:
    """Give a shift to a colleague, or exchange it with one of theirs."""
    unit = _get_visible_unit(request, request.POST.get("unit", ""))
    other, _separator, other_start = request.POST.get("with", "").partition("@")
    try:
        starts_at = _parse_moment(request.POST.get("starts", ""))
        officer_id = queries.get_officer_id(UUID(request.POST.get("officer", "")))
        other_id = queries.get_officer_id(UUID(other))
        other_starts_at = _parse_moment(other_start) if other_start else None
    except (ValueError, OverflowError):
        messages.error(request, _("Chọn người nhận ca hoặc ca để đổi."))
        return _redirect_to_roster(unit, request.POST)
    try:
        swap_duty_shift(
            unit_id=unit.id,
            officer_id=officer_id or 0,
            starts_at=starts_at,
            other_id=other_id or 0,
            other_starts_at=other_starts_at,
            manager=request.user,
            now=clock.now(),
        )
        messages.success(request, _("Đã đổi ca trực."))
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    return _redirect_to_roster(unit, request.POST)


def _parse_moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).astimezone(clock.VIETNAM)


@require_any_permission(Permission.MANAGE_ROSTER, methods=("POST",))
def remove_roster_shift(request: OfficerRequest) -> HttpResponse:
    unit = _get_visible_unit(request, request.POST.get("unit", ""))
    try:
        starts_at = _parse_moment(request.POST.get("starts", ""))
        officer_id = queries.get_officer_id(UUID(request.POST.get("officer", "")))
    except (ValueError, OverflowError):
        messages.error(request, _("Không tìm thấy ca trực này."))
        return _redirect_to_roster(unit, request.POST)
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
    return _redirect_to_roster(unit, request.POST)


def _redirect_to_roster(unit: UnitInfo, data: Mapping[str, str], *, day: dt.date | None = None) -> HttpResponse:
    """Return to the week of `day`, or to the one that the form was on."""
    today = clock.to_vietnam_day(clock.now())
    return redirect_after_post(
        _build_url(unit, _parse_week(day.isoformat() if day else data.get("week", ""), today=today))
    )
