"""Immutable snapshot of units by area, shared by a whole process: no query per message.

Intake reads it 500 times a second. The snapshot is reloaded after a change of the revision token; the token is read
every five seconds, and at once after a change by this process.
"""

import datetime as dt
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.db import transaction

from binhyen.areas.models import Alias, AreaVersion, Level, Revision, Succession, Unit
from binhyen.areas.queries.landmarks import landmarks
from binhyen.areas.queries.units import UnitInfo, in_order
from binhyen.areas.rules.history import History, Spell, communes_on
from binhyen.areas.rules.landmarks import Learnt
from binhyen.kit import clock
from binhyen.kit.text import name_key

if TYPE_CHECKING:
    from binhyen.language.places import Gazetteer

_LOOK_AGAIN = 5.0  # seconds
_KINDS = frozenset({"thon", "to_dan_pho"})


@dataclass(frozen=True, slots=True)
class CommuneEntry:
    """A commune in force and its police unit."""

    code: str
    area_id: int
    unit_id: int
    full_name: str


@dataclass(frozen=True, slots=True)
class Name:
    """Additional name for the gazetteer. `kind` as in language.places: thon, to_dan_pho, landmark …"""

    name: str
    kind: str
    communes: tuple[str, ...]
    shares: tuple[float, ...] = ()
    trust: float = 1.0


@dataclass(frozen=True, slots=True)
class Directory:
    """Snapshot: communes by code, village area ids by (commune code, name key), units by area, present or former."""

    token: str
    province_area_id: int
    province_unit_id: int
    communes: Mapping[str, CommuneEntry]
    villages: Mapping[tuple[str, str], int]
    names: tuple[Name, ...]
    unit_names: Mapping[int, str]
    open_units: tuple[UnitInfo, ...]
    heirs: Mapping[int, tuple[int, ...]]  # closed unit → units responsible for its area now
    _seats: Mapping[int, tuple[str, ...]] = field(repr=False)

    def commune_codes_of_area(self, area_id: int) -> tuple[str, ...]:
        """List the present communes in an area: one, several after a split, none above communes or outside."""
        return self._seats.get(area_id, ())

    def areas(self) -> frozenset[int]:
        """Return every area, present or former, inside some present commune."""
        return frozenset(self._seats)

    def commune_code_of_area(self, area_id: int) -> str | None:
        """Return the single present commune of an area; None if there is not exactly one."""
        codes = self._seats.get(area_id, ())
        return codes[0] if len(codes) == 1 else None

    def seat_of_area(self, area_id: int) -> tuple[int, int | None]:
        """Return (unit, commune area) responsible for an area; the province's unit and None without
        a single commune.
        """
        code = self.commune_code_of_area(area_id)
        if code is None:
            return self.province_unit_id, None
        return self.communes[code].unit_id, self.communes[code].area_id

    def unit_name(self, unit_id: int) -> str:
        return self.unit_names.get(unit_id, "")


class NotLoaded(RuntimeError):
    """The areas were never loaded."""

    def __init__(self) -> None:
        super().__init__("No areas yet. Run: binhyen load_areas")


@dataclass(slots=True)
class _Cache:
    """Snapshot of this process; replaced as a whole, so that threads never see a partial one."""

    directory: Directory | None = None
    looked: float = float("-inf")
    gazetteer: "tuple[str, Gazetteer] | None" = None


_cache = _Cache()


class _Mine(threading.local):
    """Uncommitted changes of this thread: its own snapshot, invisible to other threads."""

    token: str = ""
    directory: Directory | None = None


_mine = _Mine()


def forget() -> None:
    """Reread the token at the next call."""
    _cache.looked = float("-inf")


def changed() -> None:
    """Mark a change of areas or units; call inside its transaction.

    This thread sees the change at once; the others of this process after the commit, other processes within five
    seconds. After a rollback it stays invisible.
    """
    _mine.token, _mine.directory = bump(), None
    transaction.on_commit(_committed)


def _committed() -> None:
    _mine.token, _mine.directory = "", None
    forget()


def directory() -> Directory:
    """Return the present snapshot. Raises `NotLoaded` in an empty installation."""
    if _mine.token:
        # nosemgrep: secret-compared-plainly  the revision of the areas, no secret
        if current() == _mine.token:
            _mine.directory = _mine.directory or _read(_mine.token)
            return _mine.directory
        _mine.token, _mine.directory = "", None
    moment = time.monotonic()
    known = _cache.directory
    if known is not None and moment - _cache.looked < _LOOK_AGAIN:
        return known
    token = current()
    # nosemgrep: secret-compared-plainly  the revision of the areas, no secret
    if known is None or known.token != token:
        known = _read(token)
        _cache.directory = known
    _cache.looked = moment
    return known


def gazetteer() -> "Gazetteer":
    """Return the gazetteer: names of the program and of this installation (villages, aliases, landmarks)."""
    from binhyen.language.places import Gazetteer, Place

    today = directory()
    kept = _cache.gazetteer
    # nosemgrep: secret-compared-plainly  the revision of the areas, no secret
    if kept is None or kept[0] != today.token:
        extra = [Place.of(n.name, n.kind, n.communes, shares=n.shares, trust=n.trust) for n in today.names]
        kept = (today.token, Gazetteer.load_default().with_places(extra))
        _cache.gazetteer = kept
    return kept[1]


