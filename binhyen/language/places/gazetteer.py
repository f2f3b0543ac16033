"""Gazetteer of Hà Tĩnh: place names of all periods, and the communes of today in which they lie."""

from collections.abc import Iterable, KeysView
from dataclasses import dataclass, field
from functools import lru_cache

from binhyen.language.aligned_text import View, look
from binhyen.language.phrase_trie import Phrases
from binhyen.language.places.load import communes_of_today, names_of_all_ages
from binhyen.language.places.place import Commune, Place
from binhyen.language.places.types import COMMUNE_GROUP, group_of


@dataclass(frozen=True)
class Gazetteer:
    """Index of places by name, with or without diacritics. Immutable; `with_places` returns a larger one."""

    places: tuple[Place, ...]
    communes: dict[str, Commune]
    _phrases: Phrases[Place] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        phrases: Phrases[Place] = Phrases()
        for place in self.places:
            phrases.add(place.name, place)
        object.__setattr__(self, "_phrases", phrases)

    @classmethod
    def load_default(cls) -> "Gazetteer":
        """Return the gazetteer that is shipped with the program; read once, then shared."""
        return _default()

    def with_places(self, extra: Iterable[Place]) -> "Gazetteer":
        """Return a gazetteer that also contains `extra` (villages, landmarks)."""
        return Gazetteer((*self.places, *extra), self.communes)

    def find(self, view: View, index: int) -> tuple[int, list[Place]] | None:
        """Return the longest known name that begins at word `index`, and all places of that name.

        Diacritics must not conflict.
        """
        return self._phrases.find_all(view, index, loose=True)

    def firsts(self) -> KeysView[str]:
        """Return the folded words that begin a name."""
        return self._phrases.firsts()

    def named(self, name: str) -> tuple[Place, ...]:
        """Return every place of exactly this name; a name without diacritics matches all that fold to it."""
        view = look(name)
        if not view.words:
            return ()
        found = self.find(view, 0)
        return tuple(found[1]) if found and found[0] == len(view.words) else ()

    def is_unit(self, name: str) -> bool:
        """Return True if `name` is a commune, district or province, not a place inside one."""
        return any(group_of(place.kind) in ("commune", "district", "province", "outside") for place in self.named(name))

    def commune_of_group(self, name: str) -> str | None:
        """Return the commune in the name of a chat group («Bình yên Ích Hậu», «xa-thach-dai»), if only one matches."""
        view = look(name.replace("-", " ").replace("_", " "))
        for index in range(len(view.words)):
            found = self.find(view, index)
            codes = (
                {code for place in found[1] if place.kind in COMMUNE_GROUP for code in place.communes}
                if found
                else set()
            )
            today = (
                {code for place in found[1] if place.kind in COMMUNE_GROUP and not place.old for code in place.communes}
                if found
                else set()
            )
            if len(codes) == 1 or len(today) == 1:
                return (codes if len(codes) == 1 else today).pop()
        return None

    def commune_name(self, code: str) -> str:
        """Return «Xã Đông Kinh» for a code of today; the code itself if it is unknown."""
        commune = self.communes.get(code)
        return commune.full_name if commune else code

    def adjoining(self, one: str, other: str) -> bool:
        """Return True if two communes are the same or neighbours."""
        commune = self.communes.get(one)
        return one == other or (commune is not None and other in commune.neighbours)


@lru_cache(maxsize=1)
def _default() -> Gazetteer:
    communes = communes_of_today()
    return Gazetteer(tuple(names_of_all_ages(communes)), communes)
