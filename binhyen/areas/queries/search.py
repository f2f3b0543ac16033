"""Place search by name, present or former, with or without diacritics: the folded form matches, diacritics rank."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q

from binhyen.areas.models import Alias, AreaVersion, Landmark, Level
from binhyen.areas.queries.places import NamedArea, build_labels, filter_in_force, get_communes_by_area, to_named_area
from binhyen.kit.text import collapse_spaces, fold_text, to_name_key, to_nfc

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
    by_name = list(versions.filter(folded__contains=folded).order_by("-current", "folded")[:_CANDIDATES])
    exact = list(versions.filter(name_key=to_name_key(query))[:_CANDIDATES])
    alias_areas = Alias.objects.filter(folded__contains=folded).values_list("area_id", flat=True)[:_CANDIDATES]
    landmark_areas = Landmark.objects.filter(folded__contains=folded, gone=False).values_list("area_id", flat=True)
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
    is_exact = fold_text(version.name) == folded or version.folded == folded
    has_same_diacritics = to_name_key(query) in (version.name_key, to_name_key(version.full_name))
    is_prefix = version.folded.startswith(folded) or fold_text(version.name).startswith(folded)
    return (
        not has_same_diacritics,
        not (is_exact or is_aliased),
        not is_own_province,
        not is_prefix,
        not version.current,
        len(version.folded),
        version.folded,
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


__all__ = ["PlaceMatch", "find_areas", "search_places"]
