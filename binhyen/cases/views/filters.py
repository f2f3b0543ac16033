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
from binhyen.cases.kinds import all_kinds, kind_labels
from binhyen.cases.queries.case_list import Filters
from binhyen.kit.text import nfc, sort_key, squeeze
from binhyen.language.reading import DANGER
from binhyen.ui.label_cache import spoken
from binhyen.ui.list_rows import Fields

DESK = "/ban-truc"
_VIEWS = {"": "open", "xong": "closed", "chua-on": "unhelped", "moi": "news", "tat-ca": "all"}
_OWNERS = {"": "", "toi": "me", "khong": "nobody", "da-roi": "left"}
_NAMES = {
    "view": "xem", "owner": "cua", "overdue": "han", "state": "trang-thai", "kind": "loai", "category": "linh-vuc",
    "urgency": "muc", "commune": "xa", "q": "q", "after": "sau",
}  # fmt: skip
_TOLD = "nhac"
_LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class Chosen:
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
        return f"{DESK}?{query}" if query else DESK

    def wider(self) -> str:
        """Return the URL of the same search over all cases, closed ones too; empty where it is this list."""
        wider = Chosen(view="tat-ca", q=self.q)
        return wider.url() if self.q and wider != replace(self, after="") else ""

    def filters(self, directory: Directory | None) -> Filters:
        commune = directory.communes[self.commune].area_id if directory and self.commune else None
        return Filters(
            view=_VIEWS[self.view], q=self.q, state=self.state, kind=self.kind, category=self.category,
            urgency=int(self.urgency) if self.urgency else None, commune=commune, owner=_OWNERS[self.owner],
            overdue=self.overdue == "qua", told=self.overdue == _TOLD,
        )  # fmt: skip


TOLD = Chosen(overdue=_TOLD)  # overdue and expiring clocks of this officer
URGENT = Chosen(urgency=str(DANGER))
UNHELPED = Chosen(view="chua-on")  # closed, but a reporter says that it did not help
LEFT = Chosen(owner="da-roi")  # cases whose assignee left


def export_url(chosen: Chosen) -> str:
    """Return the URL of the CSV export with these filters."""
    return chosen.url().replace(DESK, f"{DESK}.csv", 1)


def read(data: Mapping[str, str], directory: Directory | None) -> Chosen:
    """Parse the query string. `directory`: None where the officer cannot choose a commune."""
    known: dict[str, Any] = {
        "view": _VIEWS, "owner": _OWNERS, "overdue": ("qua", _TOLD), "state": STATE_LABELS, "kind": all_kinds(),
        "category": CATEGORY_LABELS, "urgency": {str(u) for u in URGENCY_LABELS},
        "commune": directory.communes if directory else (),
    }  # fmt: skip
    values = {name: data.get(_NAMES[name], "") for name in known}
    return Chosen(
        **{name: value for name, value in values.items() if value in known[name]},
        q=squeeze(nfc(data.get("q", "")))[:_LONGEST_SEARCH],
        after=data.get(_NAMES["after"], "")[:100],
    )


def fields_of(chosen: Chosen, directory: Directory | None, *, owners: bool) -> Fields:
    """Return the fields of the filter form, each with its choices."""
    communes = _communes(directory) if directory else None
    return _fields(replace(chosen, q="", after=""), communes, owners, get_language())


_FIELDS = (
    ("view", _("Xem")), ("state", _("Trạng thái")), ("kind", _("Loại vụ việc")),
    ("category", pgettext_lazy("category", "Nội dung")), ("urgency", _("Mức")), ("overdue", _("Thời hạn")),
    ("owner", _("Người xử lý")), ("commune", _("Xã, phường")),
)  # fmt: skip


@lru_cache(maxsize=128)
def _fields(chosen: Chosen, communes: "Communes | None", owners: bool, language: str | None) -> Fields:
    """Build the form fields, cached by values and `language` of the page: every page of the list has them."""
    assert language == get_language(), language
    lists = _lists(communes)
    return Fields(
        {"name": _NAMES[name], "label": str(label), "options": options(lists[name], getattr(chosen, name))}
        for name, label in _FIELDS
        if (name != "owner" or owners) and (name != "commune" or communes)
    )


def _lists(communes: "Communes | None") -> dict[str, Mapping[str, str]]:
    every = {"": gettext("Tất cả")}
    return {
        "view": {"": gettext("Đang mở"), "moi": gettext("Có mới"), "xong": gettext("Đã xong")}
        | {"chua-on": gettext("Chưa ổn"), "tat-ca": gettext("Tất cả")},
        "state": every | {s.value: label for s, label in spoken(STATE_LABELS).items()},
        "kind": every | dict(spoken(kind_labels())),
        "category": every | dict(spoken(CATEGORY_LABELS)),
        "urgency": every | {str(u): label for u, label in spoken(URGENCY_LABELS).items()},
        "overdue": every | {"qua": gettext("Quá hạn"), _TOLD: gettext("Cần xem ngay")},
        "owner": every
        | {"toi": gettext("Của tôi"), "khong": gettext("Chưa ai xử lý")}
        | {"da-roi": gettext("Người giữ đã rời")},
        "commune": every | (communes.labels if communes else {}),
    }


def options(choices: Mapping[str, str], chosen: str = "") -> list[dict[str, Any]]:
    return [{"value": value, "label": label, "chosen": value == chosen} for value, label in choices.items()]


def hidden_of(chosen: Chosen) -> list[dict[str, str]]:
    """Return the filters that a new search keeps, as hidden fields."""
    kept = {f.name: getattr(chosen, f.name) for f in fields(chosen) if f.name not in ("q", "after")}
    return [{"name": _NAMES[name], "value": value} for name, value in kept.items() if value]


@dataclass(frozen=True, slots=True, eq=False)
class Communes:
    """Code → name in Vietnamese order, for one version of the areas directory."""

    token: str
    labels: dict[str, str]


_ordered = Communes("", {})  # of the directory version seen last


def _communes(directory: Directory) -> Communes:
    """Sort communes once per version of the directory, not per page."""
    global _ordered  # noqa: PLW0603  a cache of one value in this module
    # nosemgrep: secret-compared-plainly  a version token of the areas, no secret; both sides are ours
    if _ordered.token != directory.token:
        found = sorted(directory.communes.values(), key=lambda c: sort_key(c.full_name))
        _ordered = Communes(directory.token, {c.code: c.full_name for c in found})
    return _ordered
