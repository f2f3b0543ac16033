"""«Nhật ký kiểm tra», the audit log for the inspectorate. Reading it is recorded in the log too."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation

from binhyen.audit.queries import entries
from binhyen.audit.queries.state import get_log_state
from binhyen.audit.rules.read_events import ReadEvent, ReadKind
from binhyen.audit.services import record_read
from binhyen.inspection import entry_labels, filters
from binhyen.inspection.views.checkpoints import CHECKPOINTS_URL, format_delivery
from binhyen.kit import clock
from binhyen.kit.csv_export import csv_response
from binhyen.kit.watchdog import lift_time_limit
from binhyen.people import access
from binhyen.people.roles import Permission
from binhyen.people.services import get_audit_actor
from binhyen.people.view_auth import OfficerRequest, require_any_permission, require_step_up

_HEAD = ("Lúc", "Ai", "Việc", "Đối tượng", "Đơn vị", "Kết quả", "Thêm", "Mã việc")


@require_any_permission(Permission.READ_AUDIT)
def show_audit_log(request: OfficerRequest) -> HttpResponse:
    now, asked = clock.now(), filters.parse_log_filters(request.GET)
    cursor = request.GET.get("sau", "")[:100]
    page = entries.get_entry_page(
        asked.filters(request.user), visible=access.filter_audit_entries(request.user), cursor=cursor
    )
    _record_view(request, ReadEvent(ReadKind.BOOK, count=len(page.rows)))
    stands = get_log_state()
    context = {
        "now": now,
        "filters": {
            "fields": filters.list_log_filter_fields(asked),
            "active": asked.active,
            "clear_url": filters.AUDIT_LOG_URL,
        },
        "urls": {
            "book": filters.AUDIT_LOG_URL,
            "points": CHECKPOINTS_URL,
            "export": asked.url(f"{filters.AUDIT_LOG_URL}.csv"),
        },
        "state": {
            "signed_at": stands.signed.at if stands.signed else None,
            "given": [format_delivery(handed) for handed in stands.given],
            "checked_at": stands.checked.at if stands.checked else None,
            "faults": stands.checked.faults if stands.checked else [],
        },
        "rows": entry_labels.format_rows(page.rows),
        "pager": {
            "first_url": asked.url() if cursor else "",
            "next_url": asked.url(sau=page.next) if page.next else "",
        },
    }
    return render(request, "audit/book.html", context)


@require_any_permission(Permission.READ_AUDIT)
@require_step_up()
def export_audit_log(request: OfficerRequest) -> HttpResponse:
    """Export the same list as a file, at most 10,000 entries."""
    lift_time_limit(request.META)
    asked = filters.parse_log_filters(request.GET)
    log_entries = entries.list_entries_for_export(
        asked.filters(request.user), visible=access.filter_audit_entries(request.user)
    )
    _record_view(request, ReadEvent(ReadKind.BOOK_EXPORT, count=len(log_entries)))
    cells = ("at_text", "who", "what", "about", "unit", "outcome", "more", "verb")
    # other people read the file: its language does not depend on the exporting officer
    with translation.override(settings.LANGUAGE_CODE):
        rows = [tuple(row[cell] for cell in cells) for row in entry_labels.format_rows(log_entries)]
    return csv_response(f"nhat-ky-{clock.to_vietnam_day(clock.now())}.csv", _HEAD, rows)


def _record_view(request: OfficerRequest, view: ReadEvent) -> None:
    record_read(view, actor=get_audit_actor(request.user), unit_id=request.user.unit_id, now=clock.now())
