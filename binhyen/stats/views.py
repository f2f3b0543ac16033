"""Outcome ledger for an area and a period, and the cases behind each number."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.areas.queries import directory
from binhyen.cases.choices import OUTCOME_LABELS, Outcome
from binhyen.kit import clock
from binhyen.kit.clock import vietnam_day
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import show_code
from binhyen.kit.text import nfc, sort_key, squeeze
from binhyen.people.access import sight
from binhyen.people.models import Officer
from binhyen.people.roles import May
from binhyen.people.view_auth import OfficerRequest, officers
from binhyen.stats import area_filter, periods, queries
from binhyen.stats.area_filter import EVERYWHERE, Ground
from binhyen.stats.metrics import Metric
from binhyen.stats.models import Contribution
from binhyen.stats.periods import CHOICES, BadPeriod, Period
from binhyen.stats.queries import COMPARED, Entry
from binhyen.ui import formatting
from binhyen.ui.label_cache import spoken, told
from binhyen.ui.stored_text_i18n import title

LEDGER = "/ket-qua"
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
            {Metric.ITEMS_RETURNED, Metric.PEOPLE_FOUND, Metric.FRAUDS_STOPPED, Metric.WEAPONS, Metric.HELPED,
             Metric.COMMENDED}
        ),
    ),
)  # fmt: skip
_NOTE = N_("Mỗi vụ tính một lần cho mỗi dòng; vụ đã gộp tính trong vụ nhận. Ngày tính theo giờ Việt Nam.")


@dataclass(frozen=True, slots=True)
class Asked:
    """Area and period of the request. `places`: all areas that the typed name may mean."""

    period: Period
    choice: str
    ground: Ground = EVERYWHERE
    places: tuple[Ground, ...] = ()
    error: str = ""

    def query(self, ground: Ground | None = None) -> str:
        pairs = {"xa": (ground or self.ground).key, "ky": self.choice}
        if self.choice == _CUSTOM:
            pairs |= {"tu": self.period.first.isoformat(), "den": self.period.last.isoformat()}
        return urlencode({name: value for name, value in pairs.items() if value})


@officers(May.READ_LEDGER)
def ledger(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    asked = _read(request, now=now)
    before = periods.previous(asked.period)
    entries = queries.ledger(request.user, asked.period, ground=asked.ground)
    earlier = queries.ledger(request.user, before, ground=asked.ground)
    rows = [(e.line.metric, _row(e, e_before, asked)) for e, e_before in zip(entries, earlier, strict=True)]
    context = {
        "now": now, "area": _called(request.user, asked.ground), "place_note": _place_note(asked.ground),
        "period": told(asked.period.label), "counted_text": formatting.clock_time(now),
        "picks": _picks(request, asked), "error": asked.error, "note": _(_NOTE), "trend_label": _("Theo tháng"),
        "places": [{"url": f"{LEDGER}?{asked.query(p)}", "name": p.name, "now_in": p.now_in} for p in asked.places],
        "groups": [
            {"title": _(title), "rows": [row for metric, row in rows if metric in metrics]}
            for title, metrics in _GROUPS
        ],
        "communes": _communes(request.user, asked),
        "whole_url": f"{LEDGER}?{asked.query(EVERYWHERE)}" if asked.ground.key and sight(request.user).province else "",
    }  # fmt: skip
    return render(request, "stats/ledger.html", context, status=422 if asked.error else 200)


@officers(May.READ_LEDGER)
def behind(request: OfficerRequest, metric: str) -> HttpResponse:
    """Show the cases behind a number."""
    now = clock.now()
    try:
        wanted = Metric(metric.upper().replace("-", "_"))
    except ValueError:
        raise Http404 from None
    asked = _read(request, now=now)
    after = request.GET.get("sau", "")
    entries = queries.ledger(request.user, asked.period, ground=asked.ground)
    entry = next(e for e in entries if e.line.metric is wanted)
    page = queries.cases_behind(request.user, wanted, asked.period, ground=asked.ground, cursor=after)
    here = f"{_behind_url(wanted)}?{asked.query()}"
    context = {
        "urls": {"ledger": f"{LEDGER}?{asked.query()}"}, "metric": _(entry.line.label),
        "area": _called(request.user, asked.ground),
        "period": told(asked.period.label), "total": entry.value, "unit_word": _("vụ việc"), "hidden_text": "",
        "rows": [_case(c) for c in page.rows],
        "pager": {"first_url": here if after else "", "next_url": f"{here}&sau={page.next}" if page.next else ""},
    }  # fmt: skip
    return render(request, "stats/cases_behind.html", context, status=422 if asked.error else 200)


def _read(request: OfficerRequest, *, now: dt.datetime) -> Asked:
    """Parse area and period.

    An invalid value is reported on the page, beside the ledger of this month or of the whole area.
    """
    today = vietnam_day(now)
    choice = request.GET.get("ky", "thang-nay")
    period, error = periods.this(choice, today=today), ""
    if choice == _CUSTOM:
        try:
            period = periods.between(request.GET.get("tu", ""), request.GET.get("den", ""))
        except BadPeriod as bad:
            choice, error = "thang-nay", told(bad)
    elif choice not in CHOICES:
        choice, error = "thang-nay", _("Kỳ này không có. Hãy chọn trong danh sách.")
    places, wrong = _where(request)
    return Asked(
        period=period, choice=choice, ground=places[0] if len(places) == 1 else EVERYWHERE,
        places=places if len(places) > 1 else (), error=error or wrong,
    )  # fmt: skip


def _where(request: OfficerRequest) -> tuple[tuple[Ground, ...], str]:
    """Return the matching areas (none: all that the officer sees) and an error text.

    An officer with province visibility may type a name; others choose within their own commune.
    """
    officer, key, typed = request.user, request.GET.get("xa", ""), squeeze(nfc(request.GET.get("tim", "")))
    if typed and sight(officer).province:
        found = area_filter.search(typed)
        wrong = _("Trong tỉnh không có nơi nào tên «{text}».").format(text=typed[:80])
        return tuple(found), "" if found else wrong
    ground = area_filter.of_key(key) if key else None
    if ground is not None and (sight(officer).province or officer.unit.area_id in ground.commune_ids):
        return (ground,), ""
    return (), _("Địa bàn này không có. Hãy chọn trong danh sách.") if key else ""


def _called(officer: Officer, ground: Ground) -> str:
    if ground.key:
        return ground.now_in or ground.name
    return _("Toàn tỉnh") if sight(officer).province else officer.unit.name


def _place_note(ground: Ground) -> str:
    if ground.now_in:
        return _("{old} nay thuộc {today}. Số dưới đây là của cả {today}.").format(old=ground.name, today=ground.now_in)
    if ground.village_id is not None:
        return _("Chỉ tính những việc biết rõ ở đây. Việc chỉ biết đến xã, phường thì tính ở xã, phường.")
    return ""


def _picks(request: OfficerRequest, asked: Asked) -> list[dict[str, Any]]:
    """Build the form fields.

    Area, name search (province visibility only), period, and two dates for a custom period.
    """
    where = _options(_choices(request.user, asked.ground), asked.ground.key)
    picks: list[dict[str, Any]] = [{"name": "xa", "label": _("Địa bàn"), "options": where}]
    if sight(request.user).province:
        picks.append({"name": "tim", "label": _("Tìm thôn, tên xã cũ"), "type": "search", "value": ""})
    wanted = request.GET.get("ky", asked.choice)
    picks.append({"name": "ky", "label": _("Kỳ"), "options": _options(list(spoken(CHOICES).items()), wanted)})
    for name, label, value in (("tu", _("Từ ngày"), asked.period.first), ("den", _("Đến ngày"), asked.period.last)):
        typed = request.GET.get(name, "") if asked.error else ""
        picks.append({"name": name, "label": label, "type": "date", "value": typed or value.isoformat()})
    return picks


def _choices(officer: Officer, ground: Ground) -> list[tuple[str, str]]:
    """List the areas to choose.

    All, the communes if the officer sees several, and the villages of the chosen commune.
    """
    whole = ("", _called(officer, EVERYWHERE))
    known = directory()
    if not sight(officer).province:
        own = known.commune_code_of_area(officer.unit.area_id)
        return [whole, *((v.key, v.name) for v in (area_filter.villages(own) if own else ()))]
    choices = [whole, *([(ground.key, ground.name)] if ground.now_in else [])]
    for commune in sorted(known.communes.values(), key=lambda c: sort_key(c.full_name)):
        choices.append((commune.code, commune.full_name))
        if ground.commune_ids == (commune.area_id,):
            choices += [(v.key, v.name) for v in area_filter.villages(commune.code)]
    return choices


def _options(choices: list[tuple[str, str]], chosen: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": label, "chosen": value == chosen} for value, label in choices]


def _behind_url(metric: Metric) -> str:
    return f"{LEDGER}/{metric.lower().replace('_', '-')}"


def _row(entry: Entry, before: Entry, asked: Asked) -> dict[str, Any]:
    """Format one line. Groups and members have no cases behind them, only a count at the end of the period."""
    metric = entry.line.metric
    trend = [n for day, n in entry.by_month] if len(entry.by_month) > 1 else []
    return {
        "label": _(entry.line.label), "hint": "" if metric else _("Tính đến cuối kỳ"), "value": entry.value,
        "previous": before.value, "url": f"{_behind_url(metric)}?{asked.query()}" if metric else "",
        "trend": trend, "trend_text": _months(entry),
    }  # fmt: skip


def _communes(officer: Officer, asked: Asked) -> list[dict[str, Any]]:
    """Compare the communes, most reports first; only for province visibility and the whole area."""
    if asked.ground.key or not sight(officer).province:
        return []
    called = {c.area_id: (c.full_name, c.code) for c in directory().communes.values()}
    rows = []
    for area, numbers in queries.by_commune(officer, asked.period).items():
        name, code = called.get(area or 0, (_("Chưa rõ xã, phường"), ""))
        url = f"{LEDGER}?{asked.query(Ground(code))}" if code else ""
        rows.append({"name": name, "url": url, **{metric.lower(): numbers.get(metric, 0) for metric in COMPARED}})
    return sorted(rows, key=lambda row: (-row["reports"], not row["url"], sort_key(row["name"])))


def _months(entry: Entry) -> str:
    form = _("tháng {month}/{year}: {n}")
    return ", ".join(form.format(month=day.month, year=day.year, n=n) for day, n in entry.by_month)


def _case(row: Contribution) -> dict[str, str]:
    case, code = row.case, show_code(row.case.code)
    return {
        "title": title(case.title), "url": f"/vu-viec/{code}", "code": code, "place": case.place,
        "outcome": spoken(OUTCOME_LABELS)[Outcome(case.outcome)] if case.outcome else "", "unit": case.unit.name,
        "day": periods.day(row.day),
    }  # fmt: skip
