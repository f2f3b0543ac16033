"""Lost and found on the case page: linked cases, and likely matches («Có thể là của nhau»), as plain values."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from binhyen.cases.choices import CATEGORY_LABELS
from binhyen.cases.models import Case
from binhyen.cases.queries import lost_found
from binhyen.cases.queries.lost_found import Linked
from binhyen.cases.views.list_rows import case_url
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import show_code
from binhyen.people.access import may
from binhyen.people.models import Officer
from binhyen.people.roles import May
from binhyen.ui.label_cache import spoken
from binhyen.ui.stored_text_i18n import reason, title

_REASONS = 6  # the strongest; the others are shown on the case itself
_ELSEWHERE = {
    "lost_item": N_("{n} tin nhặt được do đơn vị khác giữ có thể khớp. Trực ban tỉnh xem được và nối giúp."),
    "found_item": N_("{n} tin báo mất do đơn vị khác giữ có thể khớp. Trực ban tỉnh xem được và nối giúp."),
}


def matches(officer: Officer, case: Case, *, now: dt.datetime) -> dict[str, Any] | None:
    """Build `matches` of `desk/case.html`; None where there is nothing to show.

    Of other units' cases only the count, and of linked ones only the fields of `lost_found.LinkedCase`.
    """
    linked = lost_found.linked(officer, case)
    found = lost_found.matches(officer, case, without=[each.code for each in linked], now=now)
    if not linked and not found.seen and not found.elsewhere:
        return None
    rows = [
        {
            "url": case_url(likely.case.code),
            "code": show_code(likely.case.code),
            "title": title(likely.case.title),
            "percent": f"{likely.score:.0%}",
            "reasons": [reason(each) for each in likely.reasons[:_REASONS]],
        }
        for likely in found.seen
    ]
    elsewhere = _(_ELSEWHERE[case.category]).format(n=found.elsewhere) if found.elsewhere else ""
    works = case_url(case.code) if may(officer, May.WORK_CASES) else ""
    told = [_linked(each, case, works=works) for each in linked]
    return {"linked": told, "rows": rows, "elsewhere": elsewhere}


def _linked(other: Linked, case: Case, *, works: str) -> dict[str, Any]:
    """Build a linked case. The page of another unit's case is not accessible, so it gets a message form instead.

    `own_url`: the URL of this case if the officer works on it.
    """
    return {
        "url": case_url(other.code) if other.seen else "", "code": show_code(other.code), "unit": other.unit,
        "category": spoken(CATEGORY_LABELS)[other.category], "thing": other.thing, "open": other.is_open,
        "write_url": f"{works}/nhan-ben-kia" if works and other.unit != case.unit.name else "",
        "undo_url": f"{works}/bo-noi?into={other.code}" if works else "",
    }  # fmt: skip
