"""Reads of how far groups reach: groups, members and inhabitants by commune and village, silent groups, costs."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max, Q

from binhyen.areas import queries as areas
from binhyen.bulletins.manual_queries import list_manual_groups
from binhyen.bulletins.models import GroupDelivery, Population
from binhyen.bulletins.rules import GroupActivity, is_silent
from binhyen.channels.models import Group
from binhyen.channels.plan_rules import estimate_monthly_cost
from binhyen.channels.queries import get_fees
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.text import to_sort_key
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class CoveredGroup:
    """A group of the account, or one run by hand. `at` values: last message from people, last bulletin."""

    name: str
    public_id: str
    area_id: int
    unit: str
    state: str  # Group.State
    members: int
    is_manual: bool
    keeper: str
    channel_id: int | None
    has_link: bool
    opened_at: dt.datetime | None
    last_message_at: dt.datetime | None
    last_bulletin_at: dt.datetime | None

    def is_silent(self, now: dt.datetime) -> bool:
        activity = GroupActivity(self.is_manual, self.opened_at, self.last_message_at, self.last_bulletin_at)
        return self.state == Group.State.OPEN and is_silent(activity, now)


def list_covered_groups(officer: Officer) -> list[CoveredGroup]:
    """List the officer's groups of both sorts, by name: those of the unit, all for the province. Three statements."""
    rows = _list_account_groups(officer)
    posted = GroupDelivery.objects.filter(group__in=rows.values("pk"), is_cancelled=False, queued_at__isnull=False)
    latest = dict(posted.order_by().values_list("group_id").annotate(at=Max("queued_at")))
    groups = [
        CoveredGroup(
            row.name,
            str(row.public_id),
            row.area_id,
            row.unit.name,
            row.state,
            row.members,
            False,
            "",
            row.channel_id,
            bool(row.link),
            row.opened_at,
            row.last_message_at,
            latest.get(row.pk),
        )
        for row in rows.select_related("unit")
    ]
    manual = list_manual_groups(officer).annotate(last_at=Max("posts__posted_at"))
    groups += [
        CoveredGroup(
            row.name,
            str(row.public_id),
            row.area_id,
            row.unit.name,
            Group.State.OPEN,
            row.members,
            True,
            row.keeper.name if row.keeper else "",
            None,
            False,
            row.created_at,
            None,
            row.last_at,
        )
        for row in manual
    ]
    return sorted(groups, key=lambda group: to_sort_key(group.name))


def _list_account_groups(officer: Officer) -> Any:
    if not access.officer_may(officer, Permission.WRITE_BULLETINS):
        return Group.objects.none()
    return Group.objects.filter(access.visible_filter(officer)).exclude(state=Group.State.CLOSED)


@dataclass(slots=True)
class Coverage:
    """Groups of an area, its members and inhabitants. `villages`: of a commune, with and without a group of its own."""

    area_id: int
    name: str
    groups: int = 0
    members: int = 0
    silent: int = 0
    people: int = 0
    villages: int = 0
    villages_without_group: int = 0
    group_ids: list[str] = field(default_factory=list)

    @property
    def members_percent(self) -> int | None:
        """Members for a hundred inhabitants; None without a number of inhabitants."""
        return round(100 * self.members / self.people) if self.people else None


def list_by_commune(officer: Officer, groups: Collection[CoveredGroup], now: dt.datetime) -> dict[str, Coverage]:
    """Return code → coverage of each commune in the officer's charge, by name."""
    directory = areas.get_directory()
    entries = sorted(directory.communes.values(), key=lambda entry: to_sort_key(entry.full_name))
    own_unit = access.visibility(officer).unit_id
    rows = {
        entry.code: Coverage(entry.area_id, entry.full_name)
        for entry in entries
        if access.visibility(officer).province or entry.unit_id == own_unit
    }
    people = _list_population()
    villages: defaultdict[str, set[int]] = defaultdict(set)
    for (code, _), area in directory.villages.items():
        villages[code].add(area)
    with_group: defaultdict[str, set[int]] = defaultdict(set)
    for group in groups:
        commune_code = directory.get_commune_code(group.area_id)
        if group.state == Group.State.OPEN and commune_code in rows:
            _add_group(rows[commune_code], group, now)
            with_group[commune_code].add(group.area_id)
    for code, row in rows.items():
        row.villages = len(villages[code])
        row.villages_without_group = len(villages[code] - with_group[code])
        row.people = people.get(row.area_id) or sum(people.get(area, 0) for area in villages[code])
    return rows


def list_by_village(commune_area: int, groups: Collection[CoveredGroup], now: dt.datetime) -> list[Coverage]:
    """Return the coverage of each village of a commune, those without a group first."""
    people, day = _list_population(), to_vietnam_day(now)
    rows = {
        place.area_id: Coverage(place.area_id, place.full_name, people=people.get(place.area_id, 0))
        for place in areas.list_villages_of_commune(commune_area, day)
    }
    for group in groups:
        if group.state == Group.State.OPEN and group.area_id in rows:
            _add_group(rows[group.area_id], group, now)
    return sorted(rows.values(), key=lambda row: (row.groups > 0, to_sort_key(row.name)))


def list_placed_villages(
    communes: Collection[Coverage], groups: Collection[CoveredGroup], now: dt.datetime
) -> list[tuple[tuple[float, float], Coverage]]:
    """Return (latitude, longitude) and coverage of each village of these communes whose point was entered."""
    people = _list_population()
    placed = areas.list_village_points([commune.area_id for commune in communes], to_vietnam_day(now))
    rows = {
        village.area_id: (village.point, Coverage(village.area_id, "", people=people.get(village.area_id, 0)))
        for village in placed
        if village.point
    }
    for group in groups:
        if group.state == Group.State.OPEN and group.area_id in rows:
            _add_group(rows[group.area_id][1], group, now)
    return list(rows.values())


def _add_group(row: Coverage, group: CoveredGroup, now: dt.datetime) -> None:
    row.groups += 1
    row.members += group.members
    row.silent += group.is_silent(now)


def _list_population() -> dict[int, int]:
    return dict(Population.objects.values_list("area_id", "people"))


def compute_costs(groups: Collection[CoveredGroup]) -> int:
    """Return the monthly cost of the accounts' open groups, in đồng, packages included."""
    by_channel: defaultdict[int, int] = defaultdict(int)
    for group in groups:
        if group.channel_id is not None and group.state in (Group.State.OPEN, Group.State.CREATING):
            by_channel[group.channel_id] += 1
    fees = get_fees()
    return sum(estimate_monthly_cost(count, 1, fees) for count in by_channel.values())


def find_group(officer: Officer, public_id: Any) -> Group | None:
    """Return a visible open group of the account."""
    rows = _list_account_groups(officer).filter(public_id=public_id, state=Group.State.OPEN)
    group: Group | None = rows.select_related("unit").first()
    return group


def list_open_groups_of_unit(unit_id: int) -> list[Group]:
    """List the account's open groups of a unit that have a join link, by name."""
    rows = Group.objects.filter(~Q(link=""), unit=unit_id, state=Group.State.OPEN)
    return list(rows.order_by("name", "pk")[:PAGE_SIZE])
