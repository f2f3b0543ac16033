"""The duty desk: ringing alarms, the case list with its filters, and the same list as a fragment."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from binhyen.areas.queries import AreasNotLoadedError, Directory, get_directory
from binhyen.audit.rules.action_families import ReadEvent, ReadKind
from binhyen.audit.services import record_read
from binhyen.cases.choices import CATEGORY_LABELS, OPEN_STATES, OUTCOME_LABELS, URGENCY_LABELS, get_state_label
from binhyen.cases.kinds import get_kind_labels
from binhyen.cases.message_texts import QUICK_REPLIES
from binhyen.cases.queries import alarm_recipients, lost_found, ratings
from binhyen.cases.queries import case_list as queries
from binhyen.cases.queries.case_list import COUNT_CAP, MAX_EXPORTED, CaseListRow, list_export_rows
from binhyen.cases.queries.transferred import list_transferred
from binhyen.cases.rules import AlarmCause, NotAllowed, get_alarm_level
from binhyen.cases.services import reply_templates
from binhyen.cases.services.unit_of_work import to_actor
from binhyen.cases.views.decorators import CASE_PERMISSIONS, require_case_access, require_case_officer
from binhyen.cases.views.filters import (
    DEADLINE_NOTICES,
    DESK_URL,
    ORPHANED,
    UNHELPED,
    URGENT,
    CaseListFilters,
    build_export_url,
    list_filter_fields,
    list_hidden_fields,
    parse_filters,
)
from binhyen.cases.views.list_rows import RowBuilder, build_case_url
from binhyen.kit import clock
from binhyen.kit.csv_export import csv_response
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code
from binhyen.kit.watchdog import lift_time_limit
from binhyen.people.access import counts_without_cases, officer_may, visibility
from binhyen.people.middleware import get_request_user
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission, require_step_up
from binhyen.ui import formatting
from binhyen.ui.label_cache import translated_labels
from binhyen.ui.stored_text_i18n import translate_title

_EXPORTING = (Permission.WORK_CASES, Permission.READ_LEDGER)

# Counts of the navigation and ringing alarms, refreshed on pages that stay open.


@require_any_permission(*CASE_PERMISSIONS, Permission.HANDLE_CONDUCT)
def show_nav_counts(request: OfficerRequest) -> HttpResponse:
    """Render the fragment; the counts are those of the signed-in officer as on every page."""
    return render(request, "ui/_numbers.html")


# Page of the keyboard shortcuts.


@require_safe
def show_keyboard_help(request: HttpRequest) -> HttpResponse:
    return render(request, "help/keys.html")


@require_safe
def show_home(request: HttpRequest) -> HttpResponse:
    """Show the start page after signing in: the case list, or the page of the role without one."""
    officer = get_request_user(request)
    if officer_may(officer, Permission.OPERATE):
        return redirect("/van-hanh")
    if officer_may(officer, Permission.READ_AUDIT):
        return redirect("/nhat-ky")
    if counts_without_cases(officer):
        return redirect("/tong-quan")
    if isinstance(officer, Officer) and _is_custody_only(officer):
        return redirect("/giu-kin")
    answer = show_desk(request)
    assert isinstance(answer, HttpResponse)
    return answer


def _is_custody_only(officer: Officer) -> bool:
    """Return whether the officer works only in the custody process: custodians and the director's office."""
    apart = officer_may(officer, Permission.OPEN_IDENTITY) or officer_may(officer, Permission.HANDLE_CONDUCT)
    return apart and not any(officer_may(officer, ability) for ability in CASE_PERMISSIONS)


