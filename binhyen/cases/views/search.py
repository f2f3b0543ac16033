"""Global search: one page, one box, a section per type; only the results while typing."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from binhyen.areas.queries import PlaceMatch
from binhyen.audit.rules.action_families import ReadEvent, ReadKind
from binhyen.audit.services import record_read
from binhyen.cases.choices import State, get_state_label
from binhyen.cases.queries.case_list import CaseListRow
from binhyen.cases.queries.global_search import MAX_CASES, MAX_MESSAGES, SearchResults, search_everything
from binhyen.cases.services.unit_of_work import to_actor
from binhyen.cases.views.decorators import require_case_access
from binhyen.cases.views.filters import CaseListFilters
from binhyen.cases.views.list_rows import STATE_TONES, build_case_url
from binhyen.cases.views.unassigned_messages import MESSAGES_URL, build_message_row
from binhyen.kit import clock
from binhyen.kit.ids import format_code
from binhyen.kit.rate_limits import RateLimit, try_acquire
from binhyen.kit.search_terms import MAX_LENGTH
from binhyen.people.access import officer_may, visibility
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest
from binhyen.ui import formatting
from binhyen.ui.stored_text_i18n import beginning_translator, translate_title

SEARCH_URL = "/tim"
SEARCH_RATE = RateLimit(burst=120, per_second=3)  # per officer; typing sends a few requests a second


@require_case_access()
def show_search(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    if not try_acquire(f"search {request.user.pk}", SEARCH_RATE):
        busy = render(request, "429.html", status=429)
        busy.headers["Retry-After"] = str(SEARCH_RATE.retry_after())
        return busy
    results = search_everything(request.user, request.GET.get("q", ""), now=now)
    if results.terms.query:
        looked = ReadEvent(ReadKind.SEARCH, count=results.count)
        record_read(looked, actor=to_actor(request.user).label, unit_id=request.user.unit_id, now=now)
    template = "desk/_found.html" if request.htmx else "desk/search.html"
    response = render(request, template, build_search_context(request.user, results, now=now))
    response["Vary"] = "HX-Request"  # the response depends on the header
    return response


def build_search_context(officer: Officer, results: SearchResults, *, now: dt.datetime) -> dict[str, Any]:
    """Build the context of `desk/search.html`."""
    can_work, sees_province = officer_may(officer, Permission.WORK_CASES), visibility(officer).province
    return {
        "now": now,
        "urls": {"search": SEARCH_URL},
        "q": results.terms.text,
        "longest": MAX_LENGTH,
        "asked": bool(results.terms.query),
        "found_text": _format_found_count(results.count),
        "cases": [_to_case_row(row, far=sees_province, now=now) for row in results.cases],
        "loose": [build_message_row(message, can_work=can_work, now=now) for message in results.messages],
        "officers": [
            {"name": colleague.name, "role": colleague.role_label, "unit": colleague.unit.name}
            for colleague in results.officers
        ],
        "places": [_to_place_row(place, far=sees_province) for place in results.places],
        "more": _build_more_urls(results),
    }


def _build_more_urls(results: SearchResults) -> dict[str, str]:
    """Return the link to all results of a section that is full, in the same order."""
    query = results.terms.text
    return {
        "cases_url": CaseListFilters(view="tat-ca", q=query).url() if len(results.cases) == MAX_CASES else "",
        "loose_url": f"{MESSAGES_URL}?{urlencode({'q': query})}" if len(results.messages) == MAX_MESSAGES else "",
    }


def _format_found_count(count: int) -> str:
    return ngettext("Tìm thấy {n} mục", "Tìm thấy {n} mục", count).format(n=count) if count else ""


def _to_case_row(row: CaseListRow, *, far: bool, now: dt.datetime) -> dict[str, Any]:
    state = State(row["state"])
    return {
        "url": build_case_url(row["code"]),
        "code": format_code(row["code"]),
        "title": translate_title(row["title"]),
        "text": beginning_translator()(row["snippet"]),
        "urgency": row["urgency"],
        "place": row["place"],
        "unit": row["unit__name"] if far else "",
        "state": _(get_state_label(state, is_assigned=row["assignee_id"] is not None)),
        "tone": STATE_TONES[state],
        "received_text": formatting.format_short_time(row["opened_at"], now),
    }


def _to_place_row(place: PlaceMatch, *, far: bool) -> dict[str, Any]:
    """Build a place with its current name; with province visibility it links to its cases."""
    ended = place.valid_to is not None
    today = ", ".join(place.today_names)
    return {
        "name": place.label,
        "ended": ended,
        "today": _("nay là {today}").format(today=today) if today and ended else "",
        "url": f"/ban-truc?xem=tat-ca&xa={place.today[0]}" if far and len(place.today) == 1 else "",
    }
