"""Outcome ledger for an area and a period, and the cases behind each number."""

import datetime as dt
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.areas.queries import get_directory, list_reorganisation_days
from binhyen.cases.choices import OUTCOME_LABELS, Outcome
from binhyen.kit import clock
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code
from binhyen.kit.text import to_sort_key
from binhyen.people.access import counts_province, officer_may, visibility
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, require_any_permission
from binhyen.stats import periods, queries
from binhyen.stats.area_filter import ALL_AREAS, AreaFilter
from binhyen.stats.metrics import (
    BREAKDOWN_LABELS,
    BREAKDOWN_TITLES,
    LEDGER_LINES,
    Breakdown,
    Metric,
    list_metric_keys,
    to_slug,
)
from binhyen.stats.models import Contribution
from binhyen.stats.period_filter import (
    PeriodRequest,
    build_fields,
    format_place_note,
    get_area_name,
    parse_period_request,
)
from binhyen.stats.queries import COMPARED_METRICS, LedgerEntry
from binhyen.ui import formatting
from binhyen.ui.label_cache import translate_deferred, translated_labels
from binhyen.ui.stored_text_i18n import translate_title

LEDGER_URL = "/ket-qua"
_THEN = "khi-do"  # the communes as they were on the day of each case
_GROUPS: tuple[tuple[str, frozenset[Metric | None]], ...] = (
    (N_("Nhóm và tuyên truyền"), frozenset({None})),
    (
        N_("Tin báo và vụ việc"),
        frozenset({Metric.REPORTS, Metric.URGENT, Metric.VALUABLE_TIPS, Metric.PETITIONS, Metric.CLOSED}),
    ),
    (
        N_("Kết quả cho người dân"),
        frozenset(
            {
                Metric.GUIDED,
                Metric.ITEMS_RETURNED,
                Metric.PEOPLE_FOUND,
                Metric.FRAUDS_STOPPED,
                Metric.WEAPONS,
                Metric.HELPED,
                Metric.COMMENDED,
            }
        ),
    ),
)
_NOTE = N_("Mỗi vụ tính một lần cho mỗi dòng; vụ đã gộp tính trong vụ nhận. Ngày tính theo giờ Việt Nam.")


