"""Immutable snapshot of units by area, shared by a whole process: no query per message.

Intake reads it 500 times a second. The snapshot is reloaded after a change of the revision token; the token is read
every five seconds, and at once after a change by this process.
"""

import datetime as dt
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, ValuesView
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet

from binhyen.areas.models import Alias, AreaVersion, Landmark, Level, Revision, Succession, Unit
from binhyen.areas.rules.history import History, ValidityPeriod, find_communes_on_day
from binhyen.areas.rules.names import LearnedName, build_learned_name
from binhyen.kit import clock
from binhyen.kit.text import fold_text, to_name_key, to_sort_key

if TYPE_CHECKING:
    from binhyen.language.places.gazetteer import Gazetteer


# Place names learned from cases, with their confidence.


def list_landmarks(codes: Callable[[int], tuple[str, ...]], *, gone: bool = False) -> list[LearnedName]:
    """List learned names, sorted by name. `codes`: area → present communes in it; areas without one are left out."""
    names: dict[str, str] = {}
    counts: dict[str, Counter[str]] = {}
    rows = (
        Landmark.objects.filter(gone=gone).order_by("search_text", "at").values_list("search_text", "name", "area_id")
    )
    for folded, name, area in rows:
        present_codes = codes(area)
        if present_codes:
            if folded not in names or fold_text(name) != name.lower():  # prefer a spelling with diacritics
                names[folded] = name
            counts.setdefault(folded, Counter())[present_codes[0]] += 1
    return [build_learned_name(names[folded], folded, count) for folded, count in counts.items()]


# Police units for other packages.


@dataclass(frozen=True, slots=True)
class UnitInfo:
    """A police unit. `level`: PROVINCE, COMMUNE or VILLAGE; closed units have `valid_to`."""

    id: int
    code: str
    name: str
    level: str
    area_id: int
    parent_id: int | None
    valid_to: dt.date | None

    @property
    def is_closed(self) -> bool:
        return self.valid_to is not None


def to_unit_info(unit: Unit) -> UnitInfo:
    return UnitInfo(unit.pk, unit.code, unit.name, unit.level, unit.area_id, unit.parent_id, unit.valid_to)


def find_unit_by_id(unit_id: int) -> UnitInfo | None:
    unit = Unit.objects.filter(pk=unit_id).first()
    return to_unit_info(unit) if unit else None


def find_unit_by_code(code: str) -> UnitInfo | None:
    unit = Unit.objects.filter(code=code).first()
    return to_unit_info(unit) if unit else None


def get_unit_ids(codes: Iterable[str]) -> dict[str, int]:
    """Return code → id of the existing units."""
    return dict(Unit.objects.filter(code__in=list(codes)).values_list("code", "id"))


def list_open_units() -> tuple[UnitInfo, ...]:
    """List the units open today, the province's first, then by name; `Directory` holds the same list."""
    return sort_open_units(Unit.objects.filter(valid_to=None).exclude(level=Unit.Level.VILLAGE))


def sort_open_units(units: Iterable[Unit]) -> tuple[UnitInfo, ...]:
    """Filter and sort open units, without village teams."""
    open_ones = (unit for unit in units if unit.valid_to is None and unit.level != Unit.Level.VILLAGE)
    ordered = sorted(open_ones, key=lambda unit: (unit.level != Unit.Level.PROVINCE, to_sort_key(unit.name)))
    return tuple(to_unit_info(unit) for unit in ordered)


_CHECK_INTERVAL = 5.0  # seconds
SHIPPED_LISTS_SINCE = dt.date(2025, 7, 1)  # outlines and gazetteer have the communes of this day
_VILLAGE_KINDS = frozenset({"thon", "to_dan_pho"})


@dataclass(frozen=True, slots=True)
class CommuneEntry:
    """A commune in force and its police unit."""

    code: str
    area_id: int
    unit_id: int
    full_name: str


@dataclass(frozen=True, slots=True)
class GazetteerName:
    """Additional name for the gazetteer. `kind` as in language.places: thon, to_dan_pho, landmark …"""

    name: str
    kind: str
    communes: tuple[str, ...]
    shares: tuple[float, ...] = ()
    trust: float = 1.0


