"""Presenters of a group's area and its join requests for the group's page."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.channels import queries
from binhyen.channels.models import Group
from binhyen.channels.presenters import GROUPS, is_nowhere
from binhyen.kit.clock import vietnam_day
from binhyen.kit.text import sort_key
from binhyen.people.access import may, sight
from binhyen.people.models import Officer
from binhyen.people.roles import May
from binhyen.vault.pseudonyms import called, in_group, known_as


def grounds(officer: Officer, now: dt.datetime) -> dict[int, tuple[str, bool]]:
    """Return (name, is a village) by area id: the own commune and its villages, or every commune."""
    communes = {c.area_id: (c.full_name, False) for c in areas.directory().communes.values()}
    if sight(officer).province:
        return dict(sorted(communes.items(), key=lambda one: sort_key(one[1][0])))
    own = officer.unit.area_id
    return {own: communes[own]} | _villages(own, now) if own in communes else {}


def grounds_of(officer: Officer, group: Group, now: dt.datetime) -> dict[int, tuple[str, bool]]:
    """Return the areas the group may be assigned to: as `list_areas`, and the villages of its commune."""
    commune = areas.directory().seat_of_area(group.area_id)[1]
    return grounds(officer, now) | (_villages(commune, now) if commune is not None else {})


def _villages(commune: int, now: dt.datetime) -> dict[int, tuple[str, bool]]:
    return {v.area_id: (v.full_name, True) for v in areas.villages_of(commune, vietnam_day(now))}


def placing(officer: Officer, group: Group, now: dt.datetime) -> dict[str, Any] | None:
    """Return the form that sets or corrects the group's area; None for officers without the right."""
    if group.state != Group.State.OPEN or not may(officer, May.MANAGE_GROUPS):
        return None
    found = grounds_of(officer, group, now)
    villages, communes = ([(pk, name) for pk, (name, of) in found.items() if of is one] for one in (True, False))
    parts = ((_("Thôn, tổ dân phố"), villages), (_("Xã, phường"), communes))
    return {
        "url": f"{GROUPS}/{group.public_id}/dia-ban",
        "first": is_nowhere(group),
        "says_rules": not group.rules_version,
        "parts": [
            {"label": label, "options": [{"value": pk, "label": n, "chosen": pk == group.area_id} for pk, n in some]}
            for label, some in parts
            if some
        ],
    }


def asking_of(officer: Officer, group: Group) -> dict[str, Any]:
    """Return the join requests by the pseudonyms of the group's page; the URL only for officers with the right."""
    acts = may(officer, May.MANAGE_GROUPS) and group.state == Group.State.OPEN
    called_so = in_group(group.pk)
    return {
        "url": f"{GROUPS}/{group.public_id}/xin-vao" if acts else "",
        "rows": [
            {"name": known_as(one, called_so), "value": called(one.pseudonym, called_so), "at": at}
            for one, at in ((m.reporter, m.asked_at) for m in queries.asking(group))
        ],
    }  # fmt: skip