@require_any_permission(Permission.READ_STATISTICS)
def show_ledger(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    asked = parse_period_request(request, now=now)
    previous_period = periods.get_previous_period(asked.period)
    entries = queries.get_ledger(request.user, asked.period, ground=asked.ground)
    earlier = queries.get_ledger(request.user, previous_period, ground=asked.ground)
    has_cases = officer_may(request.user, Permission.READ_LEDGER)
    is_then = request.GET.get("dia-gioi") == _THEN
    rows = [
        (entry.line.metric, _build_row(entry, e_before, asked, has_cases=has_cases))
        for entry, e_before in zip(entries, earlier, strict=True)
    ]
    context = {
        "now": now,
        "area": get_area_name(request.user, asked.ground),
        "place_note": format_place_note(asked.ground),
        "period": translate_deferred(asked.period.label),
        "counted_text": formatting.format_full_time(now),
        "picks": build_fields(request, asked),
        "error": asked.error,
        "note": _(_NOTE),
        "trend_label": _("Theo tháng"),
        "places": [
            {"url": f"{LEDGER_URL}?{asked.build_query(place)}", "name": place.name, "now_in": place.now_in}
            for place in asked.places
        ],
        "groups": [
            {"title": _(title), "rows": [row for metric, row in rows if metric in metrics]}
            for title, metrics in _GROUPS
        ],
        "communes": _list_communes(request.user, asked, is_then=is_then),
        "boundaries": _describe_boundaries(request.user, asked, is_then=is_then, today=to_vietnam_day(now)),
        "whole_url": f"{LEDGER_URL}?{asked.build_query(ALL_AREAS)}"
        if asked.ground.key and counts_province(request.user)
        else "",
    }
    return render(request, "stats/ledger.html", context, status=422 if asked.error else 200)


@require_any_permission(Permission.READ_LEDGER)
def show_cases_behind(request: OfficerRequest, metric: str) -> HttpResponse:
    """Show the cases behind a number."""
    now = clock.now()
    key = list_metric_keys().get(metric)
    if key is None:
        raise Http404
    asked = parse_period_request(request, now=now)
    cursor = request.GET.get("sau", "")
    page = queries.list_cases_behind(request.user, key, asked.period, ground=asked.ground, cursor=cursor)
    total = queries.count_cases_behind(request.user, key, asked.period, ground=asked.ground)
    here = f"{build_cases_url(key)}?{asked.build_query()}"
    context = {
        "urls": {"ledger": f"{LEDGER_URL}?{asked.build_query()}"},
        "metric": get_key_label(key),
        "area": get_area_name(request.user, asked.ground),
        "period": translate_deferred(asked.period.label),
        "total": total,
        "unit_word": _("vụ việc"),
        "hidden_text": "",
        "rows": [_to_case_row(contribution) for contribution in page.rows],
        "pager": {"first_url": here if cursor else "", "next_url": f"{here}&sau={page.next}" if page.next else ""},
    }
    return render(request, "stats/cases_behind.html", context, status=422 if asked.error else 200)


def build_cases_url(key: str) -> str:
    """Return the address of the cases behind a key of metrics.list_metric_keys."""
    return f"{LEDGER_URL}/{to_slug(key)}"


def get_key_label(key: str) -> str:
    """Return the label of a metric, or the title and label of a breakdown's code."""
    breakdown, _dot, code = key.partition(".")
    if code:
        by = Breakdown(breakdown)
        return f"{_(BREAKDOWN_TITLES[by])}: {translate_deferred(BREAKDOWN_LABELS[by][code])}"
    return next(_(line.label) for line in LEDGER_LINES if line.metric == key)


def _build_row(entry: LedgerEntry, previous: LedgerEntry, asked: PeriodRequest, *, has_cases: bool) -> dict[str, Any]:
    """Format one line.

    Groups and members have no cases behind them, only a count at the end of the period. `has_cases`: whether the
    officer may see the cases.
    """
    metric = entry.line.metric
    trend = [number for day, number in entry.by_month] if len(entry.by_month) > 1 else []
    return {
        "label": _(entry.line.label),
        "hint": "" if metric or entry.line.source == "bulletins" else _("Tính đến cuối kỳ"),
        "value": entry.value,
        "previous": previous.value,
        "url": f"{build_cases_url(metric)}?{asked.build_query()}" if metric and has_cases else "",
        "trend": trend,
        "trend_text": _format_months(entry),
    }


def _describe_boundaries(
    officer: Officer, asked: PeriodRequest, *, is_then: bool, today: dt.date
) -> dict[str, str] | None:
    """Return the title of the communes and the address of the other map; None if no commune changed since the period
    began.
    """
    if asked.ground.key or not counts_province(officer) or not list_reorganisation_days(asked.period.first, today):
        return None
    query = asked.build_query()
    if is_then:
        return {"title": _("Theo địa giới khi đó"), "other": _("Theo địa giới hôm nay"), "url": f"{LEDGER_URL}?{query}"}
    url = f"{LEDGER_URL}?{query}&dia-gioi={_THEN}"
    return {"title": _("Theo địa giới hôm nay"), "other": _("Theo địa giới khi đó"), "url": url}


def _list_communes(officer: Officer, asked: PeriodRequest, *, is_then: bool) -> list[dict[str, Any]]:
    """Compare the communes, most reports first; only for province visibility and the whole area."""
    if asked.ground.key or not counts_province(officer):
        return []
    if is_then:
        then = queries.count_by_commune_then(officer, asked.period)
        then_rows = [
            {
                "name": name or _("Chưa rõ xã, phường"),
                "url": "",
                **{metric.lower(): numbers.get(metric, 0) for metric in COMPARED_METRICS},
            }
            for name, numbers in then.items()
        ]
        return sorted(then_rows, key=lambda row: (-row["reports"], to_sort_key(row["name"])))
    called = {commune.area_id: (commune.full_name, commune.code) for commune in get_directory().communes.values()}
    rows, may_choose = [], visibility(officer).province  # small numbers stay closed to a reader without cases
    for area, numbers in queries.count_by_commune(officer, asked.period).items():
        name, code = called.get(area or 0, (_("Chưa rõ xã, phường"), ""))
        url = f"{LEDGER_URL}?{asked.build_query(AreaFilter(code))}" if code and may_choose else ""
        row = {"name": name, "url": url, **{metric.lower(): numbers.get(metric, 0) for metric in COMPARED_METRICS}}
        rows.append((-numbers.get(Metric.REPORTS, 0), not code, to_sort_key(name), row))
    return [row for *_order, row in sorted(rows, key=lambda entry: entry[:3])]


def _format_months(entry: LedgerEntry) -> str:
    form = _("tháng {month}/{year}: {n}")
    return ", ".join(form.format(month=day.month, year=day.year, n=number) for day, number in entry.by_month)


def _to_case_row(row: Contribution) -> dict[str, str]:
    case, code = row.case, format_code(row.case.code)
    return {
        "title": translate_title(case.title),
        "url": f"/vu-viec/{code}",
        "code": code,
        "place": case.place,
        "outcome": translated_labels(OUTCOME_LABELS)[Outcome(case.outcome)] if case.outcome else "",
        "unit": case.unit.name,
        "day": periods.format_day(row.day),
    }
