"""«Vết của tôi», an officer's own activity: the audit log entries about the signed-in officer, for transparency."""

from django.http import HttpResponse
from django.shortcuts import render

from binhyen.audit.queries import entries
from binhyen.inspection import entry_labels
from binhyen.kit import clock
from binhyen.people import access
from binhyen.people.roles import May
from binhyen.people.view_auth import OfficerRequest, officers

TRACES = "/vet-cua-toi"


@officers(*May)
def traces(request: OfficerRequest) -> HttpResponse:
    after = request.GET.get("sau", "")[:100]
    page = entries.page(entries.Filters(), seen=access.own_traces(request.user), cursor=after)
    context = {
        "now": clock.now(),
        "rows": entry_labels.rows(page.rows),
        "pager": {"first_url": TRACES if after else "", "next_url": f"{TRACES}?sau={page.next}" if page.next else ""},
    }
    return render(request, "audit/traces.html", context)
