"""Filters of the case list, parsed from the query string and written back into the links of the page."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from binhyen.areas.queries import Directory
from binhyen.cases.choices import CATEGORY_LABELS, STATE_LABELS, URGENCY_LABELS
from binhyen.cases.kinds import get_case_kinds, get_kind_labels
from binhyen.cases.queries.case_list import CaseFilters
from binhyen.cases.templatetags.case_rows import CachedFields
from binhyen.kit.text import collapse_spaces, to_nfc, to_sort_key
from binhyen.language.reading import DANGER
from binhyen.ui.label_cache import translated_labels

DESK_URL = "/ban-truc"
_VIEWS = {"": "open", "xong": "closed", "chua-on": "unhelped", "moi": "news", "tat-ca": "all"}
_OWNERS = {"": "", "toi": "me", "khong": "nobody", "da-roi": "left"}
_NAMES = {
    "view": "xem",
    "owner": "cua",
    "overdue": "han",
    "state": "trang-thai",
    "kind": "loai",
    "category": "linh-vuc",
    "urgency": "muc",
    "commune": "xa",
    "q": "q",
    "after": "sau",
}
_NOTICE_VALUE = "nhac"
_MAX_SEARCH_CHARS = 200


@dataclass(frozen=True, slots=True)
class CaseListFilters:
    """Filter values of the query string; each is valid or empty, and unknown values do not filter."""

    view: str = ""
    owner: str = ""
    overdue: str = ""
    state: str = ""
    kind: str = ""
    category: str = ""
    urgency: str = ""
    commune: str = ""  # its code
    q: str = ""
    after: str = ""

    @property
    def active(self) -> int:
        """Return how many filters are set; the page cursor does not count."""
        return sum(bool(getattr(self, f.name)) for f in fields(self) if f.name != "after")

    def url(self, **changes: str) -> str:
        """Return the list's URL with these filters and `changes`."""
        values = {f.name: getattr(self, f.name) for f in fields(self)} | {"after": ""} | changes
        query = urlencode({_NAMES[name]: value for name, value in values.items() if value})
        return f"{DESK_URL}?{query}" if query else DESK_URL

    def build_wider_url(self) -> str:
        """Return the URL of the same search over all cases, closed ones too; empty where it is this list."""
        wider = CaseListFilters(view="tat-ca", q=self.q)
        return wider.url() if self.q and wider != replace(self, after="") else ""

    def filters(self, directory: Directory | None) -> CaseFilters:
        commune = directory.communes[self.commune].area_id if directory and self.commune else None
        return CaseFilters(
            view=_VIEWS[self.view],
            q=self.q,
            state=self.state,
            kind=self.kind,
            category=self.category,
            urgency=int(self.urgency) if self.urgency else None,
            commune=commune,
            owner=_OWNERS[self.owner],
            overdue=self.overdue == "qua",
            needs_acknowledgement=self.overdue == _NOTICE_VALUE,
        )


DEADLINE_NOTICES = CaseListFilters(overdue=_NOTICE_VALUE)  # overdue and expiring clocks of this officer
URGENT = CaseListFilters(urgency=str(DANGER))
UNHELPED = CaseListFilters(view="chua-on")  # closed, but a reporter says that it did not help
ORPHANED = CaseListFilters(owner="da-roi")  # cases whose assignee left


def build_export_url(chosen: CaseListFilters) -> str:
    """Return the URL of the CSV export with these filters."""
    return chosen.url().replace(DESK_URL, f"{DESK_URL}.csv", 1)


def parse_filters(data: Mapping[str, str], directory: Directory | None) -> CaseListFilters:
    """Parse the query string. `directory`: None where the officer cannot choose a commune."""
    valid_values: dict[str, Any] = {
        "view": _VIEWS,
        "owner": _OWNERS,
        "overdue": ("qua", _NOTICE_VALUE),
        "state": STATE_LABELS,
        "kind": get_case_kinds(),
        "category": CATEGORY_LABELS,
        "urgency": {str(level) for level in URGENCY_LABELS},
        "commune": directory.communes if directory else (),
    }
    values = {name: data.get(_NAMES[name], "") for name in valid_values}
    return CaseListFilters(
        **{name: value for name, value in values.items() if value in valid_values[name]},
        q=collapse_spaces(to_nfc(data.get("q", "")))[:_MAX_SEARCH_CHARS],
        after=data.get(_NAMES["after"], "")[:100],
    )


