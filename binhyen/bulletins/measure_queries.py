"""Reads that measure a bulletin: its groups one by one, villages that it did not reach, confirmations of officers."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from binhyen.areas import queries as areas
from binhyen.bulletins import queries
from binhyen.bulletins.models import Acknowledgement, Bulletin, GroupDelivery, ManualPost
from binhyen.channels.models import Membership
from binhyen.channels.services.push import OPT_OUT_TIME
from binhyen.people.access import visibility
from binhyen.people.models import Officer
from binhyen.people.roles import Permission, Role, role_may

MAX_GROUPS = 400


def get_acknowledged_at(officer: Officer, bulletin: Bulletin) -> dt.datetime | None:
    rows = Acknowledgement.objects.filter(bulletin=bulletin, officer=officer)
    return rows.values_list("at", flat=True).first()


@dataclass(frozen=True, slots=True)
class MeasuredGroup:
    """A group of the audience. `state`: of its message, POSTED or OWED in a group run by hand; empty: not begun."""

    name: str
    public_id: str
    area_id: int
    members: int
    state: str
    at: dt.datetime | None
    is_manual: bool


def list_measured_units(officer: Officer, bulletin: Bulletin) -> list[tuple[int, str]]:
    """List (unit, name) of the communes whose groups the officer may see one by one, by name."""
    directory = areas.get_directory()
    codes = queries.list_commune_codes(bulletin)
    unit_ids = {directory.communes[code].unit_id for code in codes}
    if not _sees_all(officer, bulletin):
        unit_ids &= {visibility(officer).unit_id or 0}
    return sorted(((unit, directory.unit_name(unit)) for unit in unit_ids), key=lambda item: item[1])


def _sees_all(officer: Officer, bulletin: Bulletin) -> bool:
    return queries.is_own_bulletin(officer, bulletin)


def list_measured_groups(bulletin: Bulletin, unit_id: int) -> list[MeasuredGroup]:
    """List the groups of a unit with the state of the bulletin there, failures first."""
    rows = GroupDelivery.objects.filter(bulletin=bulletin, group__unit=unit_id)
    sent = rows.exclude(kind=GroupDelivery.Kind.WITHDRAWAL).select_related("group", "outgoing")
    groups = [
        MeasuredGroup(
            row.group.name,
            str(row.group.public_id),
            row.group.area_id,
            row.members,
            "CANCELLED" if row.is_cancelled else row.outgoing.state if row.outgoing else "",
            row.outgoing.sent_at if row.outgoing else row.queued_at,
            False,
        )
        for row in sent.order_by("group__name", "pk")[:MAX_GROUPS]
    ]
    posts = ManualPost.objects.filter(bulletin=bulletin, group__unit=unit_id).select_related("group")
    groups += [
        MeasuredGroup(
            post.group.name,
            str(post.group.public_id),
            post.group.area_id,
            post.members,
            "CANCELLED" if post.is_cancelled else "POSTED" if post.posted_at else "OWED",
            post.posted_at,
            True,
        )
        for post in posts.exclude(kind=GroupDelivery.Kind.WITHDRAWAL).order_by("group__name", "pk")[:MAX_GROUPS]
    ]
    order = {"DEAD": 0, "HELD": 1, "CANCELLED": 2, "OWED": 3, "": 3, "QUEUED": 4, "READING": 4, "SENDING": 4}
    return sorted(groups, key=lambda group: order.get(group.state, 9))


def count_leavers(bulletin: Bulletin) -> int:
    """Return how many members left a group within a day after the bulletin was sent there."""
    sent = GroupDelivery.objects.filter(
        bulletin=bulletin,
        group=OuterRef("group"),
        outgoing__sent_at__lte=OuterRef("left_at"),
        outgoing__sent_at__gt=OuterRef("left_at") - OPT_OUT_TIME,
    )
    return Membership.objects.filter(Exists(sent), left_at__gte=bulletin.released_at or bulletin.changed_at).count()


@dataclass(frozen=True, slots=True)
class VillageReach:
    """Villages of a commune in the audience, and those in which no village group received it."""

    code: str
    name: str
    unit_id: int
    villages: int
    missed: tuple[int, ...]


def list_village_reach(officer: Officer, bulletin: Bulletin) -> list[VillageReach]:
    """Return, for each commune of the audience, which villages no group of their own was reached in."""
    directory = areas.get_directory()
    codes = queries.list_commune_codes(bulletin)
    if not _sees_all(officer, bulletin):
        codes = frozenset(code for code in codes if directory.communes[code].unit_id == visibility(officer).unit_id)
    by_commune: defaultdict[str, set[int]] = defaultdict(set)
    for (code, _), area in directory.villages.items():
        if code in codes:
            by_commune[code].add(area)
    reached = _list_reached_areas(bulletin)
    village_ids = set().union(*by_commune.values()) if by_commune else set()
    containing = areas.get_containing_areas(village_ids | reached)
    covered = set().union(*(containing[area] for area in reached)) if reached else set()
    included, excluded = set(bulletin.areas), set(bulletin.excluded_areas)
    result = []
    for code in sorted(by_commune, key=lambda item: directory.communes[item].full_name):
        wanted = {
            area
            for area in by_commune[code]
            if not containing[area].isdisjoint(included) and containing[area].isdisjoint(excluded)
        }
        if wanted:
            entry = directory.communes[code]
            missed = tuple(sorted(wanted - covered))
            result.append(VillageReach(code, entry.full_name, entry.unit_id, len(wanted), missed))
    return result


def _list_reached_areas(bulletin: Bulletin) -> set[int]:
    """Return the areas of the groups that received it or in which a person posted it."""
    reached = Q(outgoing__state__in=queries.REACHED_STATES) | Q(outgoing__delivery_unknown=True)
    rows = GroupDelivery.objects.filter(reached, bulletin=bulletin).exclude(kind=GroupDelivery.Kind.WITHDRAWAL)
    posts = ManualPost.objects.filter(bulletin=bulletin, posted_at__isnull=False)
    by_hand = posts.exclude(kind=GroupDelivery.Kind.WITHDRAWAL).values_list("group__area_id", flat=True)
    return {*rows.values_list("group__area_id", flat=True), *by_hand}


@dataclass(frozen=True, slots=True)
class UnitAcknowledgement:
    """Number of officers asked to confirm, and of confirmations."""

    unit_id: int
    name: str
    officers: int
    confirmed: int


def count_acknowledgements(bulletin: Bulletin, units: Collection[tuple[int, str]]) -> list[UnitAcknowledgement]:
    """Return the figures of these units, the least complete first."""
    ids = [unit for unit, _ in units]
    staff = _list_staff(ids).order_by().values_list("unit_id").annotate(n=Count("pk"))
    rows = Acknowledgement.objects.filter(bulletin=bulletin, unit__in=ids).order_by().values_list("unit_id")
    officers, confirmed = dict(staff), dict(rows.annotate(n=Count("pk")))
    figures = [UnitAcknowledgement(unit, name, officers.get(unit, 0), confirmed.get(unit, 0)) for unit, name in units]
    return sorted((row for row in figures if row.officers), key=lambda row: (row.confirmed >= row.officers, row.name))


def list_unconfirmed(bulletin: Bulletin, unit_id: int) -> list[str]:
    """List the names of the unit's officers without a confirmation."""
    confirmed = Acknowledgement.objects.filter(bulletin=bulletin, unit=unit_id).values("officer")
    return list(_list_staff([unit_id]).exclude(pk__in=confirmed).order_by("name").values_list("name", flat=True))


def _list_staff(unit_ids: Collection[int]) -> Any:
    roles = [role for role in Role if role_may(role, Permission.WRITE_BULLETINS)]
    return Officer.objects.filter(unit__in=unit_ids, is_active=True, role__in=roles)
