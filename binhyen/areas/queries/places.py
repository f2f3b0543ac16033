"""Places on a given day: names, contained areas, present successors, responsible units."""

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q, QuerySet

from binhyen.areas import geometry
from binhyen.areas.models import Alias, Area, AreaVersion, Landmark, Level, Succession, Unit
from binhyen.areas.queries.directory import UnitInfo, get_directory, to_unit_info
from binhyen.areas.rules.history import History, ValidityPeriod, find_communes_on_day
from binhyen.kit import clock
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.text import collapse_spaces, fold_text, to_name_key, to_nfc, to_sort_key

_MIN_APART = 0.003  # degrees between the villages of a split-off commune and those that stayed, to draw a border


@dataclass(frozen=True, slots=True)
class NamedArea:
    """An area with its present or last name: «Ích Hậu», «Xã Ích Hậu»."""

    area_id: int
    public_id: UUID
    village: bool
    name: str
    full_name: str


def filter_in_force(day: dt.date) -> "QuerySet[AreaVersion]":
    """Return the versions in force on a day."""
    return AreaVersion.objects.filter(
        Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gt=day)
    )


def list_communes(area_id: int, day: dt.date) -> tuple[int, ...]:
    """Return area ids of the communes in force on `day` in any area, former ones and villages included.

    Usually one; several if the area was split and a person has to choose; none above the communes.
    """
    return get_communes_by_area([area_id], day)[area_id]


def get_communes_by_area(area_ids: Collection[int], day: dt.date) -> dict[int, tuple[int, ...]]:
    """Return `list_communes` for many areas in a few statements; every given area is a key."""
    history = _load_history(area_ids)
    return {area: tuple(sorted(find_communes_on_day(area, day, history))) for area in area_ids}


def _load_history(area_ids: Iterable[int]) -> History:
    """Load the history needed: the areas, their successors and the communes of villages, transitively."""
    levels: dict[int, int] = {}
    periods: defaultdict[int, list[ValidityPeriod]] = defaultdict(list)
    became: defaultdict[int, list[tuple[dt.date, int]]] = defaultdict(list)
    pending = set(area_ids)
    while pending:
        levels.update(Area.objects.filter(pk__in=pending).values_list("pk", "level"))
        next_ids: set[int] = set()
        rows = AreaVersion.objects.filter(area_id__in=pending)
        for area, start, end, parent in rows.values_list("area_id", "valid_from", "valid_to", "parent_id"):
            periods[area].append(ValidityPeriod(start, end, parent))
            if levels[area] == Level.VILLAGE and parent is not None:
                next_ids.add(parent)
        edges = Succession.objects.filter(old_id__in=pending)
        for old, day, new in edges.values_list("old_id", "event_date", "new_id"):
            became[old].append((day, new))
            next_ids.add(new)
        pending = next_ids - levels.keys()
    return History(levels, periods, became)


def get_responsible_unit(area_id: int, day: dt.date) -> UnitInfo:
    """Return the police unit responsible for an area on a day: its commune's; the province's
    without a single commune.
    """
    communes = list_communes(area_id, day)
    if len(communes) == 1:
        unit = (
            Unit.objects.filter(area_id=communes[0], level=Unit.Level.COMMUNE, valid_from__lte=day)
            .filter(Q(valid_to=None) | Q(valid_to__gt=day))
            .first()
        )
        if unit is not None:
            return to_unit_info(unit)
    return to_unit_info(Unit.objects.get(level=Unit.Level.PROVINCE, valid_to=None))


def count_areas_by_level(day: dt.date, *, province_code: str = "") -> dict[int, int]:
    """Count areas in force on a day by level (1, 2, 3), in the country or in one province; without villages."""
    in_force = filter_in_force(day).exclude(area__level=Level.VILLAGE)
    if province_code:
        root = in_force.filter(code=province_code, area__level=Level.PROVINCE).values_list("area_id", flat=True)[:1]
        districts = in_force.filter(parent_id__in=root, area__level=Level.DISTRICT).values("area_id")
        in_force = in_force.filter(Q(area_id__in=root) | Q(parent_id__in=root) | Q(parent_id__in=districts))
    totals = Counter(in_force.values_list("area__level", flat=True))
    return {level: totals[level] for level in (Level.PROVINCE, Level.DISTRICT, Level.COMMUNE)}


def count_areas_by_type(day: dt.date) -> dict[str, int]:
    """Count areas in force on a day in the country by type: tinh, thanh_pho_tw, xa, phuong …"""
    return dict(Counter(filter_in_force(day).exclude(area__level=Level.VILLAGE).values_list("type", flat=True)))