@require_case_access()
def show_desk(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    chosen = parse_filters(request.GET, get_communes(request.user))
    shown = build_list_context(request.user, chosen, now=now)
    if request.htmx:
        return render(request, "desk/_queue.html", shown)
    # Evaluated last, with program scope: the next query on this connection sets its own scope anyway.
    handed_on = SimpleLazyObject(lambda: _list_transferred_rows(request.user, now=now))
    rings = get_alarm_level(request.user.role) is not None
    return render(request, "desk/desk.html", shown | {"handed": handed_on, "rings": rings})


def _list_transferred_rows(officer: Officer, *, now: dt.datetime) -> list[dict[str, Any]]:
    """List transfers of this officer that they may undo."""
    return [
        {
            "code": format_code(transferred_case.code),
            "title": translate_title(transferred_case.title),
            "unit": transferred_case.unit,
            "at": transferred_case.at,
            "back_url": f"{build_case_url(transferred_case.code)}/lay-lai",
        }
        for transferred_case in list_transferred(officer, now=now)
    ]


def render_case_list(request: OfficerRequest, *, message: str = "") -> HttpResponse:
    """Render the list again after an action in it, with the filters of the page.

    `message`: the result where the list does not show it.
    """
    now = clock.now()
    query = (request.htmx.current_url_abs_path or "").partition("?")[2]
    chosen = parse_filters(QueryDict(query), get_communes(request.user))
    return render(request, "desk/_queue.html", build_list_context(request.user, chosen, now=now) | {"said": message})


def get_communes(officer: Officer) -> Directory | None:
    """Return the communes to choose from; None for officers of a single unit, or where no areas are loaded."""
    if not visibility(officer).province:
        return None
    try:
        return get_directory()
    except AreasNotLoadedError:
        return None


def build_list_context(officer: Officer, chosen: CaseListFilters, *, now: dt.datetime) -> dict[str, Any]:
    """Build the context of `desk/_queue.html`.

    Two statements, one more while an alarm rings; two more for the province where lost or found items are listed.
    """
    places = get_communes(officer)
    page = queries.get_case_page(officer, chosen.filters(places), cursor=chosen.after, now=now)
    owners, counts = officer_may(officer, Permission.WORK_CASES), queries.count_tabs(officer, now=now)
    may_export = any(officer_may(officer, permission) for permission in _EXPORTING)
    alarms = alarm_recipients.list_alarms(officer) if counts["ringing"] else []
    rows, boxed = RowBuilder(officer, now=now), {alarm["code"] for alarm in alarms}
    likely = _find_unlinked_matches(officer, page.rows, now=now)
    return {
        "now": now,
        "urls": {
            "desk": DESK_URL,
            "refresh": chosen.url(after=chosen.after),
            "export": build_export_url(chosen) if may_export else "",
        },
        "alarms": rows.alarms(alarms),
        "ringing": _build_ringing(counts["ringing"], Counter(alarm["cause"] for alarm in alarms)),
        "unshown": _build_notice(counts["ringing"] - len(alarms), URGENT, more=counts["ringing"] >= COUNT_CAP),
        "rows": [
            rows.row(case_row, boxed=case_row["code"] in boxed, likely=case_row["id"] in likely)
            for case_row in page.rows
        ],
        "tabs": _build_tabs(chosen, counts, owners=owners),
        "told": _build_notice(counts["told"], DEADLINE_NOTICES),
        "unhelped": _build_notice(0 if chosen.view == UNHELPED.view else counts["unhelped"], UNHELPED),
        "left": _build_notice(counts["left"] if _is_unit_lead(officer) else 0, ORPHANED),
        "filters": {
            "q": chosen.q,
            "active": chosen.active,
            "clear_url": DESK_URL,
            "hidden": list_hidden_fields(chosen),
            "fields": list_filter_fields(chosen, places, owners=owners),
            "wider_url": chosen.build_wider_url(),
        },
        "exported": queries.MAX_EXPORTED,
        "found_text": _format_found_count(len(page.rows), more=bool(page.next)),
        "pager": {
            "first_url": chosen.url() if chosen.after else "",
            "next_url": chosen.url(after=page.next) if page.next else "",
        },
    }


def _build_ringing(count: int, causes: Counter[AlarmCause]) -> dict[str, Any]:
    """Return the counts of the alarm box: unassigned, given but unconfirmed, and with a new message."""
    unconfirmed, updated = causes[AlarmCause.UNCONFIRMED], causes[AlarmCause.UPDATED]
    free = count - unconfirmed - updated
    shown = _format_capped(free)
    return {"count": count, "free": free, "shown": shown, "unconfirmed": unconfirmed, "updated": updated}


def _build_notice(count: int, where: CaseListFilters, *, more: bool = False) -> dict[str, Any] | None:
    """Build a notice with a link. `more`: the count is a lower bound."""
    shown = f"{formatting.format_number(count)}+" if more else _format_capped(count)
    return {"count": count, "shown": shown, "url": where.url()} if count > 0 else None


def _is_unit_lead(officer: Officer) -> bool:
    """Return whether the officer assigns the work of a unit."""
    return officer_may(officer, Permission.ASSIGN) and not visibility(officer).province


def _find_unlinked_matches(officer: Officer, rows: Sequence[CaseListRow], *, now: dt.datetime) -> set[int]:
    """Return unlinked lost and found cases of the page with a match, for the province only.

    It sees both units and is promised to look («Trực ban tỉnh xem được và nối giúp»); a commune reads it on its own
    case.
    """
    if not visibility(officer).province:
        return set()
    lone = {
        case_row["id"]: case_row["category"]
        for case_row in rows
        if case_row["category"] in lost_found.SIDES
        and case_row["state"] in OPEN_STATES
        and not (case_row["sensitive"] or case_row["matched"])
    }
    return lost_found.find_cases_with_matches(officer, lone, now=now)


def _format_found_count(count: int, *, more: bool) -> str:
    if more:
        return _("{n} vụ việc trên trang này, còn nữa").format(n=count)
    return ngettext("{n} vụ việc", "{n} vụ việc", count).format(n=count)


_TAB_LABELS = {
    "open": N_("Đang mở"),
    "news": N_("Có tin mới"),
    "mine": N_("Của tôi"),
    "free": N_("Chưa ai xử lý"),
    "overdue": N_("Quá hạn"),
    "closed": N_("Đã xong"),
    "unhelped": N_("Dân chưa hài lòng"),
}
_HOT = ("news", "free", "overdue", "unhelped")
_TABS = {
    name: (to, to.url())
    for name, to in (
        ("open", CaseListFilters()),
        ("news", CaseListFilters(view="moi")),
        ("mine", CaseListFilters(owner="toi")),
        ("free", CaseListFilters(owner="khong")),
        ("overdue", CaseListFilters(overdue="qua")),
        ("closed", CaseListFilters(view="xong")),
        ("unhelped", UNHELPED),
    )
}


def _build_tabs(chosen: CaseListFilters, counts: dict[str, int], *, owners: bool) -> list[dict[str, Any]]:
    """Build the quick filters; «Của tôi» and «Chưa ai xử lý» only for officers who can take cases."""
    here, labels = (chosen.view, chosen.owner, chosen.overdue), translated_labels(_TAB_LABELS)
    return [
        {
            "label": labels[name],
            "url": url,
            "count": _format_capped(counts[name]),
            "hot": name in _HOT,
            "current": here == (to.view, to.owner, to.overdue),
        }
        for name, (to, url) in _TABS.items()
        if owners or not to.owner
    ]


def _format_capped(count: int) -> int | str:
    """Format a count, capped at COUNT_CAP."""
    return f"{formatting.format_number(COUNT_CAP)}+" if count >= COUNT_CAP else count


# CSV export of the case list: same filters, same visibility, and an entry in the audit log.

_HEAD = (
    N_("Mã"),
    N_("Loại"),
    N_("Lĩnh vực"),
    N_("Mức"),
    N_("Trạng thái"),
    N_("Địa điểm"),
    N_("Đơn vị"),
    N_("Người xử lý"),
    N_("Nhận lúc"),
    N_("Hạn"),
    N_("Kết quả"),
)


@require_any_permission(*_EXPORTING)
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
        _(get_state_label(row["state"], is_assigned=row["assignee_id"] is not None)),
        row["place"],
        row["unit__name"],
        row["assignee__name"] or "",
        row["opened_at"].astimezone(clock.VIETNAM).strftime(moment),
        due,
        translated_labels(OUTCOME_LABELS).get(row["outcome"], ""),
    ]


