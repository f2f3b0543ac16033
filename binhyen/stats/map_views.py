"""Map of the communes: a shade for each number, its table, open cases as points, and hot hours of the week."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.areas import map_drawing
from binhyen.areas.map_drawing import Box, ColourClass, Projection
from binhyen.areas.queries import CommuneEntry, get_directory, list_outlines, list_simplified_rings, list_split_rings
from binhyen.kit import clock
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code
from binhyen.kit.text import to_sort_key
from binhyen.language.reading import DANGER
from binhyen.people.access import counts_province, officer_may, visibility
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, require_any_permission
from binhyen.stats import map_queries, periods
from binhyen.stats.area_filter import AreaFilter
from binhyen.stats.map_queries import ON_TIME, OPEN, OVERDUE, CommuneNumbers
from binhyen.stats.metrics import HOUR_LABELS, Breakdown, Metric, build_hour_code, build_key
from binhyen.stats.period_filter import PeriodRequest, build_fields, get_area_name, parse_period_request
from binhyen.stats.views import build_cases_url
from binhyen.ui import formatting
from binhyen.ui.label_cache import translate_deferred
from binhyen.ui.stored_text_i18n import translate_title

MAP_URL = "/ban-do"
# Code in the address → key of the numbers, label. The first is shown unless another is chosen.
_MEASURES: dict[str, tuple[str, str]] = {
    "da-nhan": (Metric.REPORTS, N_("Đã nhận trong kỳ")),
    "khan-cap": (Metric.URGENT, N_("Khẩn cấp trong kỳ")),
    "co-gia-tri": (Metric.VALUABLE_TIPS, N_("Tin có giá trị")),
    "da-xong": (Metric.CLOSED, N_("Đã xong trong kỳ")),
    "dung-han": (ON_TIME, N_("Xong đúng hạn (%)")),
    "dang-mo": (OPEN, N_("Đang mở bây giờ")),
    "qua-han": (OVERDUE, N_("Quá hạn bây giờ")),
}
_WEEKDAYS = (N_("Thứ Hai"), N_("Thứ Ba"), N_("Thứ Tư"), N_("Thứ Năm"), N_("Thứ Sáu"), N_("Thứ Bảy"), N_("Chủ Nhật"))
_ZOOM_MARGIN = 0.02  # degrees around one commune


@require_any_permission(Permission.READ_STATISTICS)
def show_map(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    asked = parse_period_request(request, now=now)
    period, previous = periods.get_comparable_periods(asked.period, today=to_vietnam_day(now))
    measure = request.GET.get("so", "")
    error = asked.error
    if measure not in _MEASURES:
        error = error or (_("Bản đồ không có số này. Hãy chọn trong danh sách.") if measure else "")
        measure = next(iter(_MEASURES))
    key = _MEASURES[measure][0]
    focus = _find_focus(request.user, asked.ground)
    box = _get_box(focus)
    projection = map_drawing.build_projection(box)
    numbers = map_queries.list_commune_numbers(request.user, period, previous, now=now)
    values = {
        entry.code: numbers[entry.area_id].values.get(key, 0)
        for entry in get_directory().communes.values()
        if entry.area_id in numbers
    }
    classes, indexes = map_drawing.classify_values(values)
    points, has_more = map_queries.list_open_points(request.user, box, ground=asked.ground, now=now)
    context = {
        "now": now,
        "area": get_area_name(request.user, asked.ground),
        "period": translate_deferred(asked.period.label),
        "picks": [_build_measure_field(measure), *build_fields(request, asked)],
        "error": error,
        "places": [
            {"url": f"{MAP_URL}?{asked.build_query(place)}", "name": place.name, "now_in": place.now_in}
            for place in asked.places
        ],
        "whole_url": f"{MAP_URL}?so={measure}&{asked.build_query(AreaFilter())}"
        if asked.ground.key and counts_province(request.user)
        else "",
        "measure": _(_MEASURES[measure][1]),
        "map": {
            "width": map_drawing.WIDTH,
            "height": projection.height,
            "box": " ".join(f"{degrees:.6f}" for degrees in map_drawing.frame_drawing(projection)),
            "shapes": _draw_shapes(request.user, asked, measure, values, indexes, focus),
            "points": [_draw_point(point, projection) for point in points],
            "has_more": has_more,
            "legend": [_describe_class(entry) for entry in classes],
        },
        "rows": _list_rows(request.user, asked, measure, numbers),
        "hours": _build_hours(request.user, asked),
    }
    return render(request, "stats/map.html", context, status=422 if error else 200)


def _build_measure_field(measure: str) -> dict[str, Any]:
    options = [
        {"value": code, "label": _(label), "chosen": code == measure} for code, (_key, label) in _MEASURES.items()
    ]
    return {"name": "so", "label": _("Số liệu"), "options": options}


def _find_focus(officer: Officer, ground: AreaFilter) -> frozenset[str]:
    """Return the codes of the communes that the map is drawn around; empty: the whole province."""
    directory = get_directory()
    if ground.commune_ids:
        return frozenset(code for code, entry in directory.communes.items() if entry.area_id in ground.commune_ids)
    if counts_province(officer):
        return frozenset()
    commune_code = directory.get_commune_code(officer.unit.area_id)
    return frozenset([commune_code] if commune_code else [])


def _get_box(focus: frozenset[str]) -> Box:
    communes = get_directory().communes
    boxes = [
        outline.box
        for outline in list_outlines()
        if not focus or (outline.code in communes and communes[outline.code].code in focus)
    ]
    for code in focus & list_split_rings().keys():
        longitudes, latitudes = zip(*(point for ring in list_split_rings()[code] for point in ring), strict=True)
        boxes.append((min(longitudes), min(latitudes), max(longitudes), max(latitudes)))
    west, south, east, north = map_drawing.join_boxes(boxes or [outline.box for outline in list_outlines()])
    margin = _ZOOM_MARGIN if focus else 0
    return west - margin, south - margin, east + margin, north + margin


@lru_cache(maxsize=80)
def _draw_commune(code: str, box: Box) -> str:
    return map_drawing.draw_path(list_simplified_rings(code), map_drawing.build_projection(box))


def _list_shown_outlines(box: Box) -> list[tuple[CommuneEntry, str]]:
    """Return the communes within a box and their paths; those split off lie above the ground that they came from."""
    west, south, east, north = box
    communes, shown = get_directory().communes, []
    for outline in list_outlines():
        left, low, right, high = outline.box
        if outline.code in communes and right >= west and left <= east and high >= south and low <= north:
            shown.append((communes[outline.code], _draw_commune(outline.code, box)))
    projection = map_drawing.build_projection(box)
    return shown + [
        (communes[code], map_drawing.draw_path(rings, projection)) for code, rings in list_split_rings().items()
    ]


def _draw_shapes(
    officer: Officer,
    asked: PeriodRequest,
    measure: str,
    values: Mapping[str, int],
    indexes: Mapping[str, int],
    focus: frozenset[str],
) -> list[dict[str, Any]]:
    """Return every commune of the box; those outside the officer's numbers have no value and no address."""
    may_choose, shapes = visibility(officer).province, []
    for entry, path in _list_shown_outlines(_get_box(focus)):
        value = values.get(entry.code)  # an outline of a commune that was merged shows the number of the new one
        title = entry.full_name if value is None else f"{entry.full_name}: {formatting.format_number(value)}"
        shapes.append(
            {
                "path": path,
                "shade": indexes.get(entry.code, -1) if value else "none" if value is None else "zero",
                "title": title,
                "url": _build_commune_url(asked, measure, entry) if may_choose else "",
                "is_chosen": entry.code in focus,
            }
        )
    return sorted(shapes, key=lambda shape: shape["is_chosen"])  # the chosen outline lies above its neighbours