def learnt_names() -> tuple[list[Learnt], list[Learnt]]:
    """Return names learned from cases: those in use, and those removed by an operator."""
    of = directory().commune_codes_of_area
    return landmarks(of), landmarks(of, gone=True)


def _read(token: str) -> Directory:
    day = clock.vietnam_day(clock.now())
    root = Unit.objects.filter(level=Unit.Level.PROVINCE, valid_to=None).first()
    if root is None:
        raise NotLoaded
    history = province_history(root.area_id)
    units = list(Unit.objects.all())
    of_area = {u.area_id: u.pk for u in units if u.level == Unit.Level.COMMUNE and u.valid_to is None}
    current = AreaVersion.objects.filter(
        parent_id=root.area_id, area__level=Level.COMMUNE, area_id__in=of_area, current=True
    )
    communes = {v.code: CommuneEntry(v.code, v.area_id, of_area[v.area_id], v.full_name) for v in current}
    codes = {entry.area_id: code for code, entry in communes.items()}
    seats = {
        area: tuple(sorted(codes[c] for c in communes_on(area, day, history) if c in codes)) for area in history.levels
    }
    villages, names = _villages_and_names(seats)
    return Directory(
        token=token,
        province_area_id=root.area_id,
        province_unit_id=root.pk,
        communes=MappingProxyType(communes),
        villages=MappingProxyType(villages),
        names=names,
        unit_names=MappingProxyType({u.pk: u.name for u in units}),
        open_units=in_order(units),
        heirs=MappingProxyType(
            {u.pk: tuple(communes[c].unit_id for c in seats.get(u.area_id, ())) for u in units if u.valid_to}
        ),
        _seats=MappingProxyType({area: found for area, found in seats.items() if found}),
    )


def province_history(province_area_id: int) -> History:
    """Load levels, periods and successions of every commune and village in the province's history."""
    districts = AreaVersion.objects.filter(parent_id=province_area_id, area__level=Level.DISTRICT).values("area_id")
    above = list(AreaVersion.objects.filter(parent_id__in=[province_area_id]).values_list("area_id", flat=True))
    communes = set(above) | set(
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
    spells: dict[int, list[Spell]] = {}
    for area, level, valid_from, valid_to, parent in rows:
        levels[area] = level
        spells.setdefault(area, []).append(Spell(valid_from, valid_to, parent))
    became: dict[int, list[tuple[dt.date, int]]] = {}
    for old, day, new in Succession.objects.filter(old_id__in=levels).values_list("old_id", "event_date", "new_id"):
        became.setdefault(old, []).append((day, new))
    return History(levels, spells, became)


def _villages_and_names(seats: Mapping[int, tuple[str, ...]]) -> tuple[dict[tuple[str, str], int], tuple[Name, ...]]:
    """Return village ids by commune and name (aliases too), and additional names for the gazetteer."""
    ids: dict[tuple[str, str], int] = {}
    names: list[Name] = []
    current = AreaVersion.objects.filter(area__level=Level.VILLAGE, current=True).order_by("area_id")
    kinds: dict[int, str] = {}
    for area, kind, name, full_name, key in current.values_list("area_id", "type", "name", "full_name", "name_key"):
        communes = seats.get(area, ())
        kinds[area] = kind
        for code in communes:
            ids.setdefault((code, key), area)
        if communes:
            names.append(Name(_spoken(name, full_name), kind if kind in _KINDS else "thon", communes))
    for alias in Alias.objects.order_by("area_id", "folded"):
        communes = seats.get(alias.area_id, ())
        kind = "landmark" if alias.kind == "LANDMARK" else kinds.get(alias.area_id, "xa")
        if not communes:
            continue
        names.append(Name(alias.name, kind, communes))
        for code in communes if alias.area_id in kinds else ():
            ids.setdefault((code, name_key(alias.name)), alias.area_id)
    learnt = landmarks(lambda area: seats.get(area, ()))
    names += [Name(each.name, "landmark", each.communes, each.shares, each.trust) for each in learnt]
    return ids, tuple(names)


def _spoken(name: str, full_name: str) -> str:
    """Return the gazetteer name: «3» or «Đông» alone would match in every sentence, so such a
    village needs its kind.
    """
    return name if " " in name else full_name


def beside(area_id: int) -> tuple[int, ...]:
    """Return areas of the communes in force that share a border with a commune."""
    known = directory()
    commune = gazetteer().communes.get(known.commune_code_of_area(area_id) or "")
    near = sorted(commune.neighbours) if commune else ()
    return tuple(known.communes[code].area_id for code in near if code in known.communes)


def bump() -> str:
    """Store and return a new token. Call inside the transaction of a change."""
    token = secrets.token_hex(16)
    Revision.objects.update_or_create(pk=1, defaults={"token": token})
    return token


def current() -> str:
    """Return the token, "" before the first load."""
    return Revision.objects.filter(pk=1).values_list("token", flat=True).first() or ""