def list_named_areas(*, public_ids: Collection[UUID] = (), area_ids: Collection[int] = ()) -> tuple[NamedArea, ...]:
    """Return these areas, present or former, with their newest names, sorted; missing ones are left out."""
    versions = AreaVersion.objects.filter(Q(area__public_id__in=public_ids) | Q(area_id__in=area_ids))
    newest = versions.order_by("area_id", F("valid_to").desc(nulls_first=True)).distinct("area_id")
    return tuple(
        sorted(map(to_named_area, newest.select_related("area")), key=lambda place: to_sort_key(place.full_name))
    )


def to_named_area(version: AreaVersion) -> NamedArea:
    village = version.area.level == Level.VILLAGE
    return NamedArea(version.area_id, version.area.public_id, village, version.name, version.full_name)


def list_villages_of_commune(commune: int, day: dt.date) -> tuple[NamedArea, ...]:
    """List the villages of a commune (its area) on a day, by name. One statement."""
    versions = filter_in_force(day).filter(parent_id=commune, area__level=Level.VILLAGE).select_related("area")
    return tuple(sorted(map(to_named_area, versions), key=lambda place: to_sort_key(place.full_name)))


@dataclass(frozen=True, slots=True)
class VillagePoint:
    """A village and the point that was entered for it: (latitude, longitude)."""

    area_id: int
    commune_id: int
    point: tuple[float, float] | None


def list_village_points(communes: Collection[int], day: dt.date) -> tuple[VillagePoint, ...]:
    """List the villages of communes (their areas) on a day. One statement."""
    rows = filter_in_force(day).filter(parent_id__in=communes, area__level=Level.VILLAGE).order_by("area_id")
    columns = ("area_id", "parent_id", "area__latitude", "area__longitude")
    return tuple(
        VillagePoint(area, commune, None if latitude is None or longitude is None else (latitude, longitude))
        for area, commune, latitude, longitude in rows.values_list(*columns)
    )


def count_villages(day: dt.date) -> int:
    return filter_in_force(day).filter(area__level=Level.VILLAGE).count()


def build_labels(area_ids: Collection[int], day: dt.date) -> dict[int, str]:
    """Return labels of areas on a day, from the smallest up: «Tổ dân phố Phú Mậu, Thị trấn Lộc Hà, Huyện Lộc Hà».

    The own province is left out, another one is at the end. An area not in force on that day is not a key.
    """
    versions = _load_with_ancestors(area_ids, day)
    own_code = settings.PROVINCE_CODE
    labels_by_area: dict[int, str] = {}
    for area in area_ids:
        names: list[str] = []
        current_id: int | None = area
        while current_id is not None and (version := versions.get(current_id)) is not None:
            if not names or version.parent_id is not None or version.code != own_code:
                names.append(version.full_name)
            current_id = version.parent_id
        if names:
            labels_by_area[area] = ", ".join(names)
    return labels_by_area


def _load_with_ancestors(area_ids: Collection[int], day: dt.date) -> dict[int, AreaVersion]:
    """Load the versions on a day of the areas and all their ancestors."""
    versions: dict[int, AreaVersion] = {}
    pending = set(area_ids)
    while pending:
        loaded = list(filter_in_force(day).filter(area_id__in=pending))
        versions.update({version.area_id: version for version in loaded})
        pending = {
            loaded_version.parent_id for loaded_version in loaded if loaded_version.parent_id is not None
        } - versions.keys()
    return versions


# Place search by name, present or former, with or without diacritics: the folded form matches, diacritics rank.

_CANDIDATES = 300


@dataclass(frozen=True, slots=True)
class PlaceMatch:
    """A version of a place. `label`: its name and ancestors; `today`: codes of the present communes in it."""

    area_id: int
    code: str
    type: str
    full_name: str
    label: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    today: tuple[str, ...]
    today_names: tuple[str, ...]


def search_places(
    text: str, *, today: dt.date, valid_on: dt.date | None = None, limit: int = 20
) -> tuple[PlaceMatch, ...]:
    """Search places, best first: exact name with diacritics, then without; own province first; in force before past.

    `on`: only versions in force on that day. One letter or nothing finds nothing.
    """
    return _build_results(_find_ranked(text, valid_on)[:limit], today)


def find_areas(text: str, *, limit: int) -> tuple[NamedArea, ...]:
    """Search by name only: one area for each matching name of it."""
    return tuple(map(to_named_area, _find_ranked(text, None)[:limit]))