def _build_commune_url(asked: PeriodRequest, measure: str, entry: CommuneEntry) -> str:
    return f"{MAP_URL}?so={measure}&{asked.build_query(AreaFilter(entry.code))}"


def _draw_point(point: map_queries.CasePoint, projection: Projection) -> dict[str, Any]:
    x, y = projection.place(point.longitude, point.latitude)
    code = format_code(point.code)
    words = [translate_title(point.title), code]
    if point.urgency >= DANGER:
        words.append(_("khẩn cấp"))
    if point.is_overdue:
        words.append(_("quá hạn"))
    return {
        "x": f"{x:.1f}",
        "y": f"{y:.1f}",
        "is_urgent": point.urgency >= DANGER,
        "title": ", ".join(words),
        "url": f"/vu-viec/{code}",
    }


def _describe_class(entry: ColourClass) -> dict[str, Any]:
    low, high = formatting.format_number(entry.lowest), formatting.format_number(entry.highest)
    return {"shade": entry.index, "label": low if low == high else f"{low} – {high}"}


def _list_rows(
    officer: Officer, asked: PeriodRequest, measure: str, numbers: Mapping[int | None, CommuneNumbers]
) -> list[dict[str, Any]]:
    """List the communes of the map, most first; every number that has cases leads to them."""
    key = _MEASURES[measure][0]
    communes = {entry.area_id: entry for entry in get_directory().communes.values()}
    has_cases = officer_may(officer, Permission.READ_LEDGER)
    rows = []
    for area, entry_numbers in numbers.items():
        entry = communes.get(area or 0)
        if asked.ground.commune_ids and area not in asked.ground.commune_ids:
            continue
        value = entry_numbers.values.get(key)
        commune = AreaFilter(entry.code) if entry else AreaFilter()
        rows.append(
            {
                "name": entry.full_name if entry else _("Chưa rõ xã, phường"),
                "url": _build_commune_url(asked, measure, entry) if entry and visibility(officer).province else "",
                "value": value,
                "previous": entry_numbers.previous.get(key),
                "value_url": _build_value_url(key, asked, commune) if value and entry and has_cases else "",
            }
        )
    return sorted(rows, key=lambda row: (-(row["value"] or 0), to_sort_key(row["name"])))


