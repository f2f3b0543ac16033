"""Operator's page of reorganisations: plan a merge, split or renaming, preview it, cancel it before its day."""

import uuid
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.areas.models import Reorganisation
from binhyen.areas.queries import get_directory, list_named_areas
from binhyen.areas.rules.names import COMMUNE_TYPES
from binhyen.areas.rules.reorganisation import (
    InvalidReorganisation,
    ReorganisationKind,
    ReorganisationPlan,
    check_reorganisation,
)
from binhyen.areas.services import cancel_reorganisation, load_reorganisation_facts, plan_reorganisation
from binhyen.kit import clock
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import collapse_spaces, to_nfc, to_sort_key
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.stats import periods, reorganisation
from binhyen.stats.periods import InvalidPeriod
from binhyen.stats.reorganisation import AffectedPart
from binhyen.ui.label_cache import translate_deferred

REORGANISATION_URL = "/dia-ban/sap-xep"
_TABS = {
    "": (ReorganisationKind.MERGE, N_("Nhập")),
    "tach": (ReorganisationKind.SPLIT, N_("Tách")),
    "doi-ten": (ReorganisationKind.RENAME, N_("Đổi tên")),
}
_COUNTED = ("villages", "officers", "chiefs", "groups", "members", "open_cases", "cases", "shifts", "reports_this_year")


@require_any_permission(Permission.OPERATE, methods=("GET", "HEAD", "POST"))
def edit_reorganisations(request: OfficerRequest) -> HttpResponse:
    """Show the plans; preview a reorganisation or plan it."""
    if request.method != "POST":
        return _render(request)
    now = clock.now()
    try:
        plan = _parse_plan(request)
        if request.POST.get("viec") != "len-lich":
            check_reorganisation(plan, load_reorganisation_facts(), today=to_vietnam_day(now))
            return _render(request, plan=plan)
        plan_reorganisation(plan, actor=f"officer:{request.user.public_id}", now=now)
    except (InvalidReorganisation, InvalidPeriod) as refused:
        return _render(request, error=translate_deferred(refused))
    messages.success(request, _("Đã lên lịch. Trước ngày hiệu lực vẫn bỏ được."))
    return redirect_after_post(REORGANISATION_URL)


@require_any_permission(Permission.OPERATE, methods=("POST",))
def cancel(request: OfficerRequest, plan: uuid.UUID) -> HttpResponse:
    """Cancel a planned reorganisation."""
    if cancel_reorganisation(public_id=plan, actor=f"officer:{request.user.public_id}", now=clock.now()):
        messages.success(request, _("Đã bỏ lịch sắp xếp."))
    else:
        messages.error(request, _("Lần sắp xếp này đã làm hoặc đã bỏ."))
    return redirect_after_post(REORGANISATION_URL)


def _parse_plan(request: OfficerRequest) -> ReorganisationPlan:
    """Parse the form. Raises InvalidPeriod for a bad day; `check_reorganisation` refuses the rest."""
    ids = {code: entry.area_id for code, entry in get_directory().communes.items()}
    codes = dict.fromkeys(request.POST.getlist("xa"))
    post, kind = request.POST, _get_kind(request)
    villages = post.getlist("thon") if kind is ReorganisationKind.SPLIT else []
    return ReorganisationPlan(
        day=periods.parse_day(post.get("ngay", "")),
        old_areas=tuple(ids.get(code, 0) for code in codes),
        code=post.get("ma", "").strip(),
        type=post.get("loai", ""),
        name=collapse_spaces(to_nfc(post.get("ten", ""))),
        legal_basis=collapse_spaces(to_nfc(post.get("can-cu", "")))[:80],
        kind=kind,
        villages=tuple(dict.fromkeys(int(village) if village.isdecimal() else 0 for village in villages)),
    )


def _get_tab(request: OfficerRequest) -> str:
    chosen = request.GET.get("kieu", "")
    return chosen if chosen in _TABS else ""


def _get_kind(request: OfficerRequest) -> ReorganisationKind:
    return _TABS[_get_tab(request)][0]


def _list_villages(request: OfficerRequest, code: str) -> list[dict[str, Any]]:
    """List the villages of the chosen commune, for a split."""
    commune = get_directory().communes.get(code)
    if commune is None or _get_kind(request) is not ReorganisationKind.SPLIT:
        return []
    facts, chosen = load_reorganisation_facts(), set(request.POST.getlist("thon"))
    village_ids = [village for village, area in facts.villages.items() if area == commune.area_id]
    places = sorted(list_named_areas(area_ids=village_ids), key=lambda place: to_sort_key(place.full_name))
    return [
        {"value": place.area_id, "name": place.full_name, "chosen": str(place.area_id) in chosen} for place in places
    ]


def _render(request: OfficerRequest, *, plan: ReorganisationPlan | None = None, error: str = "") -> HttpResponse:
    """Render the page; typed values stay, with or without an error."""
    now, tab = clock.now(), _get_tab(request)
    chosen = set(request.POST.getlist("xa") or request.GET.getlist("xa"))
    entries = sorted(get_directory().communes.values(), key=lambda entry: to_sort_key(entry.full_name))
    context: dict[str, Any] = {
        "now": now,
        "error": error,
        "action_url": f"{REORGANISATION_URL}?kieu={tab}" if tab else REORGANISATION_URL,
        "tabs": [
            {"url": f"{REORGANISATION_URL}?kieu={code}" if code else REORGANISATION_URL, "label": _(label)}
            | {"current": code == tab}
            for code, (_kind, label) in _TABS.items()
        ],
        "tab": tab,
        "kind": _get_kind(request).value,
        "villages": _list_villages(request, next(iter(sorted(chosen)), "")),
        "communes": [
            {"code": entry.code, "name": entry.full_name, "chosen": entry.code in chosen} for entry in entries
        ],
        "types": [
            {"value": code, "label": label, "chosen": code == request.POST.get("loai", "")}
            for code, label in COMMUNE_TYPES.items()
        ],
        "draft": {
            "name": request.POST.get("ten", ""),
            "code": request.POST.get("ma", ""),
            "day": request.POST.get("ngay", ""),
            "basis": request.POST.get("can-cu", ""),
        },
        "preview": _build_preview(plan) if plan else None,
        "plans": [_to_row(row, names) for row, names in reorganisation.list_plans()],
    }
    return render(request, "stats/reorganisation.html", context, status=422 if error else 200)


def _build_preview(plan: ReorganisationPlan) -> dict[str, Any]:
    parts = reorganisation.preview_reorganisation(plan, now=clock.now())
    totals = {name: sum(getattr(part, name) for part in parts) for name in _COUNTED}
    return {
        "name": f"{COMMUNE_TYPES[plan.type]} {plan.name}",
        "day": periods.format_day(plan.day),
        "parts": [asdict(part) for part in parts],
        "total": asdict(AffectedPart(_("Cộng"), "", **totals)),
        "has_two_chiefs": totals["chiefs"] > 1,
        "has_no_officers": plan.kind is ReorganisationKind.SPLIT,
    }


def _to_row(row: Reorganisation, names: list[str]) -> dict[str, Any]:
    is_planned = row.state == Reorganisation.State.PLANNED
    return {
        "name": row.full_name,
        "kind": row.get_kind_display(),
        "old": " + ".join(names),
        "day": periods.format_day(row.day),
        "basis": row.legal_basis,
        "state": row.get_state_display(),
        "moved": row.moved_rows.get("cases") if row.state == Reorganisation.State.APPLIED else None,
        "cancel_url": f"{REORGANISATION_URL}/{row.public_id}/bo" if is_planned else "",
    }