class CommuneTable(Mapping[str, CommuneEntry]):
    """Communes in force by code. The code of one that was merged since the program's lists were made finds its
    successor: outlines, gazetteer and saved addresses still have it. Iteration yields each commune once.
    """

    __slots__ = ("_former", "_present")

    def __init__(self, present: Mapping[str, CommuneEntry], former: Mapping[str, str]) -> None:
        self._present, self._former = dict(present), dict(former)

    def __getitem__(self, code: str) -> CommuneEntry:
        entry = self._present.get(code)
        return entry if entry is not None else self._present[self._former[code]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._present)

    def __len__(self) -> int:
        return len(self._present)

    def values(self) -> ValuesView[CommuneEntry]:
        return self._present.values()

    def items(self) -> ItemsView[str, CommuneEntry]:
        return self._present.items()


@dataclass(frozen=True, slots=True)
class Directory:
    """Snapshot: communes by code, village area ids by (commune code, name key), units by area, present or former."""

    token: str
    province_area_id: int
    province_unit_id: int
    communes: CommuneTable
    villages: Mapping[tuple[str, str], int]
    names: tuple[GazetteerName, ...]
    unit_names: Mapping[int, str]
    open_units: tuple[UnitInfo, ...]
    successors: Mapping[int, tuple[int, ...]]  # closed unit → units responsible for its area now
    reorganisation_days: tuple[dt.date, ...]  # on which communes of the province began or ended
    _communes_by_area: Mapping[int, tuple[str, ...]] = field(repr=False)

    def list_commune_codes(self, area_id: int) -> tuple[str, ...]:
        """List the present communes in an area: one, several after a split, none above communes or outside."""
        return self._communes_by_area.get(area_id, ())

    def areas(self) -> frozenset[int]:
        """Return every area, present or former, inside some present commune."""
        return frozenset(self._communes_by_area)

    def get_commune_code(self, area_id: int) -> str | None:
        """Return the single present commune of an area; None if there is not exactly one."""
        codes = self._communes_by_area.get(area_id, ())
        return codes[0] if len(codes) == 1 else None

    def get_responsible_unit(self, area_id: int) -> tuple[int, int | None]:
        """Return (unit, commune area) responsible for an area; the province's unit and None without
        a single commune.
        """
        code = self.get_commune_code(area_id)
        if code is None:
            return self.province_unit_id, None
        return self.communes[code].unit_id, self.communes[code].area_id

    def unit_name(self, unit_id: int) -> str:
        return self.unit_names.get(unit_id, "")


class AreasNotLoadedError(RuntimeError):
    """The areas were never loaded."""

    def __init__(self) -> None:
        super().__init__("No areas yet. Run: binhyen load_areas")


@dataclass(slots=True)
class _Cache:
    """Snapshot of this process; replaced as a whole, so that threads never see a partial one."""

    directory: Directory | None = None
    checked_at: float = float("-inf")
    gazetteer: "tuple[str, Gazetteer] | None" = None


_cache = _Cache()


class _ThreadState(threading.local):
    """Uncommitted changes of this thread: its own snapshot, invisible to other threads."""

    token: str = ""
    directory: Directory | None = None


_thread_state = _ThreadState()


def expire_token() -> None:
    """Reread the token at the next call."""
    _cache.checked_at = float("-inf")


def mark_areas_changed() -> None:
    """Mark a change of areas or units; call inside its transaction.

    This thread sees the change at once; the others of this process after the commit, other processes within five
    seconds. After a rollback it stays invisible.
    """
    _thread_state.token, _thread_state.directory = renew_token(), None
    transaction.on_commit(_clear_thread_state)


def _clear_thread_state() -> None:
    _thread_state.token, _thread_state.directory = "", None
    expire_token()


def get_directory() -> Directory:
    """Return the present snapshot. Raises `NotLoaded` in an empty installation."""
    if _thread_state.token:
        # nosemgrep: secret-compared-plainly  the revision of the areas, no secret
        if get_token() == _thread_state.token:
            _thread_state.directory = _thread_state.directory or _load_directory(_thread_state.token)
            return _thread_state.directory
        _thread_state.token, _thread_state.directory = "", None
    now = time.monotonic()
    cached = _cache.directory
    if cached is not None and now - _cache.checked_at < _CHECK_INTERVAL:
        return cached
    token = get_token()
    # nosemgrep: secret-compared-plainly  the revision of the areas, no secret
    if cached is None or cached.token != token:
        cached = _load_directory(token)
        _cache.directory = cached
    _cache.checked_at = now
    return cached


