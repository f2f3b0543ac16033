"""«Vết của tôi», an officer's own activity: the audit log entries about the signed-in officer, for transparency."""

from django.http import HttpResponse
from django.shortcuts import render

from binhyen.audit.queries import entries
from binhyen.inspection import entry_labels
from binhyen.kit import clock
from binhyen.people import access
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, require_any_permission

MY_ACTIVITY_URL = "/vet-cua-toi"


@require_any_permission(*Permission)
def show_my_activity(request: OfficerRequest) -> HttpResponse:
    cursor = request.GET.get("sau", "")[:100]
    page = entries.get_entry_page(
        entries.EntryFilters(), visible=access.filter_own_activity(request.user), cursor=cursor
    )
    context = {
        "now": clock.now(),
        "rows": entry_labels.format_rows(page.rows),
        "pager": {
            "first_url": MY_ACTIVITY_URL if cursor else "",
            "next_url": f"{MY_ACTIVITY_URL}?sau={page.next}" if page.next else "",
        },
    }
    return render(request, "audit/traces.html", context)
