"""The page that measures a bulletin: each group, villages not reached, confirmations of officers."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.bulletins import measure_queries, private_services, queries
from binhyen.bulletins.measure_queries import MeasuredGroup, VillageReach
from binhyen.bulletins.models import Bulletin
from binhyen.bulletins.push_notices import list_mail_keys, list_notice_keys
from binhyen.bulletins.queries import BulletinNotVisible
from binhyen.bulletins.services import BULLETINS_URL
from binhyen.channels.models import Outgoing
from binhyen.channels.presenters import OUTGOING_TONES
from binhyen.channels.services.push import count_opt_outs
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, require_any_permission
from binhyen.ui.label_cache import translated_labels

_OWN_STATES = {"POSTED": N_("Đã đăng tay"), "OWED": N_("Chưa đăng"), "": N_("Đang chờ"), "CANCELLED": N_("Đã dừng")}
_OWN_TONES = {"POSTED": "good", "OWED": "warn", "": "", "CANCELLED": "quiet"}


@require_any_permission(Permission.WRITE_BULLETINS)
def show_measurement(request: OfficerRequest, code: str) -> HttpResponse:
    """Show the figures by commune, and the groups of one commune: the chosen one, or the only one."""
    try:
        row = queries.get_visible_bulletin(request.user, code)
    except BulletinNotVisible:
        raise Http404 from None
    url = f"{BULLETINS_URL}/{format_code(row.code)}/do-luong"
    units = measure_queries.list_measured_units(request.user, row)
    unit = _choose_unit(request.GET.get("don-vi", ""), units)
    reach = measure_queries.list_village_reach(request.user, row)
    context: dict[str, Any] = {
        "now": clock.now(),
        "title": row.title or _("(đã xóa nội dung)"),
        "back_url": f"{BULLETINS_URL}/{format_code(row.code)}",
        "action_url": url,
        "units": [_to_option(pk, name, chosen=unit) for pk, name in units],
        "villages": sum(item.villages for item in reach),
        "missed": sum(len(item.missed) for item in reach),
        "reach": [_build_reach(item, url) for item in reach if item.missed],
        "unit": None,
        "opt_outs": count_opt_outs(keys=[*list_notice_keys(row), *list_mail_keys(row)])
        + private_services.count_unfollowers(row),
        "leavers": measure_queries.count_leavers(row),
    }
    if unit is not None:
        context["unit"] = _build_unit(row, unit, dict(units)[unit], reach)
    if row.asks_acknowledgement:
        figures = measure_queries.count_acknowledgements(row, units)
        context["acknowledgements"] = figures
        context["citizen_reads"] = row.citizen_reads
        context["confirmed"] = sum(item.confirmed for item in figures)
        context["officers"] = sum(item.officers for item in figures)
    return render(request, "bulletins/measure.html", context)


def _choose_unit(code: str, units: list[tuple[int, str]]) -> int | None:
    """Return the unit of the commune with this code, or the only one; None without a choice."""
    entry = areas.get_directory().communes.get(code[:10])
    if entry is not None and entry.unit_id in dict(units):
        return entry.unit_id
    return units[0][0] if len(units) == 1 else None


def _to_option(unit: int, name: str, *, chosen: int | None) -> dict[str, Any]:
    communes = areas.get_directory().communes.values()
    code = next((entry.code for entry in communes if entry.unit_id == unit), "")
    return {"value": code, "label": name, "chosen": unit == chosen}


def _build_reach(item: VillageReach, url: str) -> dict[str, Any]:
    return {
        "name": item.name,
        "villages": item.villages,
        "missed": len(item.missed),
        "url": f"{url}?don-vi={item.code}#thon",
    }


def _build_unit(row: Bulletin, unit: int, name: str, reach: list[VillageReach]) -> dict[str, Any]:
    """Return the groups of a unit, its villages not reached, and its officers without a confirmation."""
    groups = measure_queries.list_measured_groups(row, unit)
    names = areas.build_labels([group.area_id for group in groups], clock.to_vietnam_day(clock.now()))
    missed = next((item.missed for item in reach if item.unit_id == unit), ())
    villages = areas.list_named_areas(area_ids=missed) if missed else ()
    unconfirmed = measure_queries.list_unconfirmed(row, unit) if row.asks_acknowledgement else []
    return {
        "name": name,
        "groups": [_build_group(group, names.get(group.area_id, "")) for group in groups],
        "missed": [place.full_name for place in villages],
        "unconfirmed": unconfirmed,
    }


def _build_group(group: MeasuredGroup, area: str) -> dict[str, Any]:
    if group.state in _OWN_STATES:
        label, tone = translated_labels(_OWN_STATES)[group.state], _OWN_TONES[group.state]
    else:
        label, tone = str(Outgoing.State(group.state).label), OUTGOING_TONES[group.state]
    return {
        "name": group.name,
        "area": area,
        "url": "" if group.is_manual else f"/nhom/{group.public_id}",
        "members": group.members,
        "state": label,
        "tone": tone or "info",
        "at": group.at,
    }
