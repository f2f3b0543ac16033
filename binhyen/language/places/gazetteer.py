"""Gazetteer of Hà Tĩnh: place names of all periods, and the communes of today in which they lie."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, KeysView
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from binhyen.kit.text import fold_text, to_name_key
from binhyen.language.aligned_text import AlignedText, align
from binhyen.language.phrase_trie import PhraseTrie
from binhyen.language.places.types import COMMUNE_GROUP, Commune, Place, kind_group

# Loader of the shipped unit files: today's units, and old units with their successors.

_UNITS = Path(__file__).resolve().parents[2] / "data" / "units"
_EXTRA = Path(__file__).resolve().parents[1] / "data" / "places.tsv"
_HA_TINH = "42"
_DISTRICTS_SINCE = "2015"
# Share of an old commune's people that each successor took, if it was split (source: resolution 1665, 1283).
_SHARES = {("18082", "18073"): 0.55, ("18082", "18652"): 0.45}

Row = dict[str, str]


def _read_rows(name: str) -> list[Row]:
    with (_UNITS / name).open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return [dict(zip(header, row, strict=True)) for row in rows]


def load_communes() -> dict[str, Commune]:
    """Return code → commune, with the codes of its neighbours."""
    return {
        row["code"]: Commune(row["code"], row["full_name"], frozenset(row["neighbour_codes"].split()))
        for row in _read_rows("hatinh_communes.csv")
    }


def load_places(communes: dict[str, Commune]) -> Iterator[Place]:
    """Yield every unit of Hà Tĩnh since 2004, hamlets, the shipped landmarks, provinces and towns outside."""
    identities: set[tuple[str, str, tuple[str, ...]]] = set()
    for place in (*_load_units(), *_load_hamlets(communes), *_load_landmarks(), *_load_outside_places()):
        identity = (place.key, place.kind, place.communes)
        if identity not in identities:
            identities.add(identity)
            yield place


def _load_units() -> Iterator[Place]:
    rows = sorted(_read_rows("hatinh_units_history.csv"), key=lambda row: row["valid_to"] or "9999", reverse=True)
    successors: dict[str, list[str]] = defaultdict(list)
    for edge in _read_rows("hatinh_successors_history.csv"):
        successors[edge["old_uid"]].append(edge["new_uid"])
    by_uid = {row["uid"]: row for row in rows}
    today = {uid: _list_current_communes(uid, by_uid, successors) for uid, row in by_uid.items() if row["level"] == "3"}
    for row in rows:
        if row["level"] == "3":
            weights = today[row["uid"]]
            yield Place(
                row["name"],
                row["type"],
                tuple(weights),
                to_name_key(row["name"]),
                bool(row["valid_to"]),
                tuple(weights.values()),
            )
        elif row["level"] == "2":
            yield Place.of(row["name"], row["type"], _list_district_communes(row["code"], by_uid, today), old=True)
        else:
            yield Place(row["name"], "tinh", (), to_name_key(row["name"]))


def _list_district_communes(district: str, by_uid: dict[str, Row], today: dict[str, dict[str, float]]) -> list[str]:
    """Return today's communes on the ground that the district had in its last ten years."""
    return sorted(
        {
            code
            for uid, weights in today.items()
            if by_uid[uid]["parent_code"] == district and by_uid[uid]["valid_to"] > _DISTRICTS_SINCE
            for code in weights
        }
    )


def _list_current_communes(
    uid: str, by_uid: dict[str, Row], successors_by_uid: dict[str, list[str]]
) -> dict[str, float]:
    """Return today's communes of a version of a commune and the share of each, through any number of mergers."""
    successors = successors_by_uid.get(uid, [])
    row = by_uid[uid]
    if not successors:
        return {row["code"]: 1.0} if not row["valid_to"] else {}
    shares: dict[str, float] = defaultdict(float)
    for successor in successors:
        weight = _SHARES.get((row["code"], by_uid[successor]["code"]), 1 / len(successors))
        for code, share in _list_current_communes(successor, by_uid, successors_by_uid).items():
            shares[code] += weight * share
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def _load_hamlets(communes: Iterable[str]) -> Iterator[Place]:
    grouped: dict[str, set[str]] = defaultdict(set)
    for row in _read_rows("hatinh_places_geonames.csv"):
        if row["commune_code"] in communes and " " in row["name"]:
            grouped[row["name"]].add(row["commune_code"])
    for name, codes in grouped.items():
        yield Place.of(name, "hamlet", sorted(codes))


