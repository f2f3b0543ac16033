"""CSV export of the case list: same filters, same visibility, and an entry in the audit log."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from binhyen.audit.rules.read_events import ReadEvent, ReadKind
from binhyen.audit.services import record_read
from binhyen.cases.choices import CATEGORY_LABELS, OUTCOME_LABELS, STATE_LABELS, URGENCY_LABELS
from binhyen.cases.kinds import get_kind_labels
from binhyen.cases.queries.case_list import MAX_EXPORTED, CaseListRow, list_export_rows
from binhyen.cases.services.unit_of_work import to_actor
from binhyen.cases.views.desk import get_communes
from binhyen.cases.views.filters import parse_filters
from binhyen.kit import clock
from binhyen.kit.csv_export import csv_response
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code
from binhyen.kit.watchdog import lift_time_limit
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, require_any_permission, require_step_up
from binhyen.ui import formatting
from binhyen.ui.label_cache import translated_labels

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


@require_any_permission(Permission.WORK_CASES, Permission.READ_LEDGER)
@require_step_up()
def export_cases(request: OfficerRequest) -> HttpResponse:
    """Export at most 10,000 cases without report texts, in the officer's language.

    UTF-8 with a BOM, so that Excel shows Vietnamese letters. A last line states that cases were left out, so that
    totals are not misread.
    """
    lift_time_limit(request.META)
    now = clock.now()
    chosen = parse_filters(request.GET, get_communes(request.user))
    all_rows = list_export_rows(request.user, chosen.filters(get_communes(request.user)), now=now)
    rows = all_rows[:MAX_EXPORTED]
    looked = ReadEvent(ReadKind.EXPORT, count=len(rows))
    record_read(looked, actor=to_actor(request.user).label, unit_id=request.user.unit_id, now=now)
    lines = [*map(_to_cells, rows), *_build_truncation_note(all_rows)]
    return csv_response(f"vu-viec-{clock.to_vietnam_day(now)}.csv", [_(name) for name in _HEAD], lines)


def _build_truncation_note(all_rows: Sequence[CaseListRow]) -> list[list[str]]:
    if len(all_rows) <= MAX_EXPORTED:
        return []
    limit = formatting.format_number(MAX_EXPORTED)
    return [[_("CHƯA HẾT: tệp chỉ có {most} vụ mới nhất của danh sách. Lọc hẹp lại rồi tải tiếp.").format(most=limit)]]


def _to_cells(row: dict[str, Any]) -> list[str]:
    moment = "%Y-%m-%d %H:%M"
    due = row["due_at"].astimezone(clock.VIETNAM).strftime(moment) if row["due_at"] else ""
    return [
        format_code(row["code"]),
        translated_labels(get_kind_labels())[row["kind"]],
        translated_labels(CATEGORY_LABELS).get(row["category"], ""),
        translated_labels(URGENCY_LABELS)[row["urgency"]],
        translated_labels(STATE_LABELS)[row["state"]],
        row["place"],
        row["unit__name"],
        row["assignee__name"] or "",
        row["opened_at"].astimezone(clock.VIETNAM).strftime(moment),
        due,
        translated_labels(OUTCOME_LABELS).get(row["outcome"], ""),
    ]
