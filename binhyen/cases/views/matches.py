"""«Có thể là của nhau»: found posts for something lost, and the other way, as plain values."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from binhyen.cases import queries
from binhyen.cases.models import Case
from binhyen.cases.views.rows import case_url
from binhyen.kit.ids import show_code
from binhyen.kit.wording import N_
from binhyen.people.models import Officer
from binhyen.ui.retold import reason, title

_ELSEWHERE = {
    "lost_item": N_("{n} tin nhặt được do đơn vị khác giữ có thể khớp. Trực ban tỉnh xem được và nối giúp."),
    "found_item": N_("{n} tin báo mất do đơn vị khác giữ có thể khớp. Trực ban tỉnh xem được và nối giúp."),
}


def matches(officer: Officer, case: Case, *, now: dt.datetime) -> dict[str, Any] | None:
    """`matches` of `desk/case.html`; None where there is nothing to show. Of other units' cases only the number."""
    found = queries.matches(officer, case, now=now)
    if not found.seen and not found.elsewhere:
        return None
    rows = [
        {
            "url": case_url(likely.case.code),
            "code": show_code(likely.case.code),
            "title": title(likely.case.title),
            "percent": f"{likely.score:.0%}",
            "reason": ", ".join(map(reason, likely.reasons)),
        }
        for likely in found.seen
    ]
    elsewhere = _(_ELSEWHERE[case.category]).format(n=found.elsewhere) if found.elsewhere else ""
    return {"rows": rows, "elsewhere": elsewhere}
