"""Area and period of a statistics page, parsed from the query string, and the fields that choose them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from binhyen.areas.queries import get_directory
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.text import collapse_spaces, to_nfc, to_sort_key
from binhyen.people.access import counts_province, visibility
from binhyen.people.models import Officer
from binhyen.people.view_auth import OfficerRequest
from binhyen.stats import area_filter, periods
from binhyen.stats.area_filter import ALL_AREAS, AreaFilter
from binhyen.stats.periods import PERIOD_CHOICES, InvalidPeriod, Period
from binhyen.ui.label_cache import translate_deferred, translated_labels

CUSTOM = "tuy-chon"


@dataclass(frozen=True, slots=True)
class PeriodRequest:
    """Area and period of the request. `places`: all areas that the typed name may mean."""

    period: Period
    choice: str
    ground: AreaFilter = ALL_AREAS
    places: tuple[AreaFilter, ...] = ()
    error: str = ""

    def build_query(self, ground: AreaFilter | None = None) -> str:
        pairs = {"xa": (ground or self.ground).key, "ky": self.choice}
        if self.choice == CUSTOM:
            pairs |= {"tu": self.period.first.isoformat(), "den": self.period.last.isoformat()}
        return urlencode({name: value for name, value in pairs.items() if value})


def parse_period_request(request: OfficerRequest, *, now: dt.datetime) -> PeriodRequest:
    """Parse area and period.

    An invalid value is reported on the page, beside the ledger of this month or of the whole area.
    """
    return parse_period_fields(request.user, request.GET.dict(), now=now)


def parse_period_fields(officer: Officer, fields: Mapping[str, str], *, now: dt.datetime) -> PeriodRequest:
    """Parse area and period of a saved address for an officer; `fields` by name."""
    today = to_vietnam_day(now)
    choice = fields.get("ky", "thang-nay")
    period, error = periods.get_current_period(choice, today=today), ""
    if choice == CUSTOM:
        try:
            period = periods.parse_period(fields.get("tu", ""), fields.get("den", ""))
        except InvalidPeriod as bad:
            choice, error = "thang-nay", translate_deferred(bad)
    elif choice not in PERIOD_CHOICES:
        choice, error = "thang-nay", _("Kỳ này không có. Hãy chọn trong danh sách.")
    places, wrong = _parse_area(officer, fields)
    return PeriodRequest(
        period=period,
        choice=choice,
        ground=places[0] if len(places) == 1 else ALL_AREAS,
        places=places if len(places) > 1 else (),
        error=error or wrong,
    )


def _parse_area(officer: Officer, fields: Mapping[str, str]) -> tuple[tuple[AreaFilter, ...], str]:
    """Return the matching areas (none: all that the officer sees) and an error text.

    An officer with province visibility may type a name; others choose within their own commune.
    """
    key, typed = fields.get("xa", ""), collapse_spaces(to_nfc(fields.get("tim", "")))
    if typed and visibility(officer).province:
        matches = area_filter.search_areas(typed)
        wrong = _("Trong tỉnh không có nơi nào tên «{text}».").format(text=typed[:80])
        return tuple(matches), "" if matches else wrong
    ground = area_filter.find_area_by_key(key) if key else None
    if ground is not None and (visibility(officer).province or officer.unit.area_id in ground.commune_ids):
        return (ground,), ""
    return (), _("Địa bàn này không có. Hãy chọn trong danh sách.") if key else ""


def get_area_name(officer: Officer, ground: AreaFilter) -> str:
    if ground.key:
        return ground.now_in or ground.name
    return _("Toàn tỉnh") if counts_province(officer) else officer.unit.name


def format_place_note(ground: AreaFilter) -> str:
    if ground.now_in:
        return _("{old} nay thuộc {today}. Số dưới đây là của cả {today}.").format(old=ground.name, today=ground.now_in)
    if ground.village_id is not None:
        return _("Chỉ tính những việc biết rõ ở đây. Việc chỉ biết đến xã, phường thì tính ở xã, phường.")
    return ""


def build_fields(request: OfficerRequest, asked: PeriodRequest) -> list[dict[str, Any]]:
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
    whole = ("", get_area_name(officer, ALL_AREAS))
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