def get_gazetteer() -> "Gazetteer":
    """Return the gazetteer: names of the program and of this installation (villages, aliases, landmarks)."""
    from binhyen.language.places.gazetteer import Gazetteer
    from binhyen.language.places.types import Place

    snapshot = get_directory()
    cached = _cache.gazetteer
    # nosemgrep: secret-compared-plainly  the revision of the areas, no secret
    if cached is None or cached[0] != snapshot.token:
        extra = [
            Place.of(
                extra_name.name, extra_name.kind, extra_name.communes, shares=extra_name.shares, trust=extra_name.trust
            )
            for extra_name in snapshot.names
        ]
        cached = (snapshot.token, Gazetteer.load_default().with_places(extra))
        _cache.gazetteer = cached
    return cached[1]


def list_learned_names() -> tuple[list[LearnedName], list[LearnedName]]:
    """Return names learned from cases: those in use, and those removed by an operator."""
    get_codes = get_directory().list_commune_codes
    return list_landmarks(get_codes), list_landmarks(get_codes, gone=True)


def _load_directory(token: str) -> Directory:
    day = clock.to_vietnam_day(clock.now())
    root = Unit.objects.filter(level=Unit.Level.PROVINCE, valid_to=None).first()
    if root is None:
        raise AreasNotLoadedError
    history = load_province_history(root.area_id)
    units = list(Unit.objects.all())
    unit_ids = {unit.area_id: unit.pk for unit in units if unit.level == Unit.Level.COMMUNE and unit.valid_to is None}
    current = AreaVersion.objects.filter(
        parent_id=root.area_id, area__level=Level.COMMUNE, area_id__in=unit_ids, current=True
    )
    communes = {
        version.code: CommuneEntry(version.code, version.area_id, unit_ids[version.area_id], version.full_name)
        for version in current
    }
    codes = {entry.area_id: code for code, entry in communes.items()}
    communes_by_area = {
        area: tuple(
            sorted(
                codes[commune_area]
                for commune_area in find_communes_on_day(area, day, history)
                if commune_area in codes
            )
        )
        for area in history.levels
    }
    villages, names = _load_villages_and_names(communes_by_area)
    names += _list_later_names(current)
    return Directory(
        token=token,
        province_area_id=root.area_id,
        province_unit_id=root.pk,
        communes=CommuneTable(communes, _list_former_codes(communes, communes_by_area)),
        reorganisation_days=_list_reorganisation_days(history),
        villages=MappingProxyType(villages),
        names=names,
        unit_names=MappingProxyType({unit.pk: unit.name for unit in units}),
        open_units=sort_open_units(units),
        successors=MappingProxyType(
            {
                unit.pk: tuple(
                    communes[commune_area].unit_id for commune_area in communes_by_area.get(unit.area_id, ())
                )
                for unit in units
                if unit.valid_to
            }
        ),
        _communes_by_area=MappingProxyType(
            {area: area_codes for area, area_codes in communes_by_area.items() if area_codes}
        ),
    )


def _list_later_names(communes: QuerySet[AreaVersion]) -> tuple[GazetteerName, ...]:
    """Return the names of communes that the lists of the program do not have: merged, split or renamed since."""
    later = communes.filter(valid_from__gt=SHIPPED_LISTS_SINCE).order_by("code")
    return tuple(GazetteerName(name, kind, (code,)) for name, kind, code in later.values_list("name", "type", "code"))


def _list_reorganisation_days(history: History) -> tuple[dt.date, ...]:
    days = {
        day
        for area, periods in history.periods.items()
        for period in periods
        for day in (period.valid_from, period.valid_to)
        if history.levels[area] == Level.COMMUNE and day is not None
    }
    return tuple(sorted(days))


def _list_former_codes(
    communes: Mapping[str, CommuneEntry], communes_by_area: Mapping[int, tuple[str, ...]]
) -> dict[str, str]:
    """Return code of a commune merged since 2025-07-01 → code of the commune that it is part of today."""
    ended = AreaVersion.objects.filter(
        area_id__in=communes_by_area, area__level=Level.COMMUNE, valid_to__gt=SHIPPED_LISTS_SINCE
    )
    return {
        code: communes_by_area[area][0]
        for code, area in ended.values_list("code", "area_id")
        if code not in communes and len(communes_by_area[area]) == 1
    }


