"""The outcome ledger for an area and a period, and the cases behind each of its numbers."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.areas.queries import Directory, NotLoaded, directory
from binhyen.cases.words import OUTCOME_LABELS, Outcome
from binhyen.kit import clock
from binhyen.kit.clock import vietnam_day
from binhyen.kit.ids import show_code
from binhyen.kit.text import sort_key
from binhyen.kit.wording import N_
from binhyen.people.access import sight
from binhyen.people.gate import OfficerRequest, officers
from binhyen.people.models import Officer
from binhyen.people.rules import May
from binhyen.stats import periods, queries
from binhyen.stats.models import Contribution
from binhyen.stats.periods import CHOICES, BadPeriod, Period
from binhyen.stats.queries import Entry
from binhyen.stats.rules import Metric
from binhyen.ui import words
from binhyen.ui.labels import spoken, told
from binhyen.ui.retold import title

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
    """Area and period of the address. `commune`: its code, empty = everything the person sees."""

    period: Period
    choice: str
    commune: str = ""
    commune_id: int | None = None
    area: str = ""
    error: str = ""

    def query(self) -> str:
        pairs = {"xa": self.commune, "ky": self.choice}
        if self.choice == _CUSTOM:
            pairs |= {"tu": self.period.first.isoformat(), "den": self.period.last.isoformat()}
        return urlencode({name: value for name, value in pairs.items() if value})


@officers(May.READ_LEDGER)
def ledger(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    asked = _read(request, now=now)
    before = periods.previous(asked.period)
    entries = queries.ledger(request.user, asked.period, commune_id=asked.commune_id)
    earlier = queries.ledger(request.user, before, commune_id=asked.commune_id)
    rows = [(e.line.metric, _row(e, e_before, asked)) for e, e_before in zip(entries, earlier, strict=True)]
    context = {
        "now": now, "area": asked.area, "period": told(asked.period.label), "counted_text": words.clock_time(now),
        "picks": _picks(request, asked), "error": asked.error, "note": _(_NOTE), "trend_label": _("Theo tháng"),
        "groups": [
            {"title": _(title), "rows": [row for metric, row in rows if metric in metrics]}
            for title, metrics in _GROUPS
        ],
    }  # fmt: skip
    return render(request, "stats/ledger.html", context, status=422 if asked.error else 200)


@officers(May.READ_LEDGER)
def behind(request: OfficerRequest, metric: str) -> HttpResponse:
    """The cases a number is made of."""
    now = clock.now()
    try:
        wanted = Metric(metric.upper().replace("-", "_"))
    except ValueError:
        raise Http404 from None
    asked = _read(request, now=now)
    after = request.GET.get("sau", "")
    entries = queries.ledger(request.user, asked.period, commune_id=asked.commune_id)
    entry = next(e for e in entries if e.line.metric is wanted)
    page = queries.cases_behind(request.user, wanted, asked.period, commune_id=asked.commune_id, cursor=after)
    here = f"{_behind_url(wanted)}?{asked.query()}"
    context = {
        "urls": {"ledger": f"{LEDGER}?{asked.query()}"}, "metric": _(entry.line.label), "area": asked.area,
        "period": told(asked.period.label), "total": entry.value, "unit_word": _("vụ việc"), "hidden_text": "",
        "rows": [_case(c) for c in page.rows],
        "pager": {"first_url": here if after else "", "next_url": f"{here}&sau={page.next}" if page.next else ""},
    }  # fmt: skip
    return render(request, "stats/cases_behind.html", context, status=422 if asked.error else 200)


def _read(request: OfficerRequest, *, now: dt.datetime) -> Asked:
    """What cannot be read is said on the page, beside the ledger of this month."""
    places = _places(request.user)
    code = request.GET.get("xa", "")
    commune = places.communes.get(code) if places else None
    today = vietnam_day(now)
    choice = request.GET.get("ky", "thang-nay")
    error = ""
    period = periods.this(choice, today=today)
    if choice == _CUSTOM:
        try:
            period = periods.between(request.GET.get("tu", ""), request.GET.get("den", ""))
        except BadPeriod as bad:
            choice, error = "thang-nay", told(bad)
    elif choice not in CHOICES:
        choice, error = "thang-nay", _("Kỳ này không có. Hãy chọn trong danh sách.")
    if code and places and commune is None:
        error = _("Xã, phường này không có. Hãy chọn trong danh sách.")
    return Asked(
        period=period, choice=choice, error=error, commune=commune.code if commune else "",
        commune_id=commune.area_id if commune else None, area=commune.full_name if commune else _ground(request.user),
    )  # fmt: skip


def _places(officer: Officer) -> Directory | None:
    """The communes to choose among; None for whoever sees one unit only."""
    try:
        return directory() if sight(officer).province else None
    except NotLoaded:
        return None


def _ground(officer: Officer) -> str:
    return _("Toàn tỉnh") if sight(officer).province else officer.unit.name


def _picks(request: OfficerRequest, asked: Asked) -> list[dict[str, Any]]:
    """Area for whoever sees several, period, and two days that count when the period is chosen by hand."""
    picks: list[dict[str, Any]] = []
    places = _places(request.user)
    if places:
        ordered = sorted(places.communes.values(), key=lambda c: sort_key(c.full_name))
        choices = [("", _("Toàn tỉnh")), *((c.code, c.full_name) for c in ordered)]
        picks.append({"name": "xa", "label": _("Địa bàn"), "options": _options(choices, asked.commune)})
    wanted = request.GET.get("ky", asked.choice)
    picks.append({"name": "ky", "label": _("Kỳ"), "options": _options(list(spoken(CHOICES).items()), wanted)})
    for name, label, value in (("tu", _("Từ ngày"), asked.period.first), ("den", _("Đến ngày"), asked.period.last)):
        typed = request.GET.get(name, "") if asked.error else ""
        picks.append({"name": name, "label": label, "type": "date", "value": typed or value.isoformat()})
    return picks


def _options(choices: list[tuple[str, str]], chosen: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": label, "chosen": value == chosen} for value, label in choices]


def _behind_url(metric: Metric) -> str:
    return f"{LEDGER}/{metric.lower().replace('_', '-')}"


def _row(entry: Entry, before: Entry, asked: Asked) -> dict[str, Any]:
    """One line. Groups and members have no cases behind them, only a state at the end of the period."""
    metric = entry.line.metric
    trend = [n for day, n in entry.by_month] if len(entry.by_month) > 1 else []
    return {
        "label": _(entry.line.label), "hint": "" if metric else _("Tính đến cuối kỳ"), "value": entry.value,
        "previous": before.value, "url": f"{_behind_url(metric)}?{asked.query()}" if metric else "",
        "trend": trend, "trend_text": _months(entry),
    }  # fmt: skip


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
