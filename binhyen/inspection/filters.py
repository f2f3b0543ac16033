"""Filters of the audit log page, parsed from the query string and written back into its links."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from binhyen.areas.queries import UnitInfo, open_units, unit_by_code
from binhyen.audit.queries.entries import Filters
from binhyen.audit.rules.action_families import FAMILIES
from binhyen.kit.clock import day_start
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import read_code
from binhyen.kit.text import nfc, squeeze
from binhyen.people.models import Officer
from binhyen.people.queries import called
from binhyen.people.services import actor_of
from binhyen.stats.periods import BadPeriod, read_day

BOOK = "/nhat-ky"
_OUTCOMES = {"duoc": ("done", N_("Được")), "tu-choi": ("refused", N_("Bị từ chối"))}
_NAMES = {
    "who": "ai",
    "unit": "don-vi",
    "family": "viec",
    "case": "vu",
    "first": "tu",
    "last": "den",
    "outcome": "ket-qua",
}
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Chosen:
    """Filter values of the query string; each is valid or empty."""

    who: str = ""
    unit: str = ""
    family: str = ""
    case: str = ""
    first: str = ""
    last: str = ""
    outcome: str = ""

    def url(self, place: str = BOOK, **more: str) -> str:
        values = {_NAMES[name]: getattr(self, name) for name in _NAMES} | more
        query = urlencode({name: value for name, value in values.items() if value})
        return f"{place}?{query}" if query else place

    @property
    def active(self) -> int:
        return sum(bool(getattr(self, name)) for name in _NAMES)

    def filters(self, officer: Officer) -> Filters:
        unit = unit_by_code(self.unit) if self.unit else None
        actors = tuple(actor_of(o) for o in called(officer, self.who)) if self.who else None
        last = _day(self.last)
        return Filters(
            actors=actors, unit_id=unit.id if unit else None, family=self.family,
            object=f"case:{self.case}" if self.case else "", since=_start(_day(self.first)),
            until=_start(last + dt.timedelta(days=1)) if last else None,
            outcome=_OUTCOMES[self.outcome][0] if self.outcome else "",
        )  # fmt: skip


def read(data: Mapping[str, str]) -> Chosen:
    """Parse the query string; an unknown value does not filter."""
    given = {name: squeeze(nfc(data.get(written, "")))[:_LONGEST] for name, written in _NAMES.items()}
    chosen = Chosen(**given)
    code = read_code(chosen.case)
    return replace(
        chosen,
        family=chosen.family if chosen.family in FAMILIES else "",
        outcome=chosen.outcome if chosen.outcome in _OUTCOMES else "",
        case=code if len(code) == 8 else "",
        first=chosen.first if _day(chosen.first) else "",
        last=chosen.last if _day(chosen.last) else "",
    )


def fields(chosen: Chosen) -> list[dict[str, Any]]:
    """Build the fields of the filter form."""
    units: tuple[UnitInfo, ...] = open_units()
    return [
        _text("ai", _("Cán bộ"), chosen.who, "text"),
        _list("don-vi", _("Đơn vị"), chosen.unit, [(u.code, u.name) for u in units]),
        _list("viec", _("Việc"), chosen.family, [(name, _(f.label)) for name, f in FAMILIES.items()]),
        _text("vu", _("Mã vụ việc"), chosen.case, "text"),
        _text("tu", _("Từ ngày"), chosen.first, "date"),
        _text("den", _("Đến ngày"), chosen.last, "date"),
        _list(
            "ket-qua", _("Kết quả"), chosen.outcome, [(name, _(label)) for name, (_code, label) in _OUTCOMES.items()]
        ),
    ]


def _text(name: str, label: str, value: str, kind: str) -> dict[str, Any]:
    return {"name": name, "label": label, "value": value, "type": kind}


def _list(name: str, label: str, chosen: str, options: list[tuple[str, str]]) -> dict[str, Any]:
    every = [("", _("Tất cả")), *options]
    return {
        "name": name, "label": label,
        "options": [{"value": value, "label": text, "chosen": value == chosen} for value, text in every],
    }  # fmt: skip


def _day(text: str) -> dt.date | None:
    try:
        return read_day(text)
    except BadPeriod:
        return None


def _start(day: dt.date | None) -> dt.datetime | None:
    return day_start(day) if day else None
