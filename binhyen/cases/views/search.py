"""Global search: one page, one box, a section per type; only the results while typing."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from binhyen.areas.queries import Found
from binhyen.audit.rules.read_events import Read, Seen
from binhyen.audit.services import saw
from binhyen.cases.choices import STATE_LABELS, State
from binhyen.cases.queries.case_list import Row
from binhyen.cases.queries.global_search import MOST_CASES, MOST_MESSAGES, Everything, everywhere
from binhyen.cases.services.unit_of_work import acting
from binhyen.cases.views.decorators import screen
from binhyen.cases.views.filters import Chosen
from binhyen.cases.views.list_rows import TONES, case_url
from binhyen.cases.views.unassigned_messages import LOOSE, message_row
from binhyen.kit import clock
from binhyen.kit.ids import show_code
from binhyen.kit.rate_limits import Rate, allows
from binhyen.kit.search_terms import LONGEST
from binhyen.people.access import may, sight
from binhyen.people.models import Officer
from binhyen.people.roles import May
from binhyen.people.view_auth import OfficerRequest
from binhyen.ui import formatting
from binhyen.ui.label_cache import spoken
from binhyen.ui.stored_text_i18n import beginnings, title

SEARCH = "/tim"
ASKED = Rate(burst=120, per_second=3)  # per officer; typing sends a few requests a second


@screen()
def search(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    if not allows(f"search {request.user.pk}", ASKED):
        busy = render(request, "429.html", status=429)
        busy.headers["Retry-After"] = str(ASKED.wait())
        return busy
    found = everywhere(request.user, request.GET.get("q", ""), now=now)
    if found.looked_for.query:
        looked = Seen(Read.SEARCH, count=found.count)
        saw(looked, actor=acting(request.user).label, unit_id=request.user.unit_id, now=now)
    template = "desk/_found.html" if request.htmx else "desk/search.html"
    response = render(request, template, context(request.user, found, now=now))
    response["Vary"] = "HX-Request"  # the response depends on the header
    return response


def context(officer: Officer, found: Everything, *, now: dt.datetime) -> dict[str, Any]:
    """Build the context of `desk/search.html`."""
    works, far = may(officer, May.WORK_CASES), sight(officer).province
    return {
        "now": now, "urls": {"search": SEARCH}, "q": found.looked_for.text, "longest": LONGEST,
        "asked": bool(found.looked_for.query), "found_text": _found(found.count),
        "cases": [_case(row, far=far, now=now) for row in found.cases],
        "loose": [message_row(m, works=works, now=now) for m in found.messages],
        "officers": [{"name": o.name, "role": o.role_label, "unit": o.unit.name} for o in found.officers],
        "places": [_place(place, far=far) for place in found.places],
        "more": _more(found),
    }  # fmt: skip


def _more(found: Everything) -> dict[str, str]:
    """Return the link to all results of a section that is full, in the same order."""
    q = found.looked_for.text
    return {
        "cases_url": Chosen(view="tat-ca", q=q).url() if len(found.cases) == MOST_CASES else "",
        "loose_url": f"{LOOSE}?{urlencode({'q': q})}" if len(found.messages) == MOST_MESSAGES else "",
    }


def _found(count: int) -> str:
    return ngettext("Tìm thấy {n} mục", "Tìm thấy {n} mục", count).format(n=count) if count else ""


def _case(row: Row, *, far: bool, now: dt.datetime) -> dict[str, Any]:
    state = State(row["state"])
    return {
        "url": case_url(row["code"]), "code": show_code(row["code"]), "title": title(row["title"]),
        "text": beginnings()(row["snippet"]), "urgency": row["urgency"], "place": row["place"],
        "unit": row["unit__name"] if far else "", "state": spoken(STATE_LABELS)[state], "tone": TONES[state],
        "received_text": formatting.when(row["opened_at"], now),
    }  # fmt: skip


def _place(place: Found, *, far: bool) -> dict[str, Any]:
    """Build a place with its current name; with province visibility it links to its cases."""
    ended = place.valid_to is not None
    today = ", ".join(place.today_names)
    return {
        "name": place.label, "ended": ended,
        "today": _("nay là {today}").format(today=today) if today and ended else "",
        "url": f"/ban-truc?xem=tat-ca&xa={place.today[0]}" if far and len(place.today) == 1 else "",
    }  # fmt: skip