def _build_value_url(key: str, asked: PeriodRequest, commune: AreaFilter) -> str:
    if key == OPEN:
        return f"/ban-truc?xa={commune.key}"
    if key == OVERDUE:
        return f"/ban-truc?xa={commune.key}&han=qua"
    if key == ON_TIME:
        return f"{build_cases_url(build_key(Breakdown.DEADLINES, 'LATE'))}?{asked.build_query(commune)}"
    return f"{build_cases_url(key)}?{asked.build_query(commune)}"


def _build_hours(officer: Officer, asked: PeriodRequest) -> dict[str, Any]:
    """Build the table of reports by weekday and hour, shaded like the map."""
    sums = map_queries.sum_by_hour(officer, asked.period, ground=asked.ground)
    cells = {build_hour_code(day, hour): sums[day][hour] for day in range(7) for hour in range(24)}
    _classes, indexes = map_drawing.classify_values(cells)
    has_cases = officer_may(officer, Permission.READ_LEDGER)
    query = asked.build_query()
    rows = []
    for day, name in enumerate(_WEEKDAYS):
        row = []
        for hour in range(24):
            code = build_hour_code(day, hour)
            url = f"{build_cases_url(build_key(Breakdown.HOUR, code))}?{query}" if has_cases and cells[code] else ""
            row.append({"value": cells[code], "shade": indexes.get(code, "zero"), "url": url})
        rows.append({"name": _(name), "cells": row, "total": sum(sums[day])})
    busiest = max(cells, key=lambda code: cells[code])
    return {
        "rows": rows,
        "head": range(24),
        "busiest": translate_deferred(HOUR_LABELS[busiest]) if cells[busiest] else "",
        "busiest_value": cells[busiest],
    }
