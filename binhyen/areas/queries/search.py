"""Place search by name, present or former, with or without diacritics: the folded form matches, diacritics rank."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q

from binhyen.areas.models import Alias, AreaVersion, Landmark, Level
from binhyen.areas.queries.places import Named, called, communes_of, labels, on_day
from binhyen.kit.text import fold, name_key, nfc, squeeze

_CANDIDATES = 300


@dataclass(frozen=True, slots=True)
class Found:
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


def search(text: str, *, today: dt.date, on: dt.date | None = None, limit: int = 20) -> tuple[Found, ...]:
    """Search places, best first: exact name with diacritics, then without; own province first; in force before past.

    `on`: only versions in force on that day. One letter or nothing finds nothing.
    """
    return _show(_ranked(text, on)[:limit], today)


def find(text: str, *, limit: int) -> tuple[Named, ...]:
    """Search by name only: one area for each matching name of it."""
    return tuple(map(called, _ranked(text, None)[:limit]))


def _ranked(text: str, on: dt.date | None) -> list[AreaVersion]:
    wanted = squeeze(nfc(text))[:80]
    folded = fold(wanted)
    if len(folded) < 2:
        return []
    versions = (AreaVersion.objects.all() if on is None else on_day(on)).select_related("area")
    by_name = list(versions.filter(folded__contains=folded).order_by("-current", "folded")[:_CANDIDATES])
    exact = list(versions.filter(name_key=name_key(wanted))[:_CANDIDATES])
    other = Alias.objects.filter(folded__contains=folded).values_list("area_id", flat=True)[:_CANDIDATES]
    learnt = Landmark.objects.filter(folded__contains=folded, gone=False).values_list("area_id", flat=True)
    by_alias = list(versions.filter(area_id__in={*other, *learnt[:_CANDIDATES]}, valid_to=None))
    unique = {version.pk: version for version in (*exact, *by_alias, *by_name)}
    aliased = {version.pk for version in by_alias}
    home = _of_own_province(unique.values())
    return sorted(
        unique.values(),
        key=lambda version: _rank(version, wanted, folded, aliased=version.pk in aliased, home=version.area_id in home),
    )


def _of_own_province(versions: Iterable[AreaVersion]) -> set[int]:
    """Return the areas that belong, or belonged, to the province of this installation."""
    province = AreaVersion.objects.filter(code=settings.PROVINCE_CODE, area__level=1).values("area_id")
    districts = AreaVersion.objects.filter(parent_id__in=province, area__level=Level.DISTRICT).values("area_id")
    above = Q(area_id__in=province) | Q(parent_id__in=province) | Q(parent_id__in=districts)
    communes = AreaVersion.objects.filter(above, area__level=Level.COMMUNE).values("area_id")
    among = AreaVersion.objects.filter(area_id__in={version.area_id for version in versions})
    return set(among.filter(above | Q(parent_id__in=communes)).values_list("area_id", flat=True))


def _rank(version: AreaVersion, wanted: str, folded: str, *, aliased: bool, home: bool) -> tuple[object, ...]:
    own = fold(version.name) == folded or version.folded == folded
    marks = name_key(wanted) in (version.name_key, name_key(version.full_name))
    begins = version.folded.startswith(folded) or fold(version.name).startswith(folded)
    return (
        not marks,
        not (own or aliased),
        not home,
        not begins,
        not version.current,
        len(version.folded),
        version.folded,
        version.code,
        -(version.valid_from or dt.date.min).toordinal(),  # the latest first
    )


def _show(versions: Iterable[AreaVersion], today: dt.date) -> tuple[Found, ...]:
    """Build results with labels of the last day on which each version was in force."""
    shown = list(versions)
    days = {version.pk: (version.valid_to - dt.timedelta(days=1) if version.valid_to else today) for version in shown}
    named: dict[int, str] = {}
    for day in set(days.values()):
        held = [version for version in shown if days[version.pk] == day]
        names = labels([version.area_id for version in held], day)
        named.update({version.pk: names.get(version.area_id, version.full_name) for version in held})
    now = communes_of([version.area_id for version in shown], today)
    current = {
        version.area_id: version
        for version in on_day(today).filter(area_id__in={area for areas in now.values() for area in areas})
    }
    return tuple(
        Found(
            area_id=version.area_id,
            code=version.code,
            type=version.type,
            full_name=version.full_name,
            label=named[version.pk],
            valid_from=version.valid_from,
            valid_to=version.valid_to,
            today=tuple(current[area].code for area in now[version.area_id] if area in current),
            today_names=tuple(current[area].full_name for area in now[version.area_id] if area in current),
        )
        for version in shown
    )


__all__ = ["Found", "find", "search"]