def _find_ranked(text: str, valid_on: dt.date | None) -> list[AreaVersion]:
    query = collapse_spaces(to_nfc(text))[:80]
    folded = fold_text(query)
    if len(folded) < 2:
        return []
    versions = (AreaVersion.objects.all() if valid_on is None else filter_in_force(valid_on)).select_related("area")
    by_name = list(
        versions.filter(search_text__contains=folded).order_by("-current", "search_text", "pk")[:_CANDIDATES]
    )
    exact = list(versions.filter(name_key=to_name_key(query))[:_CANDIDATES])
    alias_areas = Alias.objects.filter(search_text__contains=folded).values_list("area_id", flat=True)[:_CANDIDATES]
    landmark_areas = Landmark.objects.filter(search_text__contains=folded, gone=False).values_list("area_id", flat=True)
    by_alias = list(versions.filter(area_id__in={*alias_areas, *landmark_areas[:_CANDIDATES]}, valid_to=None))
    unique = {version.pk: version for version in (*exact, *by_alias, *by_name)}
    aliased = {version.pk for version in by_alias}
    own_province = _filter_own_province(unique.values())
    return sorted(
        unique.values(),
        key=lambda version: _rank_key(
            version, query, folded, is_aliased=version.pk in aliased, is_own_province=version.area_id in own_province
        ),
    )


def _filter_own_province(versions: Iterable[AreaVersion]) -> set[int]:
    """Return the areas that belong, or belonged, to the province of this installation."""
    province = AreaVersion.objects.filter(code=settings.PROVINCE_CODE, area__level=1).values("area_id")
    districts = AreaVersion.objects.filter(parent_id__in=province, area__level=Level.DISTRICT).values("area_id")
    in_province = Q(area_id__in=province) | Q(parent_id__in=province) | Q(parent_id__in=districts)
    communes = AreaVersion.objects.filter(in_province, area__level=Level.COMMUNE).values("area_id")
    versions_of_areas = AreaVersion.objects.filter(area_id__in={version.area_id for version in versions})
    return set(versions_of_areas.filter(in_province | Q(parent_id__in=communes)).values_list("area_id", flat=True))


def _rank_key(
    version: AreaVersion, query: str, folded: str, *, is_aliased: bool, is_own_province: bool
) -> tuple[object, ...]:
    is_exact = fold_text(version.name) == folded or version.search_text == folded
    has_same_diacritics = to_name_key(query) in (version.name_key, to_name_key(version.full_name))
    is_prefix = version.search_text.startswith(folded) or fold_text(version.name).startswith(folded)
    return (
        not has_same_diacritics,
        not (is_exact or is_aliased),
        not is_own_province,
        not is_prefix,
        not version.current,
        len(version.search_text),
        version.search_text,
        version.code,
        -(version.valid_from or dt.date.min).toordinal(),  # the latest first
    )


def _build_results(versions: Iterable[AreaVersion], today: dt.date) -> tuple[PlaceMatch, ...]:
    """Build results with labels of the last day on which each version was in force."""
    version_list = list(versions)
    days = {
        version.pk: (version.valid_to - dt.timedelta(days=1) if version.valid_to else today) for version in version_list
    }
    labels_by_version: dict[int, str] = {}
    for day in set(days.values()):
        same_day = [version for version in version_list if days[version.pk] == day]
        names = build_labels([version.area_id for version in same_day], day)
        labels_by_version.update({version.pk: names.get(version.area_id, version.full_name) for version in same_day})
    communes_by_area = get_communes_by_area([version.area_id for version in version_list], today)
    current = {
        version.area_id: version
        for version in filter_in_force(today).filter(
            area_id__in={area for areas in communes_by_area.values() for area in areas}
        )
    }
    return tuple(
        PlaceMatch(
            area_id=version.area_id,
            code=version.code,
            type=version.type,
            full_name=version.full_name,
            label=labels_by_version[version.pk],
            valid_from=version.valid_from,
            valid_to=version.valid_to,
            today=tuple(current[area].code for area in communes_by_area[version.area_id] if area in current),
            today_names=tuple(current[area].full_name for area in communes_by_area[version.area_id] if area in current),
        )
        for version in version_list
    )


