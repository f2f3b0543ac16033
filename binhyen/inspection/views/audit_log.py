"""«Nhật ký kiểm tra», the audit log for the inspectorate. Reading it is recorded in the log too."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation

from binhyen.audit.queries import entries
from binhyen.audit.queries.state import state
from binhyen.audit.rules.read_events import Read, Seen
from binhyen.audit.services import saw
from binhyen.inspection import entry_labels, filters
from binhyen.inspection.views.checkpoints import POINTS, given
from binhyen.kit import clock
from binhyen.kit.csv_export import csv_file
from binhyen.kit.watchdog import lift_time_limit
from binhyen.people import access
from binhyen.people.roles import May
from binhyen.people.services import actor_of
from binhyen.people.view_auth import OfficerRequest, officers, step_up

_HEAD = ("Lúc", "Ai", "Việc", "Đối tượng", "Đơn vị", "Kết quả", "Thêm", "Mã việc")


@officers(May.READ_AUDIT)
def book(request: OfficerRequest) -> HttpResponse:
    now, asked = clock.now(), filters.read(request.GET)
    after = request.GET.get("sau", "")[:100]
    page = entries.page(asked.filters(request.user), seen=access.book(request.user), cursor=after)
    _saw(request, Seen(Read.BOOK, count=len(page.rows)))
    stands = state()
    context = {
        "now": now,
        "filters": {"fields": filters.fields(asked), "active": asked.active, "clear_url": filters.BOOK},
        "urls": {"book": filters.BOOK, "points": POINTS, "export": asked.url(f"{filters.BOOK}.csv")},
        "state": {
            "signed_at": stands.signed.at if stands.signed else None,
            "given": [given(handed) for handed in stands.given],
            "checked_at": stands.checked.at if stands.checked else None,
            "faults": stands.checked.faults if stands.checked else [],
        },
        "rows": entry_labels.rows(page.rows),
        "pager": {
            "first_url": asked.url() if after else "",
            "next_url": asked.url(sau=page.next) if page.next else "",
        },
    }
    return render(request, "audit/book.html", context)


@officers(May.READ_AUDIT)
@step_up()
def export(request: OfficerRequest) -> HttpResponse:
    """The same list as a file, at most 10,000 entries."""
    lift_time_limit(request.META)
    asked = filters.read(request.GET)
    found = entries.every(asked.filters(request.user), seen=access.book(request.user))
    _saw(request, Seen(Read.BOOK_EXPORT, count=len(found)))
    cells = ("at_text", "who", "what", "about", "unit", "outcome", "more", "verb")
    # other people read the file: its language does not depend on the exporting officer
    with translation.override(settings.LANGUAGE_CODE):
        rows = [tuple(row[cell] for cell in cells) for row in entry_labels.rows(found)]
    return csv_file(f"nhat-ky-{clock.vietnam_day(clock.now())}.csv", _HEAD, rows)


def _saw(request: OfficerRequest, seen: Seen) -> None:
    saw(seen, actor=actor_of(request.user), unit_id=request.user.unit_id, now=clock.now())
