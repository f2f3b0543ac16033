"""The desk's list as a file for a spreadsheet: the same filters, the same sight, and an entry in the audit book."""

from typing import Any

from django.http import HttpResponse

from binhyen.audit.rules.reads import Read, Seen
from binhyen.audit.services import saw
from binhyen.cases import queries
from binhyen.cases.kinds import kind
from binhyen.cases.services.steps import acting
from binhyen.cases.views.chosen import read
from binhyen.cases.views.desk import communes
from binhyen.cases.words import CATEGORY_LABELS, OUTCOME_LABELS, STATE_LABELS, URGENCY_LABELS
from binhyen.kit import clock
from binhyen.kit.ids import show_code
from binhyen.kit.sheets import csv_file
from binhyen.people.gate import OfficerRequest, officers, step_up
from binhyen.people.rules import May

_HEAD = ("Mã", "Loại", "Lĩnh vực", "Mức", "Trạng thái", "Nơi", "Đơn vị", "Người xử lý", "Nhận lúc", "Hạn", "Kết quả")


@officers(May.WORK_CASES, May.READ_LEDGER)
@step_up()
def export(request: OfficerRequest) -> HttpResponse:
    """At most 10,000 cases, without the words of reporters; UTF-8 with a mark, so that Excel shows the letters."""
    now = clock.now()
    chosen = read(request.GET, communes(request.user))
    rows = queries.every_row(request.user, chosen.filters(communes(request.user)), now=now)
    looked = Seen(Read.EXPORT, count=len(rows))
    saw(looked, actor=acting(request.user).label, unit_id=request.user.unit_id, now=now)
    return csv_file(f"vu-viec-{clock.vietnam_day(now)}.csv", _HEAD, map(_cells, rows))


def _cells(row: dict[str, Any]) -> list[str]:
    moment = "%Y-%m-%d %H:%M"
    due = row["due_at"].astimezone(clock.VIETNAM).strftime(moment) if row["due_at"] else ""
    return [
        show_code(row["code"]), kind(row["kind"]).label, CATEGORY_LABELS.get(row["category"], ""),
        URGENCY_LABELS[row["urgency"]], STATE_LABELS[row["state"]], row["place"], row["unit__name"],
        row["assignee__name"] or "", row["opened_at"].astimezone(clock.VIETNAM).strftime(moment), due,
        OUTCOME_LABELS.get(row["outcome"], ""),
    ]  # fmt: skip
