"""Operator's page of reorganisations: plan a merge of communes, preview it, cancel it before its day."""

import uuid
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.areas.models import Reorganisation
from binhyen.areas.queries import get_directory
from binhyen.areas.rules.names import COMMUNE_TYPES
from binhyen.areas.rules.reorganisation import InvalidMerge, MergePlan, check_commune_merge
from binhyen.areas.services import cancel_merge, load_merge_facts, plan_merge
from binhyen.kit import clock
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.text import collapse_spaces, to_nfc, to_sort_key
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.stats import periods, reorganisation
from binhyen.stats.periods import InvalidPeriod
from binhyen.stats.reorganisation import MergedPart
from binhyen.ui.label_cache import translate_deferred

REORGANISATION_URL = "/dia-ban/sap-xep"
_COUNTED = ("villages", "officers", "chiefs", "groups", "members", "open_cases", "cases", "shifts", "reports_this_year")


@require_any_permission(Permission.OPERATE, methods=("GET", "HEAD", "POST"))
def edit_reorganisations(request: OfficerRequest) -> HttpResponse:
    """Show the plans; preview a merge or plan it."""
    if request.method != "POST":
        return _render(request)
    now = clock.now()
    try:
        plan = _parse_plan(request)
        if request.POST.get("viec") != "len-lich":
            check_commune_merge(plan, load_merge_facts(), today=to_vietnam_day(now))
            return _render(request, plan=plan)
        plan_merge(plan, actor=f"officer:{request.user.public_id}", now=now)
    except (InvalidMerge, InvalidPeriod) as refused:
        return _render(request, error=translate_deferred(refused))
    messages.success(request, _("Đã lên lịch. Trước ngày hiệu lực vẫn bỏ được."))
    return redirect_after_post(REORGANISATION_URL)


@require_any_permission(Permission.OPERATE, methods=("POST",))
def cancel(request: OfficerRequest, plan: uuid.UUID) -> HttpResponse:
    """Cancel a planned merge."""
    if cancel_merge(public_id=plan, actor=f"officer:{request.user.public_id}", now=clock.now()):
        messages.success(request, _("Đã bỏ lịch sắp xếp."))
    else:
        messages.error(request, _("Lần sắp xếp này đã làm hoặc đã bỏ."))
    return redirect_after_post(REORGANISATION_URL)


def _parse_plan(request: OfficerRequest) -> MergePlan:
    """Parse the form. Raises InvalidPeriod for a bad day; `check_commune_merge` refuses the rest."""
    ids = {code: entry.area_id for code, entry in get_directory().communes.items()}
    codes = dict.fromkeys(request.POST.getlist("xa"))
    post = request.POST
    return MergePlan(
        day=periods.parse_day(post.get("ngay", "")),
        old_areas=tuple(ids.get(code, 0) for code in codes),
        code=post.get("ma", "").strip(),
        type=post.get("loai", ""),
        name=collapse_spaces(to_nfc(post.get("ten", ""))),
        legal_basis=collapse_spaces(to_nfc(post.get("can-cu", "")))[:80],
    )


def _render(request: OfficerRequest, *, plan: MergePlan | None = None, error: str = "") -> HttpResponse:
    """Render the page; typed values stay, with or without an error."""
    now, chosen = clock.now(), set(request.POST.getlist("xa"))
    entries = sorted(get_directory().communes.values(), key=lambda entry: to_sort_key(entry.full_name))
    context: dict[str, Any] = {
        "now": now,
        "error": error,
        "action_url": REORGANISATION_URL,
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


def _build_preview(plan: MergePlan) -> dict[str, Any]:
    parts = reorganisation.preview_merge(plan.old_areas, now=clock.now())
    totals = {name: sum(getattr(part, name) for part in parts) for name in _COUNTED}
    return {
        "name": f"{COMMUNE_TYPES[plan.type]} {plan.name}",
        "day": periods.format_day(plan.day),
        "parts": [asdict(part) for part in parts],
        "total": asdict(MergedPart(_("Cộng"), "", **totals)),
        "has_two_chiefs": totals["chiefs"] > 1,
    }


def _to_row(row: Reorganisation, names: list[str]) -> dict[str, Any]:
    is_planned = row.state == Reorganisation.State.PLANNED
    return {
        "name": row.full_name,
        "old": " + ".join(names),
        "day": periods.format_day(row.day),
        "basis": row.legal_basis,
        "state": row.get_state_display(),
        "moved": row.moved_rows.get("cases") if row.state == Reorganisation.State.APPLIED else None,
        "cancel_url": f"{REORGANISATION_URL}/{row.public_id}/bo" if is_planned else "",
    }
