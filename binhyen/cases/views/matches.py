"""«Có thể là của nhau»: found posts for something lost, and the other way, as plain values."""

import datetime as dt
from typing import Any

from binhyen.cases import queries
from binhyen.cases.models import Case
from binhyen.cases.views.rows import case_url
from binhyen.kit.ids import show_code
from binhyen.people.models import Officer

_OTHER_SIDE = {"lost_item": "nhặt được", "found_item": "báo mất"}


def matches(officer: Officer, case: Case, *, now: dt.datetime) -> dict[str, Any] | None:
    """`matches` of `desk/case.html`; None where there is nothing to show. Of other units' cases only the number."""
    found = queries.matches(officer, case, now=now)
    if not found.seen and not found.elsewhere:
        return None
    rows = [
        {
            "url": case_url(likely.case.code), "code": show_code(likely.case.code), "title": likely.case.title,
            "percent": f"{likely.score:.0%}", "reason": ", ".join(likely.reasons),
        }
        for likely in found.seen
    ]
    side = _OTHER_SIDE[case.category]
    elsewhere = (
        f"{found.elsewhere} tin {side} do đơn vị khác giữ có thể khớp. Trực ban tỉnh xem được và nối giúp."
        if found.elsewhere
        else ""
    )
    return {"rows": rows, "elsewhere": elsewhere}
