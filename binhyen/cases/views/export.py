"""CSV export of the case list: same filters, same visibility, and an entry in the audit log."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from binhyen.audit.rules.read_events import Read, Seen
from binhyen.audit.services import saw
from binhyen.cases.choices import CATEGORY_LABELS, OUTCOME_LABELS, STATE_LABELS, URGENCY_LABELS
from binhyen.cases.kinds import kind_labels
from binhyen.cases.queries.case_list import MOST_EXPORTED, Row, every_row
from binhyen.cases.services.unit_of_work import acting
from binhyen.cases.views.desk import communes
from binhyen.cases.views.filters import read
from binhyen.kit import clock
from binhyen.kit.csv_export import csv_file
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import show_code
from binhyen.kit.watchdog import lift_time_limit
from binhyen.people.roles import May
from binhyen.people.view_auth import OfficerRequest, officers, step_up
from binhyen.ui import formatting
from binhyen.ui.label_cache import spoken

_HEAD = (
    N_("Mã"),
    N_("Loại"),
    N_("Lĩnh vực"),
    N_("Mức"),
    N_("Trạng thái"),
    N_("Nơi"),
    N_("Đơn vị"),
    N_("Người xử lý"),
    N_("Nhận lúc"),
    N_("Hạn"),
    N_("Kết quả"),
)


@officers(May.WORK_CASES, May.READ_LEDGER)
@step_up()
def export(request: OfficerRequest) -> HttpResponse:
    """Export at most 10,000 cases without report texts, in the officer's language.

    UTF-8 with a BOM, so that Excel shows Vietnamese letters. A last line states that cases were left out, so that
    totals are not misread.
    """
    lift_time_limit(request.META)
    now = clock.now()
    chosen = read(request.GET, communes(request.user))
    found = every_row(request.user, chosen.filters(communes(request.user)), now=now)
    rows = found[:MOST_EXPORTED]
    looked = Seen(Read.EXPORT, count=len(rows))
    saw(looked, actor=acting(request.user).label, unit_id=request.user.unit_id, now=now)
    lines = [*map(_cells, rows), *_end(found)]
    return csv_file(f"vu-viec-{clock.vietnam_day(now)}.csv", [_(name) for name in _HEAD], lines)


def _end(found: Sequence[Row]) -> list[list[str]]:
    if len(found) <= MOST_EXPORTED:
        return []
    most = formatting.number(MOST_EXPORTED)
    return [[_("CHƯA HẾT: tệp chỉ có {most} vụ mới nhất của danh sách. Lọc hẹp lại rồi tải tiếp.").format(most=most)]]


def _cells(row: dict[str, Any]) -> list[str]:
    moment = "%Y-%m-%d %H:%M"
    due = row["due_at"].astimezone(clock.VIETNAM).strftime(moment) if row["due_at"] else ""
    return [
        show_code(row["code"]), spoken(kind_labels())[row["kind"]], spoken(CATEGORY_LABELS).get(row["category"], ""),
        spoken(URGENCY_LABELS)[row["urgency"]], spoken(STATE_LABELS)[row["state"]], row["place"], row["unit__name"],
        row["assignee__name"] or "", row["opened_at"].astimezone(clock.VIETNAM).strftime(moment), due,
        spoken(OUTCOME_LABELS).get(row["outcome"], ""),
    ]  # fmt: skip