def list_filter_fields(chosen: CaseListFilters, directory: Directory | None, *, owners: bool) -> CachedFields:
    """Return the fields of the filter form, each with its choices."""
    communes = _get_commune_choices(directory) if directory else None
    return _build_fields(replace(chosen, q="", after=""), communes, owners, get_language())


_FIELDS = (
    ("view", _("Xem")),
    ("state", _("Trạng thái")),
    ("kind", _("Loại vụ việc")),
    ("category", pgettext_lazy("category", "Nội dung")),
    ("urgency", _("Mức")),
    ("overdue", _("Thời hạn")),
    ("owner", _("Người xử lý")),
    ("commune", _("Xã, phường")),
)


@lru_cache(maxsize=128)
def _build_fields(
    chosen: CaseListFilters, communes: "CommuneChoices | None", owners: bool, language: str | None
) -> CachedFields:
    """Build the form fields, cached by values and `language` of the page: every page of the list has them."""
    assert language == get_language(), language
    lists = _build_choices(communes)
    return CachedFields(
        {"name": _NAMES[name], "label": str(label), "options": to_options(lists[name], getattr(chosen, name))}
        for name, label in _FIELDS
        if (name != "owner" or owners) and (name != "commune" or communes)
    )


def _build_choices(communes: "CommuneChoices | None") -> dict[str, Mapping[str, str]]:
    every = {"": gettext("Tất cả")}
    return {
        "view": {"": gettext("Đang mở"), "moi": gettext("Có tin mới"), "xong": gettext("Đã xong")}
        | {"chua-on": gettext("Dân chưa hài lòng"), "tat-ca": gettext("Tất cả")},
        "state": every | {state.value: label for state, label in translated_labels(STATE_LABELS).items()},
        "kind": every | dict(translated_labels(get_kind_labels())),
        "category": every | dict(translated_labels(CATEGORY_LABELS)),
        "urgency": every | {str(level): label for level, label in translated_labels(URGENCY_LABELS).items()},
        "overdue": every | {"qua": gettext("Quá hạn"), _NOTICE_VALUE: gettext("Cần xem ngay")},
        "owner": every
        | {"toi": gettext("Của tôi"), "khong": gettext("Chưa ai xử lý")}
        | {"da-roi": gettext("Người giữ đã rời")},
        "commune": every | (communes.labels if communes else {}),
    }


def to_options(choices: Mapping[str, str], chosen: str = "") -> list[dict[str, Any]]:
    return [{"value": value, "label": label, "chosen": value == chosen} for value, label in choices.items()]


def list_hidden_fields(chosen: CaseListFilters) -> list[dict[str, str]]:
    """Return the filters that a new search keeps, as hidden fields."""
    values = {f.name: getattr(chosen, f.name) for f in fields(chosen) if f.name not in ("q", "after")}
    return [{"name": _NAMES[name], "value": value} for name, value in values.items() if value]


@dataclass(frozen=True, slots=True, eq=False)
class CommuneChoices:
    """Code → name in Vietnamese order, for one version of the areas directory."""

    token: str
    labels: dict[str, str]


_commune_cache = CommuneChoices("", {})  # of the directory version seen last


def _get_commune_choices(directory: Directory) -> CommuneChoices:
    """Sort communes once per version of the directory, not per page."""
    global _commune_cache  # noqa: PLW0603  a cache of one value in this module
    # nosemgrep: secret-compared-plainly  a version token of the areas, no secret; both sides are ours
    if _commune_cache.token != directory.token:
        communes = sorted(directory.communes.values(), key=lambda commune: to_sort_key(commune.full_name))
        _commune_cache = CommuneChoices(directory.token, {commune.code: commune.full_name for commune in communes})
    return _commune_cache
