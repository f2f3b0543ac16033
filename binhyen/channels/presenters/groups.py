"""Presenters of a group's area and its join requests for the group's page."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.channels import queries
from binhyen.channels.models import Group
from binhyen.channels.presenters import GROUPS_URL, is_unplaced
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.text import to_sort_key
from binhyen.people.access import officer_may, visibility
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.vault.pseudonyms import derive_pseudonym, format_group_scope, format_pseudonym


def list_areas(officer: Officer, now: dt.datetime) -> dict[int, tuple[str, bool]]:
    """Return (name, is a village) by area id: the own commune and its villages, or every commune."""
    communes = {commune.area_id: (commune.full_name, False) for commune in areas.get_directory().communes.values()}
    if visibility(officer).province:
        return dict(sorted(communes.items(), key=lambda item: to_sort_key(item[1][0])))
    own_area_id = officer.unit.area_id
    return {own_area_id: communes[own_area_id]} | _list_villages(own_area_id, now) if own_area_id in communes else {}


def list_group_areas(officer: Officer, group: Group, now: dt.datetime) -> dict[int, tuple[str, bool]]:
    """Return the areas the group may be assigned to: as `list_areas`, and the villages of its commune."""
    commune = areas.get_directory().get_responsible_unit(group.area_id)[1]
    return list_areas(officer, now) | (_list_villages(commune, now) if commune is not None else {})


def _list_villages(commune: int, now: dt.datetime) -> dict[int, tuple[str, bool]]:
    return {
        village.area_id: (village.full_name, True)
        for village in areas.list_villages_of_commune(commune, to_vietnam_day(now))
    }


def to_area_form(officer: Officer, group: Group, now: dt.datetime) -> dict[str, Any] | None:
    """Return the form that sets or corrects the group's area; None for officers without the right."""
    if group.state != Group.State.OPEN or not officer_may(officer, Permission.MANAGE_GROUPS):
        return None
    areas_by_id = list_group_areas(officer, group, now)
    villages, communes = (
        [(pk, name) for pk, (name, is_village_area) in areas_by_id.items() if is_village_area is is_village]
        for is_village in (True, False)
    )
    parts = ((_("Thôn, tổ dân phố"), villages), (_("Xã, phường"), communes))
    return {
        "url": f"{GROUPS_URL}/{group.public_id}/dia-ban",
        "first": is_unplaced(group),
        "says_rules": not group.rules_version,
        "parts": [
            {
                "label": label,
                "options": [
                    {"value": pk, "label": name_text, "chosen": pk == group.area_id} for pk, name_text in options
                ],
            }
            for label, options in parts
            if options
        ],
    }


def to_join_requests(officer: Officer, group: Group) -> dict[str, Any]:
    """Return the join requests by the pseudonyms of the group's page; the URL only for officers with the right."""
    can_decide = officer_may(officer, Permission.MANAGE_GROUPS) and group.state == Group.State.OPEN
    context = format_group_scope(group.pk)
    return {
        "url": f"{GROUPS_URL}/{group.public_id}/xin-vao" if can_decide else "",
        "rows": [
            {
                "name": format_pseudonym(reporter, context),
                "value": derive_pseudonym(reporter.pseudonym, context),
                "at": requested_at,
            }
            for reporter, requested_at in (
                (membership.reporter, membership.asked_at) for membership in queries.list_pending_requests(group)
            )
        ],
    }
