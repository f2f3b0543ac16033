"""Dashboard of a commune or the province: what is open now, and a period beside the one before."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.areas.queries import get_directory
from binhyen.cases.choices import CATEGORY_LABELS, OUTCOME_LABELS
from binhyen.cases.queries.ratings import may_read_ratings
from binhyen.kit import clock
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import to_sort_key
from binhyen.language.reading import DANGER
from binhyen.people.access import count_scope, counts_province, counts_without_cases, officer_may, visibility
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, require_any_permission
from binhyen.stats import charts, dashboard, periods, queries
from binhyen.stats.area_filter import AreaFilter
from binhyen.stats.dashboard import KeySums, OpenCases, compute_rate
from binhyen.stats.metrics import CHANNEL_LABELS, POSTS, RESPONSE_LABELS, Breakdown, Metric, build_key
from binhyen.stats.period_filter import (
    CUSTOM,
    PeriodRequest,
    build_fields,
    format_place_note,
    get_area_name,
    parse_period_request,
)
from binhyen.stats.periods import ChartStep, Period
from binhyen.stats.views import LEDGER_URL, build_cases_url
from binhyen.ui import formatting
from binhyen.ui.label_cache import translate_deferred, translated_labels

DASHBOARD_URL = "/tong-quan"
_DESK_URL, _BULLETINS_URL = "/ban-truc", "/ban-tin"
_FIGURES_PART = "so-lieu"  # the figures alone, which renew themselves
_RENEW_SECONDS, _RENEW_SECONDS_WITHOUT_EVENTS = 60, 5
_QUICK = ("M5", "M15")  # an urgent case is answered in time within these
_FIGURES: tuple[tuple[str, Metric], ...] = (
    (N_("Đã nhận"), Metric.REPORTS),
    (N_("Đã xong"), Metric.CLOSED),
    (N_("Tin có giá trị"), Metric.VALUABLE_TIPS),
)
_STEP_TITLES = {ChartStep.DAY: N_("Ngày"), ChartStep.WEEK: N_("Tuần từ"), ChartStep.MONTH: N_("Tháng")}


@require_any_permission(Permission.READ_STATISTICS)
def show_dashboard(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    today, asked = to_vietnam_day(now), parse_period_request(request, now=now)
    period, previous = periods.get_comparable_periods(asked.period, today=today)
    step = periods.get_step(period)
    sums = dashboard.sum_keys(request.user, period, previous, ground=asked.ground, step=step)
    open_by_commune = dashboard.count_open_cases(request.user, ground=asked.ground, now=now)
    links = _Links(request.user, asked)
    context: dict[str, Any] = {
        "open_now": _list_open_figures(sum(open_by_commune.values(), OpenCases()), links),
        "figures": [
            *_list_period_figures(sums, links),
            _build_reach(request.user, asked, sums, period, previous),
            _build_coverage(request.user, asked, now),
        ],
        "counted_text": formatting.format_full_time(now),
        # events of cases do not reach a reader of sums
        "renew_seconds": _RENEW_SECONDS_WITHOUT_EVENTS if counts_without_cases(request.user) else _RENEW_SECONDS,
        "urls": {"figures": f"{DASHBOARD_URL}?{asked.build_query()}&phan={_FIGURES_PART}"},
    }
    if request.GET.get("phan") == _FIGURES_PART and not asked.error:
        return render(request, "stats/_figures.html", context)
    context |= {
        "now": now,
        "area": get_area_name(request.user, asked.ground),
        "place_note": format_place_note(asked.ground),
        "period": translate_deferred(asked.period.label),
        "compared": _("{first} – {last} so với {earlier_first} – {earlier_last}").format(
            first=periods.format_day(period.first),
            last=periods.format_day(period.last),
            earlier_first=periods.format_day(previous.first),
            earlier_last=periods.format_day(previous.last),
        ),
        "picks": build_fields(request, asked),
        "error": asked.error,
        "places": [
            {"url": f"{DASHBOARD_URL}?{asked.build_query(place)}", "name": place.name, "now_in": place.now_in}
            for place in asked.places
        ],
        "urls": context["urls"]
        | {
            "ledger": f"{LEDGER_URL}?{asked.build_query()}",
            "ratings": "/danh-gia-phuc-vu" if may_read_ratings(request.user) else "",
            "reports": f"/bao-cao?{asked.build_query()}",
            "whole": f"{DASHBOARD_URL}?{asked.build_query(AreaFilter())}"
            if asked.ground.key and visibility(request.user).province
            else "",
        },
        "loads": dashboard.list_officer_loads(request.user, ground=asked.ground, now=now)
        if asked.ground.key or not counts_province(request.user)
        else [],
        "flow": _build_flow(sums, period, step, links),
        "categories": _list_shares(sums, Breakdown.CATEGORY, CATEGORY_LABELS, period, step, links),
        "outcomes": _list_shares(sums, Breakdown.OUTCOME, OUTCOME_LABELS, period, step, links),
        "channels": _list_shares(sums, Breakdown.CHANNEL, CHANNEL_LABELS, period, step, links),
        "responses": _list_responses(sums, links),
        "communes": _list_communes(request.user, asked, period, previous, open_by_commune),
    }
    return render(request, "stats/dashboard.html", context, status=422 if asked.error else 200)


class _Links:
    """Addresses behind the numbers; empty where the officer sees no cases or the desk has no such filter."""

    def __init__(self, officer: Officer, asked: PeriodRequest) -> None:
        self._has_cases = officer_may(officer, Permission.READ_LEDGER)
        self._asked = asked
        self._whole_area = asked.ground.village_id is None and not asked.ground.now_in

    def to_cases(self, key: str, part: Period | None = None) -> str:
        """Return the address of the cases behind a key, of the whole period or a part of it."""
        if not self._has_cases:
            return ""
        asked = self._asked if part is None else replace(self._asked, period=part, choice=CUSTOM)
        return f"{build_cases_url(key)}?{asked.build_query()}"

    def to_desk(self, **filters: str) -> str:
        if not (self._has_cases and self._whole_area):
            return ""
        pairs = {"xa": self._asked.ground.key, **filters}
        query = urlencode({name: value for name, value in pairs.items() if value})
        return f"{_DESK_URL}?{query}" if query else _DESK_URL


def _list_open_figures(total: OpenCases, links: _Links) -> list[dict[str, Any]]:
    return [
        {"label": _("Đang mở"), "value": total.open, "url": links.to_desk()},
        {
            "label": _("Khẩn cấp"),
            "value": total.urgent,
            "url": links.to_desk(muc=str(DANGER)),
            "tone": "bad" if total.urgent else "",
        },
        {
            "label": _("Quá hạn"),
            "value": total.overdue,
            "url": links.to_desk(han="qua"),
            "tone": "bad" if total.overdue else "",
        },
        {"label": _("Chưa ai xử lý"), "value": total.unassigned, "url": links.to_desk(cua="khong")},
    ]


def _list_period_figures(sums: KeySums, links: _Links) -> list[dict[str, Any]]:
    figures = [
        {"label": _(label), "value": value, "note": _format_change(value, before), "url": links.to_cases(key)}
        for label, key in _FIGURES
        for value, before in [sums.get_change(key)]
    ]
    rate, rate_before = sums.get_on_time_rate()
    quick, quick_before = _get_quick_rate(sums.current), _get_quick_rate(sums.previous)
    return [
        *figures,
        {
            "label": _("Xong đúng hạn"),
            "value": _format_rate(rate),
            "note": _("kỳ trước {rate}").format(rate=_format_rate(rate_before)),
            "url": links.to_cases(dashboard.LATE),
            "link_text": _("Xem việc quá hạn"),
        },
        {
            "label": _("Việc khẩn cấp có người nhận trong 15 phút"),
            "value": _format_rate(quick),
            "note": _("kỳ trước {rate}").format(rate=_format_rate(quick_before)),
            "url": links.to_cases(Metric.URGENT),
        },
        {
            "label": _("Người báo nói có giúp được"),
            "value": _format_rate(dashboard.compute_satisfaction(sums.current)),
            "note": _("kỳ trước {rate}").format(rate=_format_rate(dashboard.compute_satisfaction(sums.previous))),
            "url": links.to_cases(build_key(Breakdown.RATING, "NOT_HELPED")),
            "link_text": _("Xem việc chưa giúp được"),
        },
    ]


def _build_reach(
    officer: Officer, asked: PeriodRequest, sums: KeySums, period: Period, previous: Period
) -> dict[str, Any]:
    """Build the figure of bulletins posted in groups: one for each group that a bulletin reached."""
    with count_scope(officer):
        value, before = (
            queries.count_posts(officer, days, asked.ground, summed=summed.get(POSTS, 0))
            for days, summed in ((period, sums.current), (previous, sums.previous))
        )
    return {
        "label": _("Lượt bản tin vào nhóm"),
        "value": value,
        "note": _format_change(value, before),
        "url": _BULLETINS_URL if officer_may(officer, Permission.WRITE_BULLETINS) else "",
    }


def _build_coverage(officer: Officer, asked: PeriodRequest, now: dt.datetime) -> dict[str, Any]:
    """Build the figure of the villages that have a group."""
    covered, villages = dashboard.count_village_coverage(officer, ground=asked.ground, now=now)
    return {
        "label": _("Thôn, tổ dân phố có nhóm"),
        "value": _format_rate(covered / villages if villages else None),
        "note": _("{n} trên {total}, bây giờ").format(
            n=formatting.format_number(covered), total=formatting.format_number(villages)
        ),
        "url": "",
    }


def _get_quick_rate(sums: Mapping[str, int]) -> float | None:
    """Return the share of urgent cases with a response time that were answered in time."""
    counts = {code: sums.get(build_key(Breakdown.URGENT_RESPONSE, code), 0) for code in RESPONSE_LABELS}
    total = sum(counts.values())
    return sum(counts[code] for code in _QUICK) / total if total else None


def _format_rate(rate: float | None) -> str:
    return f"{round(rate * 100)} %" if rate is not None else "–"


def _format_change(value: int, before: int) -> str:
    """Describe the change in words and a number, so that it needs no colour."""
    if value == before:
        return _("bằng kỳ trước")
    difference = formatting.format_number(abs(value - before))
    form = _("nhiều hơn kỳ trước {n}") if value > before else _("ít hơn kỳ trước {n}")
    return form.format(n=difference)


def _build_flow(sums: KeySums, period: Period, step: ChartStep, links: _Links) -> dict[str, Any]:
    """Build the chart of received and closed cases, and its table."""
    received, closed = (sums.by_step.get(key, {}) for key in (Metric.REPORTS, Metric.CLOSED))
    rows: list[dict[str, Any]] = [
        {
            "label": _format_step(part, step),
            "received": received.get(start, 0),
            "closed": closed.get(start, 0),
            "received_url": links.to_cases(Metric.REPORTS, part),
            "closed_url": links.to_cases(Metric.CLOSED, part),
        }
        for start, part in periods.split_period(period, step)
    ]
    columns = [
        charts.ChartColumn(
            row["label"],
            (row["received"], row["closed"]),
            (
                _("{step}: nhận {n}").format(step=row["label"], n=formatting.format_number(row["received"])),
                _("{step}: xong {n}").format(step=row["label"], n=formatting.format_number(row["closed"])),
            ),
            (row["received_url"], row["closed_url"]),
        )
        for row in rows
    ]
    return {"rows": rows, "chart": charts.draw_columns(columns), "step": _(_STEP_TITLES[step])}


def _format_step(part: Period, step: ChartStep) -> str:
    if step is ChartStep.MONTH:
        return f"{part.first.month}/{part.first.year}"
    return f"{part.first.day}/{part.first.month}"


def _list_shares(
    sums: KeySums, by: Breakdown, labels: Mapping[Any, str], period: Period, step: ChartStep, links: _Links
) -> list[dict[str, Any]]:
    """List the codes of a breakdown with cases now or before, most first."""
    starts = [start for start, part in periods.split_period(period, step)]
    names = translated_labels(labels)
    rows = []
    for code in labels:
        key = build_key(by, code)
        value, before = sums.get_change(key)
        if value or before:
            trend = [sums.by_step.get(key, {}).get(start, 0) for start in starts]
            rows.append(
                {
                    "label": names[code],
                    "value": value,
                    "previous": before,
                    "url": links.to_cases(key) if value else "",
                    "trend": trend if len(trend) > 1 else [],
                    "trend_text": ", ".join(map(str, trend)),
                }
            )
    return sorted(rows, key=lambda row: (-row["value"], to_sort_key(row["label"])))


def _list_responses(sums: KeySums, links: _Links) -> list[dict[str, Any]]:
    """List the response times of all cases and of the urgent ones, and how long officers took to these."""
    names = translated_labels(RESPONSE_LABELS)
    breakdowns = (Breakdown.RESPONSE, Breakdown.URGENT_RESPONSE, Breakdown.ARRIVAL)
    keys = [(code, *(build_key(by, code) for by in breakdowns)) for code in names]
    return [
        {
            "label": names[code],
            "value": sums.current.get(every, 0),
            "url": links.to_cases(every),
            "urgent": sums.current.get(urgent, 0),
            "urgent_url": links.to_cases(urgent),
            "arrived": sums.current.get(arrived, 0),
            "arrived_url": links.to_cases(arrived),
            "previous": sums.previous.get(every, 0),
        }
        for code, every, urgent, arrived in keys
    ]


def _list_communes(
    officer: Officer,
    asked: PeriodRequest,
    period: Period,
    previous: Period,
    open_by_commune: Mapping[int | None, OpenCases],
) -> list[dict[str, Any]]:
    """Compare the communes, most overdue first; only for the whole province."""
    if asked.ground.key or not counts_province(officer):
        return []
    numbers = dashboard.sum_by_commune(officer, period, previous)
    communes = {commune.area_id: commune for commune in get_directory().communes.values()}
    may_choose = visibility(officer).province  # small numbers stay closed to a reader without cases
    rows = []
    for area in {*numbers, *open_by_commune}:
        commune, open_cases = communes.get(area or 0), open_by_commune.get(area, OpenCases())
        current, before = numbers.get(area, ({}, {}))
        rows.append(
            {
                "name": commune.full_name if commune else _("Chưa rõ xã, phường"),
                "url": f"{DASHBOARD_URL}?{asked.build_query(AreaFilter(commune.code))}"
                if commune and may_choose
                else "",
                "open": open_cases.open,
                "overdue": open_cases.overdue,
                "reports": current.get(Metric.REPORTS, 0),
                "previous": before.get(Metric.REPORTS, 0),
                "closed": current.get(Metric.CLOSED, 0),
                "rate": _format_rate(compute_rate(current)),
            }
        )
    return sorted(rows, key=lambda row: (-row["overdue"], -row["reports"], to_sort_key(row["name"])))


# The page «what people worry about».


@require_any_permission(Permission.READ_STATISTICS)
def show_concerns(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    today, asked = to_vietnam_day(now), parse_period_request(request, now=now)
    topics = dashboard.list_concerns(request.user, today=today, ground=asked.ground)
    can_open = officer_may(request.user, Permission.WORK_CASES)
    context = {
        "now": now,
        "area": get_area_name(request.user, asked.ground),
        "least": dashboard.MIN_CONCERN_CASES,
        "weeks": [f"{monday:%d/%m}" for monday in dashboard.list_concern_weeks(today)],
        "rows": [
            {
                "label": _(topic.label),
                "weeks": ["–" if number is None else number for number in topic.weeks],
                "is_new": topic.is_new,
                "is_growing": topic.is_growing,
                "cases_url": f"/ban-truc?{urlencode({'xem': 'tat-ca', 'linh-vuc': topic.code})}" if can_open else "",
            }
            for topic in topics
        ],
    }
    return render(request, "stats/concerns.html", context)
