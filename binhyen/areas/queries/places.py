"""Places on a given day: names, contained areas, present successors, responsible units."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q, QuerySet

from binhyen.areas.models import Area, AreaVersion, Level, Succession, Unit
from binhyen.areas.queries.units import UnitInfo, info
from binhyen.areas.rules.history import History, Spell, communes_on
from binhyen.kit.text import sort_key


@dataclass(frozen=True, slots=True)
class Named:
    """An area with its present or last name: «Ích Hậu», «Xã Ích Hậu»."""

    area_id: int
    public_id: UUID
    village: bool
    name: str
    full_name: str


def on_day(day: dt.date) -> "QuerySet[AreaVersion]":
    """Return the versions in force on a day."""
    return AreaVersion.objects.filter(
        Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gt=day)
    )


def commune_of(area_id: int, day: dt.date) -> tuple[int, ...]:
    """Return area ids of the communes in force on `day` in any area, former ones and villages included.

    Usually one; several if the area was split and a person has to choose; none above the communes.
    """
    return communes_of([area_id], day)[area_id]


def communes_of(area_ids: Collection[int], day: dt.date) -> dict[int, tuple[int, ...]]:
    """Return `list_communes` for many areas in a few statements; every given area is a key."""
    history = _history(area_ids)
    return {area: tuple(sorted(communes_on(area, day, history))) for area in area_ids}


def _history(area_ids: Iterable[int]) -> History:
    """Load the history needed: the areas, their successors and the communes of villages, transitively."""
    levels: dict[int, int] = {}
    spells: defaultdict[int, list[Spell]] = defaultdict(list)
    became: defaultdict[int, list[tuple[dt.date, int]]] = defaultdict(list)
    waiting = set(area_ids)
    while waiting:
        levels.update(Area.objects.filter(pk__in=waiting).values_list("pk", "level"))
        found: set[int] = set()
        rows = AreaVersion.objects.filter(area_id__in=waiting)
        for area, start, end, parent in rows.values_list("area_id", "valid_from", "valid_to", "parent_id"):
            spells[area].append(Spell(start, end, parent))
            if levels[area] == Level.VILLAGE and parent is not None:
                found.add(parent)
        edges = Succession.objects.filter(old_id__in=waiting)
        for old, day, new in edges.values_list("old_id", "event_date", "new_id"):
            became[old].append((day, new))
            found.add(new)
        waiting = found - levels.keys()
    return History(levels, spells, became)


def responsible(area_id: int, day: dt.date) -> UnitInfo:
    """Return the police unit responsible for an area on a day: its commune's; the province's
    without a single commune.
    """
    communes = commune_of(area_id, day)
    if len(communes) == 1:
        unit = (
            Unit.objects.filter(area_id=communes[0], level=Unit.Level.COMMUNE, valid_from__lte=day)
            .filter(Q(valid_to=None) | Q(valid_to__gt=day))
            .first()
        )
        if unit is not None:
            return info(unit)
    return info(Unit.objects.get(level=Unit.Level.PROVINCE, valid_to=None))


def counts(day: dt.date, *, province_code: str = "") -> dict[int, int]:
    """Count areas in force on a day by level (1, 2, 3), in the country or in one province; without villages."""
    held = on_day(day).exclude(area__level=Level.VILLAGE)
    if province_code:
        root = held.filter(code=province_code, area__level=Level.PROVINCE).values_list("area_id", flat=True)[:1]
        districts = held.filter(parent_id__in=root, area__level=Level.DISTRICT).values("area_id")
        held = held.filter(Q(area_id__in=root) | Q(parent_id__in=root) | Q(parent_id__in=districts))
    tally = Counter(held.values_list("area__level", flat=True))
    return {level: tally[level] for level in (Level.PROVINCE, Level.DISTRICT, Level.COMMUNE)}


def types(day: dt.date) -> dict[str, int]:
    """Count areas in force on a day in the country by type: tinh, thanh_pho_tw, xa, phuong …"""
    return dict(Counter(on_day(day).exclude(area__level=Level.VILLAGE).values_list("type", flat=True)))


def named(*, public_ids: Collection[UUID] = (), area_ids: Collection[int] = ()) -> tuple[Named, ...]:
    """Return these areas, present or former, with their newest names, sorted; missing ones are left out."""
    versions = AreaVersion.objects.filter(Q(area__public_id__in=public_ids) | Q(area_id__in=area_ids))
    newest = versions.order_by("area_id", F("valid_to").desc(nulls_first=True)).distinct("area_id")
    return tuple(sorted(map(called, newest.select_related("area")), key=lambda place: sort_key(place.full_name)))


def called(version: AreaVersion) -> Named:
    village = version.area.level == Level.VILLAGE
    return Named(version.area_id, version.area.public_id, village, version.name, version.full_name)


def villages_of(commune: int, day: dt.date) -> tuple[Named, ...]:
    """List the villages of a commune (its area) on a day, by name. One statement."""
    versions = on_day(day).filter(parent_id=commune, area__level=Level.VILLAGE).select_related("area")
    return tuple(sorted(map(called, versions), key=lambda place: sort_key(place.full_name)))


def labels(area_ids: Collection[int], day: dt.date) -> dict[int, str]:
    """Return labels of areas on a day, from the smallest up: «Tổ dân phố Phú Mậu, Thị trấn Lộc Hà, Huyện Lộc Hà».

    The own province is left out, another one is at the end. An area not in force on that day is not a key.
    """
    versions = _upwards(area_ids, day)
    own = settings.PROVINCE_CODE
    named: dict[int, str] = {}
    for area in area_ids:
        names: list[str] = []
        at: int | None = area
        while at is not None and (version := versions.get(at)) is not None:
            if not names or version.parent_id is not None or version.code != own:
                names.append(version.full_name)
            at = version.parent_id
        if names:
            named[area] = ", ".join(names)
    return named


def _upwards(area_ids: Collection[int], day: dt.date) -> dict[int, AreaVersion]:
    """Load the versions on a day of the areas and all their ancestors."""
    versions: dict[int, AreaVersion] = {}
    waiting = set(area_ids)
    while waiting:
        found = list(on_day(day).filter(area_id__in=waiting))
        versions.update({version.area_id: version for version in found})
        waiting = {v.parent_id for v in found if v.parent_id is not None} - versions.keys()
    return versions