def _load_landmarks() -> Iterator[Place]:
    if not _EXTRA.exists():
        return
    for line in _EXTRA.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, kind, codes = line.split("\t")
            yield Place.of(name, kind, codes.split())


def _load_outside_places() -> Iterator[Place]:
    for row in _read_rows("units.csv"):
        if (row["level"] == "1" and row["code"] != _HA_TINH) or (
            row["level"] == "2" and row["province_code"] != _HA_TINH and _is_searchable_outside(row)
        ):
            yield Place(row["name"], "outside", (), to_name_key(row["name"]))


def _is_searchable_outside(row: Row) -> bool:
    """Return True for a district of another province that people mention; one-word names would match everywhere."""
    return row["type"] != "quan" and (" " in row["name"] or fold_text(row["name"]) in ("vinh", "hue"))


@dataclass(frozen=True)
class Gazetteer:
    """Index of places by name, with or without diacritics. Immutable; `with_places` returns a larger one."""

    places: tuple[Place, ...]
    communes: dict[str, Commune]
    _phrases: PhraseTrie[Place] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        phrases: PhraseTrie[Place] = PhraseTrie()
        for place in self.places:
            phrases.add(place.name, place)
        object.__setattr__(self, "_phrases", phrases)

    @classmethod
    def load_default(cls) -> "Gazetteer":
        """Return the gazetteer that is shipped with the program; read once, then shared."""
        return _shipped_gazetteer()

    def with_places(self, extra: Iterable[Place]) -> "Gazetteer":
        """Return a gazetteer that also contains `extra` (villages, landmarks)."""
        return Gazetteer((*self.places, *extra), self.communes)

    def find_at(self, view: AlignedText, index: int) -> tuple[int, list[Place]] | None:
        """Return the longest known name that begins at word `index`, and all places of that name.

        Diacritics must not conflict.
        """
        return self._phrases.find_all(view, index, loose=True)

    def first_words(self) -> KeysView[str]:
        """Return the folded words that begin a name."""
        return self._phrases.first_words()

    def find_by_name(self, name: str) -> tuple[Place, ...]:
        """Return every place of exactly this name; a name without diacritics matches all that fold to it."""
        view = align(name)
        if not view.words:
            return ()
        match = self.find_at(view, 0)
        return tuple(match[1]) if match and match[0] == len(view.words) else ()

    def is_unit(self, name: str) -> bool:
        """Return True if `name` is a commune, district or province, not a place inside one."""
        return any(
            kind_group(place.kind) in ("commune", "district", "province", "outside")
            for place in self.find_by_name(name)
        )

    def find_commune_of_group(self, name: str) -> str | None:
        """Return the commune in the name of a chat group («Bình yên Ích Hậu», «xa-thach-dai»), if only one matches."""
        view = align(name.replace("-", " ").replace("_", " "))
        for index in range(len(view.words)):
            match = self.find_at(view, index)
            codes = (
                {code for place in match[1] if place.kind in COMMUNE_GROUP for code in place.communes}
                if match
                else set()
            )
            current_codes = (
                {code for place in match[1] if place.kind in COMMUNE_GROUP and not place.old for code in place.communes}
                if match
                else set()
            )
            if len(codes) == 1 or len(current_codes) == 1:
                return (codes if len(codes) == 1 else current_codes).pop()
        return None

    def commune_name(self, code: str) -> str:
        """Return «Xã Đông Kinh» for a code of today; the code itself if it is unknown."""
        commune = self.communes.get(code)
        return commune.full_name if commune else code

    def is_adjoining(self, code: str, other_code: str) -> bool:
        """Return True if two communes are the same or neighbours."""
        commune = self.communes.get(code)
        return code == other_code or (commune is not None and other_code in commune.neighbours)


@lru_cache(maxsize=1)
def _shipped_gazetteer() -> Gazetteer:
    communes = load_communes()
    return Gazetteer(tuple(load_places(communes)), communes)
