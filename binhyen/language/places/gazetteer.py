"""Names of places of Hà Tĩnh, of all ages, and the communes of today in which they lie."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from binhyen.kit.text import fold, name_key
from binhyen.language.phrases import Phrases
from binhyen.language.places.types import COMMUNE_GROUP, group_of
from binhyen.language.view import View, look

COMMUNE_KINDS = ("xa", "phuong", "thi_tran")
DISTRICT_KINDS = ("huyen", "thi_xa", "thanh_pho")
VILLAGE_KINDS = ("thon", "xom", "to_dan_pho", "khoi", "hamlet")


@dataclass(frozen=True, slots=True)
class Place:
    """A named place. `communes`: codes of today's communes (text, 5 digits); several where it was split or is large.

    `kind`: xa phuong thi_tran huyen thi_xa thanh_pho tinh · thon xom to_dan_pho khoi · hamlet (weak hint) · street
    landmark · outside. `key` is `name_key(name)`. `old`: the name is no longer official. `shares`: weight of each
    commune when a unit was split, the same order as `communes`. `trust`: below 1 for a
    name that was learnt from cases.
    """

    name: str
    kind: str
    communes: tuple[str, ...]
    key: str
    old: bool = False
    shares: tuple[float, ...] = ()
    trust: float = 1.0

    @classmethod
    def of(
        cls, name: str, kind: str, communes: Iterable[str], *, old: bool = False, shares: tuple[float, ...] = (),
        trust: float = 1.0,
    ) -> Self:  # fmt: skip
        """A place with its key filled in and, unless they are given, equal shares."""
        codes = tuple(communes)
        return cls(name, kind, codes, name_key(name), old, shares or tuple(1 / len(codes) for _ in codes), trust)

    def weights(self) -> dict[str, float]:
        """Share of the place in each commune; sums to 1 where it lies in the province."""
        shares = self.shares or tuple(1 / len(self.communes) for _ in self.communes)
        return dict(zip(self.communes, shares, strict=True))


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune of today."""

    code: str
    full_name: str
    neighbours: frozenset[str]


@dataclass(frozen=True)
class Gazetteer:
    """Finds places by name, with or without marks. Immutable; `with_places` gives a larger one."""

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
        """The names that come with the program; read once, then shared."""
        return _default()

    def with_places(self, extra: Iterable[Place]) -> "Gazetteer":
        """A gazetteer that also knows `extra` (villages, landmarks)."""
        return Gazetteer((*self.places, *extra), self.communes)

    def find(self, view: View, index: int) -> tuple[int, list[Place]] | None:
        """The longest known name that begins at word `index`, and all places of that name. Marks must not conflict."""
        return self._phrases.find_all(view, index, loose=True)

    def starts(self, word: str) -> bool:
        """Some name begins with the folded `word`."""
        return self._phrases.starts(word)

    def named(self, name: str) -> tuple[Place, ...]:
        """Every place of exactly this name; a name without marks finds all that fold to it."""
        view = look(name)
        if not view.words:
            return ()
        found = self.find(view, 0)
        return tuple(found[1]) if found and found[0] == len(view.words) else ()

    def is_unit(self, name: str) -> bool:
        """`name` is a commune, district or province, not a spot inside one."""
        return any(group_of(place.kind) in ("commune", "district", "province", "outside") for place in self.named(name))

    def commune_of_group(self, name: str) -> str | None:
        """The commune that the name of a chat group tells («Bình yên Ích Hậu», «xa-thach-dai»), where only one fits."""
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
        """«Xã Đông Kinh» for a code of today; the code itself where it is unknown."""
        commune = self.communes.get(code)
        return commune.full_name if commune else code

    def adjoining(self, one: str, other: str) -> bool:
        """Two communes are the same or neighbours."""
        commune = self.communes.get(one)
        return one == other or (commune is not None and other in commune.neighbours)


@lru_cache(maxsize=1)
def _default() -> Gazetteer:
    from binhyen.language.places.load import communes_of_today, names_of_all_ages

    communes = communes_of_today()
    return Gazetteer(tuple(names_of_all_ages(communes)), communes)


def folded_name(place: Place) -> str:
    """Search form of a place's name."""
    return fold(place.name)
