"""The duty desk: ringing alarms, the case list with its filters, and the same list as a fragment."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from binhyen.areas.queries import Directory, NotLoaded, directory
from binhyen.cases.choices import OPEN_STATES
from binhyen.cases.queries import alarm_recipients, lost_found
from binhyen.cases.queries import case_list as queries
from binhyen.cases.queries.case_list import COUNT_CAP, Row
from binhyen.cases.queries.transferred import handed
from binhyen.cases.rules import rings_from
from binhyen.cases.views.decorators import WORKS_WITH_CASES, screen
from binhyen.cases.views.filters import (
    DESK,
    LEFT,
    TOLD,
    UNHELPED,
    URGENT,
    Chosen,
    export_url,
    fields_of,
    hidden_of,
    read,
)
from binhyen.cases.views.list_rows import Rows, case_url
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import show_code
from binhyen.people.access import may, sight
from binhyen.people.middleware import who_asks
from binhyen.people.models import Officer
from binhyen.people.roles import May
from binhyen.people.view_auth import OfficerRequest
from binhyen.ui import formatting
from binhyen.ui.label_cache import spoken
from binhyen.ui.stored_text_i18n import title


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the start page after signing in: the case list, or the page of the role without one."""
    officer = who_asks(request)
    if may(officer, May.OPERATE):
        return redirect("/hop-thu-di")
    if may(officer, May.READ_AUDIT):
        return redirect("/nhat-ky")
    if isinstance(officer, Officer) and _works_apart(officer):
        return redirect("/giu-kin")
    answer = desk(request)
    assert isinstance(answer, HttpResponse)
    return answer


def _works_apart(officer: Officer) -> bool:
    """Return whether the officer works only in the custody process: custodians and the director's office."""
    apart = may(officer, May.OPEN_IDENTITY) or may(officer, May.HANDLE_CONDUCT)
    return apart and not any(may(officer, ability) for ability in WORKS_WITH_CASES)