def load_province_history(province_area_id: int) -> History:
    """Load levels, periods and successions of every commune and village in the province's history."""
    districts = AreaVersion.objects.filter(parent_id=province_area_id, area__level=Level.DISTRICT).values("area_id")
    top_level_ids = list(AreaVersion.objects.filter(parent_id__in=[province_area_id]).values_list("area_id", flat=True))
    communes = set(top_level_ids) | set(
        AreaVersion.objects.filter(parent_id__in=districts, area__level=Level.COMMUNE).values_list("area_id", flat=True)
    )
    rows = list(
        AreaVersion.objects.filter(area_id__in=communes).values_list(
            "area_id", "area__level", "valid_from", "valid_to", "parent_id"
        )
    ) + list(
        AreaVersion.objects.filter(parent_id__in=communes, area__level=Level.VILLAGE).values_list(
            "area_id", "area__level", "valid_from", "valid_to", "parent_id"
        )
    )
    levels: dict[int, int] = {}
    periods: dict[int, list[ValidityPeriod]] = {}
    for area, level, valid_from, valid_to, parent in rows:
        levels[area] = level
        periods.setdefault(area, []).append(ValidityPeriod(valid_from, valid_to, parent))
    became: dict[int, list[tuple[dt.date, int]]] = {}
    for old, day, new in Succession.objects.filter(old_id__in=levels).values_list("old_id", "event_date", "new_id"):
        became.setdefault(old, []).append((day, new))
    return History(levels, periods, became)


def _load_villages_and_names(
    communes_by_area: Mapping[int, tuple[str, ...]],
) -> tuple[dict[tuple[str, str], int], tuple[GazetteerName, ...]]:
    """Return village ids by commune and name (aliases too), and additional names for the gazetteer."""
    ids: dict[tuple[str, str], int] = {}
    names: list[GazetteerName] = []
    current = AreaVersion.objects.filter(area__level=Level.VILLAGE, current=True).order_by("area_id")
    kinds: dict[int, str] = {}
    for area, kind, name, full_name, key in current.values_list("area_id", "type", "name", "full_name", "name_key"):
        communes = communes_by_area.get(area, ())
        kinds[area] = kind
        for code in communes:
            ids.setdefault((code, key), area)
        if communes:
            names.append(
                GazetteerName(
                    _choose_gazetteer_name(name, full_name), kind if kind in _VILLAGE_KINDS else "thon", communes
                )
            )
    for alias in Alias.objects.order_by("area_id", "search_text"):
        communes = communes_by_area.get(alias.area_id, ())
        kind = "landmark" if alias.kind == "LANDMARK" else kinds.get(alias.area_id, "xa")
        if not communes:
            continue
        names.append(GazetteerName(alias.name, kind, communes))
        for code in communes if alias.area_id in kinds else ():
            ids.setdefault((code, to_name_key(alias.name)), alias.area_id)
    learnt = list_landmarks(lambda area: communes_by_area.get(area, ()))
    names += [
        GazetteerName(landmark.name, "landmark", landmark.communes, landmark.shares, landmark.trust)
        for landmark in learnt
    ]
    return ids, tuple(names)


def _choose_gazetteer_name(name: str, full_name: str) -> str:
    """Return the gazetteer name: «3» or «Đông» alone would match in every sentence, so such a
    village needs its kind.
    """
    return name if " " in name else full_name


def list_neighbours(area_id: int) -> tuple[int, ...]:
    """Return areas of the communes in force that share a border with a commune."""
    snapshot = get_directory()
    commune = get_gazetteer().communes.get(snapshot.get_commune_code(area_id) or "")
    codes = sorted(commune.neighbours) if commune else ()
    return tuple(snapshot.communes[code].area_id for code in codes if code in snapshot.communes)


def renew_token() -> str:
    """Store and return a new token. Call inside the transaction of a change."""
    token = secrets.token_hex(16)
    Revision.objects.update_or_create(pk=1, defaults={"token": token})
    return token


def get_token() -> str:
    """Return the token, "" before the first load."""
    return Revision.objects.filter(pk=1).values_list("token", flat=True).first() or ""
