"""Gazetteer of Hà Tĩnh: place names of all periods, and the communes of today in which they lie."""

from collections.abc import Iterable, KeysView
from dataclasses import dataclass, field
from functools import lru_cache

from binhyen.language.aligned_text import AlignedText, align
from binhyen.language.phrase_trie import PhraseTrie
from binhyen.language.places.load import load_communes, load_places
from binhyen.language.places.place import Commune, Place
from binhyen.language.places.types import COMMUNE_GROUP, kind_group


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