def get_containing_areas(area_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """Return, for each area, the areas that contain it: itself, its parents of any day, and its successors.

    A former parent counts as it was: its own successors do not contain a village that went elsewhere.
    """
    parents: defaultdict[int, set[int]] = defaultdict(set)
    successors: defaultdict[int, set[int]] = defaultdict(set)
    pending, loaded = set(area_ids), set[int]()
    while pending:
        for area, parent in AreaVersion.objects.filter(area_id__in=pending, parent__isnull=False).values_list(
            "area_id", "parent_id"
        ):
            parents[area].add(parent)
        for old, new in Succession.objects.filter(old_id__in=pending).values_list("old_id", "new_id"):
            successors[old].add(new)
        loaded |= pending
        pending = {area for known in pending for area in (*parents[known], *successors[known])} - loaded
    return {area: _collect_containing(area, parents, successors) for area in area_ids}


def _collect_containing(
    area: int, parents: Mapping[int, set[int]], successors: Mapping[int, set[int]]
) -> frozenset[int]:
    visited: set[tuple[int, bool]] = set()
    pending = [(area, True)]
    while pending:
        step = pending.pop()
        if step not in visited:
            visited.add(step)
            current, follows_successors = step
            pending += [(parent, False) for parent in parents.get(current, ())]
            pending += [(new, True) for new in successors.get(current, ()) if follows_successors]
    return frozenset(current for current, _ in visited)


def list_merged_communes(commune_ids: Collection[int]) -> tuple[NamedArea, ...]:
    """List the former communes that became these communes, by name."""
    old_ids = Succession.objects.filter(new_id__in=commune_ids, old__level=Level.COMMUNE).values_list("old_id")
    former = set(old_ids.values_list("old_id", flat=True)) - set(commune_ids)
    return list_named_areas(area_ids=former)


def list_commune_points() -> dict[str, tuple[float, float]]:
    """Return the label point (latitude, longitude) of each present commune that has one, by code."""
    codes = {entry.area_id: code for code, entry in get_directory().communes.items()}
    points = Area.objects.filter(pk__in=codes).values_list("pk", "latitude", "longitude")
    return {
        codes[pk]: (latitude, longitude)
        for pk, latitude, longitude in points
        if latitude is not None and longitude is not None
    }


def list_commune_rings(code: str) -> tuple[geometry.Ring, ...]:
    """Return the simplified outer rings of a present commune: of all communes that were merged into it."""
    communes = get_directory().communes
    parts = [outline.code for outline in geometry.list_outlines() if outline.code in communes]
    rings = [ring for part in parts if communes[part].code == code for ring in geometry.list_simplified_rings(part)]
    return tuple(rings) or list_split_rings().get(code, ())


def list_split_rings() -> Mapping[str, tuple[geometry.Ring, ...]]:
    """Return the rings of communes that were split off after the outlines were drawn, by code: an approximation."""
    return _approximate_split_rings(get_directory().token)


@lru_cache(maxsize=4)
def _approximate_split_rings(token: str) -> Mapping[str, tuple[geometry.Ring, ...]]:
    """Cut each from the outline that its villages lie in: what is nearer to them than to the villages that stayed."""
    communes = get_directory().communes
    drawn = {communes[outline.code].area_id for outline in geometry.list_outlines() if outline.code in communes}
    created = [entry for entry in communes.values() if entry.area_id not in drawn]
    points, rings_by_code = list_commune_points() if created else {}, {}
    for entry in created:
        latitude, longitude = points.get(entry.code, (0.0, 0.0))
        parent = geometry.find_commune_at(latitude, longitude)
        if parent is None:
            continue
        stayed = list_village_points([communes[parent].area_id], to_vietnam_day(clock.now()))
        middles = [village.point for village in stayed if village.point] or [points.get(parent, (latitude, longitude))]
        other = tuple(sum(values) / len(middles) for values in zip(*middles, strict=True))
        rings = geometry.list_simplified_rings(parent)
        if math.dist(other, (latitude, longitude)) > _MIN_APART:
            centre, rest = (longitude, latitude), (other[1], other[0])
            rings = tuple(part for ring in rings if (part := geometry.clip_ring(ring, centre, rest)))
        rings_by_code[entry.code] = rings
    return rings_by_code


def list_reorganisation_days(first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
    """List the days from `first` to `last` on which communes of the province began or ended."""
    return tuple(day for day in get_directory().reorganisation_days if first <= day <= last)


def get_commune_names(area_ids: Collection[int], day: dt.date) -> dict[int, str]:
    """Return the full names of areas on a day. One statement."""
    versions = filter_in_force(day).filter(area_id__in=area_ids)
    return dict(versions.values_list("area_id", "full_name"))


def select_villages(communes: Collection[int], day: dt.date) -> QuerySet[AreaVersion]:
    """Select the villages of these communes on a day; a province has two thousand, so they stay in the database.

    Everything below a commune is a village: comparing the level would read each area as well.
    """
    return filter_in_force(day).filter(parent_id__in=communes)
