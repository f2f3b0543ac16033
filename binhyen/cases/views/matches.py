"""Lost and found on the case page: linked cases, and likely matches («Có thể là của nhau»), as plain values."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from binhyen.cases.choices import CATEGORY_LABELS
from binhyen.cases.models import Case
from binhyen.cases.queries import lost_found
from binhyen.cases.queries.lost_found import LinkedCase
from binhyen.cases.views.list_rows import build_case_url
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code
from binhyen.people.access import officer_may
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.ui.label_cache import translated_labels
from binhyen.ui.stored_text_i18n import translate_reason, translate_title

_MAX_REASONS = 6  # the strongest; the others are shown on the case itself
_ELSEWHERE = {
    "lost_item": N_("{n} tin nhặt được do đơn vị khác giữ có thể khớp. Trực ban tỉnh xem được và nối giúp."),
    "found_item": N_("{n} tin báo mất do đơn vị khác giữ có thể khớp. Trực ban tỉnh xem được và nối giúp."),
}


def build_matches(officer: Officer, case: Case, *, now: dt.datetime) -> dict[str, Any] | None:
    """Build `matches` of `desk/case.html`; None where there is nothing to show.

    Of other units' cases only the count, and of linked ones only the fields of `lost_found.LinkedCase`.
    """
    linked = lost_found.list_linked(officer, case)
    result = lost_found.list_matches(officer, case, without=[item.code for item in linked], now=now)
    if not linked and not result.visible_matches and not result.elsewhere:
        return None
    rows = [
        {
            "url": build_case_url(likely.case.code),
            "code": format_code(likely.case.code),
            "title": translate_title(likely.case.title),
            "percent": f"{likely.score:.0%}",
            "reasons": [translate_reason(item) for item in likely.reasons[:_MAX_REASONS]],
        }
        for likely in result.visible_matches
    ]
    elsewhere = _(_ELSEWHERE[case.category]).format(n=result.elsewhere) if result.elsewhere else ""
    own_url = build_case_url(case.code) if officer_may(officer, Permission.WORK_CASES) else ""
    linked_rows = [_build_linked(item, case, own_url=own_url) for item in linked]
    return {"linked": linked_rows, "rows": rows, "elsewhere": elsewhere}


def _build_linked(partner: LinkedCase, case: Case, *, own_url: str) -> dict[str, Any]:
    """Build a linked case. The page of another unit's case is not accessible, so it gets a message form instead.

    `own_url`: the URL of this case if the officer works on it.
    """
    return {
        "url": build_case_url(partner.code) if partner.is_visible else "",
        "code": format_code(partner.code),
        "unit": partner.unit,
        "category": translated_labels(CATEGORY_LABELS)[partner.category],
        "thing": partner.item,
        "open": partner.is_open,
        "write_url": f"{own_url}/nhan-ben-kia" if own_url and partner.unit != case.unit.name else "",
        "undo_url": f"{own_url}/bo-noi?into={partner.code}" if own_url else "",
    }
