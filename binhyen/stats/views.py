"""Outcome ledger for an area and a period, and the cases behind each number."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.areas.queries import get_directory
from binhyen.cases.choices import OUTCOME_LABELS, Outcome
from binhyen.kit import clock
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code
from binhyen.kit.text import collapse_spaces, to_nfc, to_sort_key
from binhyen.people.access import visibility
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, require_any_permission
from binhyen.stats import area_filter, periods, queries
from binhyen.stats.area_filter import ALL_AREAS, AreaFilter
from binhyen.stats.metrics import Metric
from binhyen.stats.models import Contribution
from binhyen.stats.periods import PERIOD_CHOICES, InvalidPeriod, Period
from binhyen.stats.queries import COMPARED_METRICS, LedgerEntry
from binhyen.ui import formatting
from binhyen.ui.label_cache import translate_deferred, translated_labels
from binhyen.ui.stored_text_i18n import translate_title

LEDGER_URL = "/ket-qua"
_CUSTOM = "tuy-chon"
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


@dataclass(frozen=True, slots=True)
class LedgerRequest:
    """Area and period of the request. `places`: all areas that the typed name may mean."""

    period: Period
    choice: str
    ground: AreaFilter = ALL_AREAS
    places: tuple[AreaFilter, ...] = ()
    error: str = ""

    def build_query(self, ground: AreaFilter | None = None) -> str:
        pairs = {"xa": (ground or self.ground).key, "ky": self.choice}
        if self.choice == _CUSTOM:
            pairs |= {"tu": self.period.first.isoformat(), "den": self.period.last.isoformat()}
        return urlencode({name: value for name, value in pairs.items() if value})


@require_any_permission(Permission.READ_LEDGER)
def show_ledger(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    asked = _parse_request(request, now=now)
    previous_period = periods.get_previous_period(asked.period)
    entries = queries.get_ledger(request.user, asked.period, ground=asked.ground)
    earlier = queries.get_ledger(request.user, previous_period, ground=asked.ground)
    rows = [
        (entry.line.metric, _build_row(entry, e_before, asked))
        for entry, e_before in zip(entries, earlier, strict=True)
    ]
    context = {
        "now": now,
        "area": _get_area_name(request.user, asked.ground),
        "place_note": _format_place_note(asked.ground),
        "period": translate_deferred(asked.period.label),
        "counted_text": formatting.format_full_time(now),
        "picks": _build_fields(request, asked),
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
        "communes": _list_communes(request.user, asked),
        "whole_url": f"{LEDGER_URL}?{asked.build_query(ALL_AREAS)}"
        if asked.ground.key and visibility(request.user).province
        else "",
    }
    return render(request, "stats/ledger.html", context, status=422 if asked.error else 200)


@require_any_permission(Permission.READ_LEDGER)
def show_cases_behind(request: OfficerRequest, metric: str) -> HttpResponse:
    """Show the cases behind a number."""
    now = clock.now()
    try:
        wanted = Metric(metric.upper().replace("-", "_"))
    except ValueError:
        raise Http404 from None
    asked = _parse_request(request, now=now)
    cursor = request.GET.get("sau", "")
    entries = queries.get_ledger(request.user, asked.period, ground=asked.ground)
    entry = next(candidate for candidate in entries if candidate.line.metric is wanted)
    page = queries.list_cases_behind(request.user, wanted, asked.period, ground=asked.ground, cursor=cursor)
    here = f"{_build_cases_url(wanted)}?{asked.build_query()}"
    context = {
        "urls": {"ledger": f"{LEDGER_URL}?{asked.build_query()}"},
        "metric": _(entry.line.label),
        "area": _get_area_name(request.user, asked.ground),
        "period": translate_deferred(asked.period.label),
        "total": entry.value,
        "unit_word": _("vụ việc"),
        "hidden_text": "",
        "rows": [_to_case_row(contribution) for contribution in page.rows],
        "pager": {"first_url": here if cursor else "", "next_url": f"{here}&sau={page.next}" if page.next else ""},
    }
    return render(request, "stats/cases_behind.html", context, status=422 if asked.error else 200)


def _parse_request(request: OfficerRequest, *, now: dt.datetime) -> LedgerRequest:
    """Parse area and period.

    An invalid value is reported on the page, beside the ledger of this month or of the whole area.
    """
    today = to_vietnam_day(now)
    choice = request.GET.get("ky", "thang-nay")
    period, error = periods.get_current_period(choice, today=today), ""
    if choice == _CUSTOM:
        try:
            period = periods.parse_period(request.GET.get("tu", ""), request.GET.get("den", ""))
        except InvalidPeriod as bad:
            choice, error = "thang-nay", translate_deferred(bad)
    elif choice not in PERIOD_CHOICES:
        choice, error = "thang-nay", _("Kỳ này không có. Hãy chọn trong danh sách.")
    places, wrong = _parse_area(request)
    return LedgerRequest(
        period=period,
        choice=choice,
        ground=places[0] if len(places) == 1 else ALL_AREAS,
        places=places if len(places) > 1 else (),
        error=error or wrong,
    )


def _parse_area(request: OfficerRequest) -> tuple[tuple[AreaFilter, ...], str]:
    """Return the matching areas (none: all that the officer sees) and an error text.

    An officer with province visibility may type a name; others choose within their own commune.
    """
    officer, key, typed = request.user, request.GET.get("xa", ""), collapse_spaces(to_nfc(request.GET.get("tim", "")))
    if typed and visibility(officer).province:
        matches = area_filter.search_areas(typed)
        wrong = _("Trong tỉnh không có nơi nào tên «{text}».").format(text=typed[:80])
        return tuple(matches), "" if matches else wrong
    ground = area_filter.find_area_by_key(key) if key else None
    if ground is not None and (visibility(officer).province or officer.unit.area_id in ground.commune_ids):
        return (ground,), ""
    return (), _("Địa bàn này không có. Hãy chọn trong danh sách.") if key else ""


def _get_area_name(officer: Officer, ground: AreaFilter) -> str:
    if ground.key:
        return ground.now_in or ground.name
    return _("Toàn tỉnh") if visibility(officer).province else officer.unit.name


def _format_place_note(ground: AreaFilter) -> str:
    if ground.now_in:
        return _("{old} nay thuộc {today}. Số dưới đây là của cả {today}.").format(old=ground.name, today=ground.now_in)
    if ground.village_id is not None:
        return _("Chỉ tính những việc biết rõ ở đây. Việc chỉ biết đến xã, phường thì tính ở xã, phường.")
    return ""


def _build_fields(request: OfficerRequest, asked: LedgerRequest) -> list[dict[str, Any]]:
    """Build the form fields.

    Area, name search (province visibility only), period, and two dates for a custom period.
    """
    where = _to_options(_list_area_choices(request.user, asked.ground), asked.ground.key)
    picks: list[dict[str, Any]] = [{"name": "xa", "label": _("Địa bàn"), "options": where}]
    if visibility(request.user).province:
        picks.append({"name": "tim", "label": _("Tìm thôn, tên xã cũ"), "type": "search", "value": ""})
    wanted = request.GET.get("ky", asked.choice)
    picks.append(
        {
            "name": "ky",
            "label": _("Kỳ"),
            "options": _to_options(list(translated_labels(PERIOD_CHOICES).items()), wanted),
        }
    )
    for name, label, value in (("tu", _("Từ ngày"), asked.period.first), ("den", _("Đến ngày"), asked.period.last)):
        typed = request.GET.get(name, "") if asked.error else ""
        picks.append({"name": name, "label": label, "type": "date", "value": typed or value.isoformat()})
    return picks


def _list_area_choices(officer: Officer, ground: AreaFilter) -> list[tuple[str, str]]:
    """List the areas to choose.

    All, the communes if the officer sees several, and the villages of the chosen commune.
    """
    whole = ("", _get_area_name(officer, ALL_AREAS))
    areas_directory = get_directory()
    if not visibility(officer).province:
        own_code = areas_directory.get_commune_code(officer.unit.area_id)
        return [
            whole,
            *((village.key, village.name) for village in (area_filter.list_villages(own_code) if own_code else ())),
        ]
    choices = [whole, *([(ground.key, ground.name)] if ground.now_in else [])]
    for commune in sorted(areas_directory.communes.values(), key=lambda entry: to_sort_key(entry.full_name)):
        choices.append((commune.code, commune.full_name))
        if ground.commune_ids == (commune.area_id,):
            choices += [(village.key, village.name) for village in area_filter.list_villages(commune.code)]
    return choices


def _to_options(choices: list[tuple[str, str]], chosen: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": label, "chosen": value == chosen} for value, label in choices]


def _build_cases_url(metric: Metric) -> str:
    return f"{LEDGER_URL}/{metric.lower().replace('_', '-')}"


def _build_row(entry: LedgerEntry, previous: LedgerEntry, asked: LedgerRequest) -> dict[str, Any]:
    """Format one line. Groups and members have no cases behind them, only a count at the end of the period."""
    metric = entry.line.metric
    trend = [number for day, number in entry.by_month] if len(entry.by_month) > 1 else []
    return {
        "label": _(entry.line.label),
        "hint": "" if metric else _("Tính đến cuối kỳ"),
        "value": entry.value,
        "previous": previous.value,
        "url": f"{_build_cases_url(metric)}?{asked.build_query()}" if metric else "",
        "trend": trend,
        "trend_text": _format_months(entry),
    }


def _list_communes(officer: Officer, asked: LedgerRequest) -> list[dict[str, Any]]:
    """Compare the communes, most reports first; only for province visibility and the whole area."""
    if asked.ground.key or not visibility(officer).province:
        return []
    called = {commune.area_id: (commune.full_name, commune.code) for commune in get_directory().communes.values()}
    rows = []
    for area, numbers in queries.count_by_commune(officer, asked.period).items():
        name, code = called.get(area or 0, (_("Chưa rõ xã, phường"), ""))
        url = f"{LEDGER_URL}?{asked.build_query(AreaFilter(code))}" if code else ""
        rows.append(
            {"name": name, "url": url, **{metric.lower(): numbers.get(metric, 0) for metric in COMPARED_METRICS}}
        )
    return sorted(rows, key=lambda row: (-row["reports"], not row["url"], to_sort_key(row["name"])))


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
