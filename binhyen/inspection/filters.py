"""Filters of the audit log page, parsed from the query string and written back into its links."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from binhyen.areas.queries import UnitInfo, find_unit_by_code, list_open_units
from binhyen.audit.queries.entries import EntryFilters
from binhyen.audit.rules.action_families import VERB_FAMILIES
from binhyen.kit.clock import start_of_day
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import normalize_code
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.people.models import Officer
from binhyen.people.queries import find_by_name
from binhyen.people.services import get_audit_actor
from binhyen.stats.periods import InvalidPeriod, parse_day

AUDIT_LOG_URL = "/nhat-ky"
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
_MAX_CHARS = 80


@dataclass(frozen=True, slots=True)
class AuditLogFilters:
    """Filter values of the query string; each is valid or empty."""

    who: str = ""
    unit: str = ""
    family: str = ""
    case: str = ""
    first: str = ""
    last: str = ""
    outcome: str = ""

    def url(self, place: str = AUDIT_LOG_URL, **more: str) -> str:
        values = {_NAMES[name]: getattr(self, name) for name in _NAMES} | more
        query = urlencode({name: value for name, value in values.items() if value})
        return f"{place}?{query}" if query else place

    @property
    def active(self) -> int:
        return sum(bool(getattr(self, name)) for name in _NAMES)

    def filters(self, officer: Officer) -> EntryFilters:
        unit = find_unit_by_code(self.unit) if self.unit else None
        actors = (
            tuple(get_audit_actor(colleague) for colleague in find_by_name(officer, self.who)) if self.who else None
        )
        last = _parse_day(self.last)
        return EntryFilters(
            actors=actors,
            unit_id=unit.id if unit else None,
            family=self.family,
            object=f"case:{self.case}" if self.case else "",
            since=_get_day_start(_parse_day(self.first)),
            until=_get_day_start(last + dt.timedelta(days=1)) if last else None,
            outcome=_OUTCOMES[self.outcome][0] if self.outcome else "",
        )


def parse_log_filters(data: Mapping[str, str]) -> AuditLogFilters:
    """Parse the query string; an unknown value does not filter."""
    given = {name: collapse_spaces(to_nfc(data.get(written, "")))[:_MAX_CHARS] for name, written in _NAMES.items()}
    chosen = AuditLogFilters(**given)
    code = normalize_code(chosen.case)
    return replace(
        chosen,
        family=chosen.family if chosen.family in VERB_FAMILIES else "",
        outcome=chosen.outcome if chosen.outcome in _OUTCOMES else "",
        case=code if len(code) == 8 else "",
        first=chosen.first if _parse_day(chosen.first) else "",
        last=chosen.last if _parse_day(chosen.last) else "",
    )


def list_log_filter_fields(chosen: AuditLogFilters) -> list[dict[str, Any]]:
    """Build the fields of the filter form."""
    units: tuple[UnitInfo, ...] = list_open_units()
    return [
        _build_text_field("ai", _("Cán bộ"), chosen.who, "text"),
        _build_choice_field("don-vi", _("Đơn vị"), chosen.unit, [(unit.code, unit.name) for unit in units]),
        _build_choice_field(
            "viec", _("Việc"), chosen.family, [(name, _(family.label)) for name, family in VERB_FAMILIES.items()]
        ),
        _build_text_field("vu", _("Mã vụ việc"), chosen.case, "text"),
        _build_text_field("tu", _("Từ ngày"), chosen.first, "date"),
        _build_text_field("den", _("Đến ngày"), chosen.last, "date"),
        _build_choice_field(
            "ket-qua", _("Kết quả"), chosen.outcome, [(name, _(label)) for name, (_code, label) in _OUTCOMES.items()]
        ),
    ]


def _build_text_field(name: str, label: str, value: str, kind: str) -> dict[str, Any]:
    return {"name": name, "label": label, "value": value, "type": kind}


def _build_choice_field(name: str, label: str, chosen: str, options: list[tuple[str, str]]) -> dict[str, Any]:
    every = [("", _("Tất cả")), *options]
    return {
        "name": name,
        "label": label,
        "options": [{"value": value, "label": text, "chosen": value == chosen} for value, text in every],
    }


def _parse_day(text: str) -> dt.date | None:
    try:
        return parse_day(text)
    except InvalidPeriod:
        return None


def _get_day_start(day: dt.date | None) -> dt.datetime | None:
    return start_of_day(day) if day else None