# The province's page of citizens' ratings of result and attitude, by unit.

_NOTABLE = 0.2  # of five


def _format_score(score: float | None) -> str:
    return "–" if score is None else f"{score:.1f}".replace(".", ",")


def _name_trend(trend: float | None) -> str:
    if trend is None:
        return ""
    return "up" if trend > _NOTABLE else "down" if trend < -_NOTABLE else "same"


@require_any_permission(Permission.READ_STATISTICS)
def show_ratings(request: OfficerRequest) -> HttpResponse:
    if not ratings.may_read_ratings(request.user):
        raise PermissionDenied
    now = clock.now()
    context = {
        "now": now,
        "months": ratings.MONTHS,
        "least": ratings.MIN_SHOWN,
        "rows": [
            {
                "unit": row.unit,
                "count": row.count,
                "result": _format_score(row.result),
                "attitude": _format_score(row.attitude),
                "low": row.low if row.result is not None else "–",
                "trend": _name_trend(row.trend),
            }
            for row in ratings.list_unit_ratings(request.user, now=now)
        ],
    }
    return render(request, "desk/ratings.html", context)


# The unit's own ready replies: list, add, remove.


@require_case_officer("GET", "HEAD", "POST")
def manage_reply_templates(request: OfficerRequest) -> HttpResponse:
    """Show the templates of the own unit; POST adds or removes one. 422 keeps the typed text."""
    if request.method != "POST":
        return _render_page(request)
    if "remove" in request.POST:
        try:
            public_id = str(UUID(request.POST["remove"]))
        except ValueError:
            return _render_page(request, error=_("Không tìm thấy mẫu này."), status=422)
        reply_templates.remove_template(officer=request.user, public_id=public_id, now=clock.now())
        messages.success(request, _("Đã xóa mẫu."))
        return redirect_after_post(reverse("reply_templates"))
    try:
        reply_templates.add_template(
            officer=request.user,
            label=request.POST.get("label", ""),
            text=request.POST.get("text", ""),
            now=clock.now(),
        )
    except NotAllowed as refused:
        return _render_page(request, error=_(str(refused)), status=422)
    messages.success(request, _("Đã thêm mẫu. Mẫu hiện ở ô trả lời của mọi vụ."))
    return redirect_after_post(reverse("reply_templates"))


def _render_page(request: OfficerRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "unit": request.user.unit.name,
        "action_url": reverse("reply_templates"),
        "rows": [
            {"id": str(row.public_id), "label": row.label, "text": row.text}
            for row in reply_templates.list_reply_templates(request.user)
        ],
        "built_in": [{"label": _(label), "text": text} for label, text in QUICK_REPLIES],
        "longest": reply_templates.MAX_TEXT_CHARS,
        "longest_label": reply_templates.MAX_LABEL_CHARS,
        "draft": {"label": request.POST.get("label", ""), "text": request.POST.get("text", "")} if error else {},
        "error": error,
    }
    return render(request, "desk/reply_templates.html", context, status=status)