@screen()
def desk(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    chosen = read(request.GET, communes(request.user))
    shown = context(request.user, chosen, now=now)
    if request.htmx:
        return render(request, "desk/_queue.html", shown)
    # Evaluated last, with program scope: the next query on this connection sets its own scope anyway.
    handed_on = SimpleLazyObject(lambda: _handed(request.user, now=now))
    rings = rings_from(request.user.role) is not None
    return render(request, "desk/desk.html", shown | {"handed": handed_on, "rings": rings})


def _handed(officer: Officer, *, now: dt.datetime) -> list[dict[str, Any]]:
    """List transfers of this officer that they may undo."""
    return [
        {
            "code": show_code(each.code), "title": title(each.title), "unit": each.unit, "at": each.at,
            "back_url": f"{case_url(each.code)}/lay-lai",
        }
        for each in handed(officer, now=now)
    ]  # fmt: skip


def queue(request: OfficerRequest, *, said: str = "") -> HttpResponse:
    """Render the list again after an action in it, with the filters of the page.

    `message`: the result where the list does not show it.
    """
    now = clock.now()
    query = (request.htmx.current_url_abs_path or "").partition("?")[2]
    chosen = read(QueryDict(query), communes(request.user))
    return render(request, "desk/_queue.html", context(request.user, chosen, now=now) | {"said": said})


def communes(officer: Officer) -> Directory | None:
    """Return the communes to choose from; None for officers of a single unit, or where no areas are loaded."""
    if not sight(officer).province:
        return None
    try:
        return directory()
    except NotLoaded:
        return None


def context(officer: Officer, chosen: Chosen, *, now: dt.datetime) -> dict[str, Any]:
    """Build the context of `desk/_queue.html`.

    Two statements, one more while an alarm rings; two more for the province where lost or found items are listed.
    """
    places = communes(officer)
    page = queries.desk_page(officer, chosen.filters(places), cursor=chosen.after, now=now)
    owners, counts = may(officer, May.WORK_CASES), queries.tab_counts(officer, now=now)
    alarms = alarm_recipients.alarms(officer) if counts["ringing"] else []
    rows, boxed = Rows(officer, now=now), {a["code"] for a in alarms}
    likely = _likely(officer, page.rows, now=now)
    return {
        "now": now,
        "urls": {"desk": DESK, "refresh": chosen.url(after=chosen.after), "export": export_url(chosen)},
        "alarms": rows.alarms(alarms),
        "ringing": {"count": counts["ringing"], "shown": _capped(counts["ringing"])},
        "unshown": _notice(counts["ringing"] - len(alarms), URGENT, more=counts["ringing"] >= COUNT_CAP),
        "rows": [rows.row(r, boxed=r["code"] in boxed, likely=r["id"] in likely) for r in page.rows],
        "tabs": _tabs(chosen, counts, owners=owners),
        "told": _notice(counts["told"], TOLD),
        "unhelped": _notice(0 if chosen.view == UNHELPED.view else counts["unhelped"], UNHELPED),
        "left": _notice(counts["left"] if _leads(officer) else 0, LEFT),
        "filters": {
            "q": chosen.q, "active": chosen.active, "clear_url": DESK, "hidden": hidden_of(chosen),
            "fields": fields_of(chosen, places, owners=owners), "wider_url": chosen.wider(),
        },
        "exported": queries.MOST_EXPORTED,
        "found_text": _found(len(page.rows), more=bool(page.next)),
        "pager": {
            "first_url": chosen.url() if chosen.after else "",
            "next_url": chosen.url(after=page.next) if page.next else "",
        },
    }  # fmt: skip


def _notice(count: int, where: Chosen, *, more: bool = False) -> dict[str, Any] | None:
    """Build a notice with a link. `more`: the count is a lower bound."""
    shown = f"{formatting.number(count)}+" if more else _capped(count)
    return {"count": count, "shown": shown, "url": where.url()} if count > 0 else None


def _leads(officer: Officer) -> bool:
    """Return whether the officer assigns the work of a unit."""
    return may(officer, May.ASSIGN) and not sight(officer).province


def _likely(officer: Officer, rows: Sequence[Row], *, now: dt.datetime) -> set[int]:
    """Return unlinked lost and found cases of the page with a match, for the province only.

    It sees both units and is promised to look («Trực ban tỉnh xem được và nối giúp»); a commune reads it on its own
    case.
    """
    if not sight(officer).province:
        return set()
    lone = {
        r["id"]: r["category"] for r in rows
        if r["category"] in lost_found.SIDES and r["state"] in OPEN_STATES and not (r["sensitive"] or r["matched"])
    }  # fmt: skip
    return lost_found.likely(officer, lone, now=now)


def _found(count: int, *, more: bool) -> str:
    if more:
        return _("{n} vụ việc trên trang này, còn nữa").format(n=count)
    return ngettext("{n} vụ việc", "{n} vụ việc", count).format(n=count)


_TAB_LABELS = {
    "open": N_("Đang mở"), "news": N_("Có mới"), "mine": N_("Của tôi"), "free": N_("Chưa ai xử lý"),
    "overdue": N_("Quá hạn"), "closed": N_("Đã xong"), "unhelped": N_("Chưa ổn"),
}  # fmt: skip
_HOT = ("news", "free", "overdue", "unhelped")
_TABS = {
    name: (to, to.url())
    for name, to in (
        ("open", Chosen()), ("news", Chosen(view="moi")), ("mine", Chosen(owner="toi")),
        ("free", Chosen(owner="khong")), ("overdue", Chosen(overdue="qua")),
        ("closed", Chosen(view="xong")), ("unhelped", UNHELPED),
    )
}  # fmt: skip


def _tabs(chosen: Chosen, counts: dict[str, int], *, owners: bool) -> list[dict[str, Any]]:
    """Build the quick filters; «Của tôi» and «Chưa ai xử lý» only for officers who can take cases."""
    here, labels = (chosen.view, chosen.owner, chosen.overdue), spoken(_TAB_LABELS)
    return [
        {
            "label": labels[name],
            "url": url,
            "count": _capped(counts[name]),
            "hot": name in _HOT,
            "current": here == (to.view, to.owner, to.overdue),
        }
        for name, (to, url) in _TABS.items()
        if owners or not to.owner
    ]


def _capped(count: int) -> int | str:
    """Format a count, capped at COUNT_CAP."""
    return f"{formatting.number(COUNT_CAP)}+" if count >= COUNT_CAP else count
