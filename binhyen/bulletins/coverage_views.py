"""Screens of coverage: communes and villages against inhabitants, the list of all groups, the way into a group."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.bulletins import coverage_queries, coverage_services, group_rules_services, manual_queries, posters
from binhyen.bulletins.audience_map import WIDTH as MAP_WIDTH
from binhyen.bulletins.audience_map import format_shaded_svg, get_projection
from binhyen.bulletins.coverage_queries import PAGE_SIZE, Coverage, CoveredGroup
from binhyen.bulletins.manual_queries import ManualGroupNotVisible
from binhyen.bulletins.media_texts import format_move_post
from binhyen.bulletins.rules import parse_population_lines
from binhyen.bulletins.services import MANUAL_URL
from binhyen.bulletins.views import serve_pdf
from binhyen.channels.models import Group
from binhyen.channels.plan_rules import estimate_monthly_cost
from binhyen.channels.queries import get_fees, get_group_rules
from binhyen.kit import clock
from binhyen.people.access import officer_may, visibility
from binhyen.people.factors.totp import build_qr_code
from binhyen.people.queries import list_ids_on_duty
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui.formatting import format_number

COVERAGE_URL = "/do-phu"
GROUP_LIST_URL = f"{COVERAGE_URL}/nhom"
_WRITERS = (Permission.WRITE_BULLETINS,)
_METHODS = ("GET", "HEAD", "POST")
_LOW, _HIGH = 10, 20  # members for a hundred inhabitants: with 25, every household has one
_LOWEST, _MIDDLE, _HIGHEST, _UNKNOWN = "#e2a39c", "#f0d58a", "#8fc7ac", "#e6ebe8"


@require_any_permission(*_WRITERS, methods=_METHODS)
def show_coverage(request: OfficerRequest) -> HttpResponse:
    """Show communes, or the villages of one commune. POST stores numbers of inhabitants of its villages."""
    officer, now = request.user, clock.now()
    groups = coverage_queries.list_covered_groups(officer)
    rows = coverage_queries.list_by_commune(officer, groups, now)
    code = (request.POST if request.method == "POST" else request.GET).get("xa", "")[:10]
    if code not in rows:
        code = next(iter(rows)) if len(rows) == 1 else ""
    typed = ""
    if request.method == "POST":
        typed = request.POST.get("lines", "")[:40_000]
        if code and _save_population(request, code, typed):
            return redirect_after_post(f"{COVERAGE_URL}?xa={code}#xa")
    villages = coverage_queries.list_by_village(rows[code].area_id, groups, now) if code else []
    cost, fees = coverage_queries.compute_costs(groups), get_fees()
    village_count = sum(row.villages for row in rows.values())
    context: dict[str, Any] = {
        "now": now,
        "rows": [_build_row(row, f"{COVERAGE_URL}?xa={key}#xa") for key, row in rows.items()],
        "total": _build_total(rows.values()),
        "map_url": f"{COVERAGE_URL}/ban-do.svg" if len(rows) > 1 else "",
        "map_width": MAP_WIDTH,
        "map_height": get_projection().height,
        "commune": {"code": code, "name": rows[code].name} if code else None,
        "villages": [_build_row(row, "") for row in villages],
        "on_duty": len(list_ids_on_duty(areas.get_directory().communes[code].unit_id, now)) if code else None,
        "can_edit": bool(code) and officer_may(officer, Permission.APPROVE_BULLETINS),
        "lines": typed,
        "form_url": COVERAGE_URL,
        "list_url": GROUP_LIST_URL,
        "cost": cost,
        "price": fees.group,
        "free": fees.included,
        "full_cost": round(estimate_monthly_cost(len(rows) + village_count, 1, fees), -5),
        "full_groups": len(rows) + village_count,
        "is_province": visibility(officer).province,
    }
    return render(request, "bulletins/coverage.html", context, status=422 if typed else 200)


def _save_population(request: OfficerRequest, code: str, typed: str) -> bool:
    """Store the typed lines; return whether nothing is left to correct."""
    people_by_name, bad = parse_population_lines(typed)
    commune = areas.get_directory().communes[code]
    try:
        count, unknown = coverage_services.save_population(
            commune=commune, people_by_name=people_by_name, officer=request.user, now=clock.now()
        )
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
        return False
    if count:
        messages.success(request, _("Đã lưu số dân của {n} nơi.").format(n=format_number(count)))
    if problems := [*bad, *unknown]:
        messages.error(request, _("Chưa hiểu: {lines}").format(lines="; ".join(problems[:10])))
    elif not count:
        messages.error(request, _("Mỗi dòng một thôn và số dân, ví dụ: Thôn Nam Sơn 1.250"))
    return bool(count) and not problems


def _build_row(row: Coverage, url: str) -> dict[str, Any]:
    return {
        "name": row.name,
        "url": url,
        "groups": row.groups,
        "members": row.members,
        "people": row.people,
        "members_percent": row.members_percent,
        "silent": row.silent,
        "villages": row.villages,
        "missing": row.villages_without_group,
    }


def _build_total(rows: Any) -> dict[str, int]:
    names = ("groups", "members", "silent", "people", "villages", "villages_without_group")
    return {name: sum(getattr(row, name) for row in rows) for name in names}


@require_any_permission(*_WRITERS)
def serve_coverage_map(request: OfficerRequest) -> HttpResponse:
    """Serve the map of communes and of villages with a known place, shaded by members for a hundred inhabitants."""
    now = clock.now()
    groups = coverage_queries.list_covered_groups(request.user)
    rows = coverage_queries.list_by_commune(request.user, groups, now)
    fills = {code: _choose_fill(row) for code, row in rows.items()}
    villages = coverage_queries.list_placed_villages(rows.values(), groups, now)
    dots = [(point, _choose_fill(village)) for point, village in villages]
    return HttpResponse(format_shaded_svg(fills, dots), content_type="image/svg+xml; charset=utf-8")


def _choose_fill(row: Coverage) -> str:
    if not row.groups:
        return _LOWEST
    if row.members_percent is None:
        return _UNKNOWN
    return _LOWEST if row.members_percent < _LOW else _MIDDLE if row.members_percent < _HIGH else _HIGHEST


@require_any_permission(*_WRITERS)
def show_group_list(request: OfficerRequest) -> HttpResponse:
    """Show all groups with state, members, last message, last bulletin; `loc=im`: silent ones, `loc=tay`: by hand."""
    now, chosen = clock.now(), request.GET.get("loc", "")
    groups = coverage_queries.list_covered_groups(request.user)
    selected = [group for group in groups if _matches(group, chosen, now)]
    page = max(1, int(request.GET.get("trang", "1")[:4]) if request.GET.get("trang", "1")[:4].isdecimal() else 1)
    shown = selected[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    names = areas.build_labels([group.area_id for group in shown], clock.to_vietnam_day(now))
    labels = {"": _("Tất cả"), "im": _("Im ắng"), "oa": _("Của tài khoản"), "tay": _("Cán bộ tự đăng")}
    base = f"{GROUP_LIST_URL}?loc={chosen}" if chosen in labels and chosen else f"{GROUP_LIST_URL}?loc="
    context = {
        "now": now,
        "tabs": [
            {"label": label, "url": f"{GROUP_LIST_URL}?loc={key}", "current": key == chosen}
            for key, label in labels.items()
        ],
        "rows": [_build_group(group, names.get(group.area_id, ""), now) for group in shown],
        "count": len(selected),
        "members": sum(group.members for group in selected),
        "cost": coverage_queries.compute_costs(selected),
        "back_url": COVERAGE_URL,
        "pager": {
            "first_url": base if page > 1 else "",
            "next_url": f"{base}&trang={page + 1}" if len(selected) > page * PAGE_SIZE else "",
        },
    }
    return render(request, "bulletins/group_list.html", context)


def _matches(group: CoveredGroup, chosen: str, now: Any) -> bool:
    if chosen == "im":
        return group.is_silent(now)
    return chosen not in ("oa", "tay") or group.is_manual == (chosen == "tay")


def _build_group(group: CoveredGroup, area: str, now: Any) -> dict[str, Any]:
    return {
        "name": group.name,
        "url": f"{MANUAL_URL}/{group.public_id}/chuyen" if group.is_manual else f"/nhom/{group.public_id}",
        "poster_url": f"{GROUP_LIST_URL}/{group.public_id}/to-roi.pdf" if group.has_link else "",
        "area": area,
        "unit": group.unit,
        "state": str(Group.State(group.state).label),
        "tone": "good" if group.state == Group.State.OPEN else "bad" if group.state == Group.State.FAILED else "info",
        "is_manual": group.is_manual,
        "keeper": group.keeper,
        "members": group.members,
        "silent": group.is_silent(now),
        "last_message_at": group.last_message_at,
        "last_bulletin_at": group.last_bulletin_at,
    }


@require_any_permission(*_WRITERS)
def serve_group_poster(request: OfficerRequest, group: UUID) -> HttpResponse:
    """Serve the A4 poster that leads into a group of the account."""
    row = coverage_queries.find_group(request.user, group)
    if row is None:
        raise Http404
    if not row.link:
        messages.error(request, _("Nhóm này chưa có đường dẫn mời."))
        return redirect_after_post(GROUP_LIST_URL)
    _version, rules = get_group_rules(row.rules_version)
    area = areas.build_labels([row.area_id], clock.to_vietnam_day(clock.now())).get(row.area_id, "")
    data = posters.render_group_poster(
        name=row.name, area=area, unit=row.unit.name, link=row.link, rules=[line for line in rules.splitlines() if line]
    )
    return serve_pdf(data, f"vao-nhom-{row.public_id.hex[-8:]}.pdf")


@require_any_permission(*_WRITERS, methods=_METHODS)
def show_move(request: OfficerRequest, group: UUID) -> HttpResponse:
    """Show how members of a group run by hand move into a group of the account: text, QR code, how many came."""
    try:
        if request.method == "POST":
            return _choose_successor(request, group)
        row = manual_queries.get_manual_group_unlocked(request.user, group)
    except ManualGroupNotVisible:
        raise Http404 from None
    successor = row.successor
    context = {
        "name": row.name,
        "members": row.members,
        "back_url": MANUAL_URL,
        "action_url": f"{MANUAL_URL}/{row.public_id}/chuyen",
        "options": [
            {"value": choice.public_id, "label": choice.name, "chosen": choice.pk == row.successor_id}
            for choice in coverage_queries.list_open_groups_of_unit(row.unit_id)
        ],
        "successor": None,
    }
    if successor is not None:
        context["successor"] = {
            "name": successor.name,
            "members": successor.members,
            "left": max(0, row.members - successor.members),
            "text": format_move_post(successor.name, successor.link, row.unit.name),
            "qr": build_qr_code(successor.link),
            "poster_url": f"{GROUP_LIST_URL}/{successor.public_id}/to-roi.pdf",
        }
    return render(request, "bulletins/move.html", context)


def _choose_successor(request: OfficerRequest, group: UUID) -> HttpResponse:
    value = request.POST.get("group", "")[:40]
    try:
        chosen = UUID(value) if value else None
        coverage_services.choose_successor(public_id=group, group=chosen, officer=request.user, now=clock.now())
    except ValueError as refusal:
        text = str(refusal) if isinstance(refusal, RuleViolation) else _("Hãy chọn một nhóm trong danh sách.")
        messages.error(request, text)
    else:
        messages.success(request, _("Đã lưu."))
    return redirect_after_post(f"{MANUAL_URL}/{group}/chuyen")


# The page of the group rules: versions, how far each is posted, and the form of the next one.

RULES_URL = f"{COVERAGE_URL}/noi-quy"


@require_any_permission(Permission.WRITE_BULLETINS, methods=("GET", "HEAD", "POST"))
def show_rules(request: OfficerRequest) -> HttpResponse:
    """Show the versions. POST writes the next one."""
    error, typed, welcome = "", request.POST.get("text", "")[:5000], request.POST.get("welcome", "")[:2000]
    if request.method == "POST":
        try:
            row = group_rules_services.write_rules(text=typed, welcome=welcome, officer=request.user, now=clock.now())
        except RuleViolation as refusal:
            error = str(refusal)
        else:
            messages.success(request, _("Đã lưu bản {n}. Nội quy mới được đăng vào các nhóm.").format(n=row.version))
            return redirect_after_post(RULES_URL)
    versions = group_rules_services.list_versions(request.user)
    rows: list[dict[str, Any]] = [
        {
            "version": rules.version,
            "at": rules.at,
            "lines": rules.text.splitlines(),
            "welcome": rules.welcome,
            "groups": groups,
            "joined": joined,
            "newest": number == 0,
        }
        for number, (rules, groups, joined) in enumerate(versions)
    ]
    context = {
        "now": clock.now(),
        "rows": rows,
        "form_url": RULES_URL if group_rules_services.may_write_rules(request.user) else "",
        "text": typed or (versions[0][0].text if versions else ""),
        "welcome": welcome if request.method == "POST" or not versions else versions[0][0].welcome,
        "error": error,
        "max_text": group_rules_services.MAX_RULES_LENGTH,
        "max_welcome": group_rules_services.MAX_WELCOME_LENGTH,
        "back_url": COVERAGE_URL,
    }
    return render(request, "bulletins/group_rules.html", context, status=422 if error else 200)
