"""Features that make two messages concern the same thing: type of item, colour, brand, exact numbers, place, words."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from binhyen.kit.text import fold
from binhyen.language.aligned_text import View, look
from binhyen.language.entities import extract
from binhyen.language.entities.gazetteers import makers, topics
from binhyen.language.entities.items import things
from binhyen.language.entities.place_cues import ADMIN, TYPES
from binhyen.language.phrase_trie import bag
from binhyen.language.places import Gazetteer, resolve
from binhyen.language.reading import Entity

KEY_TYPES: Final = frozenset(("PLATE", "ID_NUMBER", "PHONE", "BANK_ACCOUNT", "URL"))
HUES: Final[Mapping[str, str]] = {
    **{hue: hue for hue in bag("xanh do tim vang trang den nau xam hong cam bac kem ran")},
    "ghi": "xam",
    "be": "kem",
    "gold": "vang",
    "tro": "xam",
    "than": "xanh",
    "dat": "nau",
}
# Stop words: they occur in every report of the kind and do not distinguish one report from another.
_STOP: Final = bag("""
    o tai va la co bi em anh chi toi minh cho cua voi nay do ad oi a nhe nha thi ma duoc dc ai cac moi nguoi xin
    nho giup cam on gap lai lien he sdt mat roi danh nhat luom tim tra ben trong ra vao mot 1 hom qua sang chieu
    luc dang khong ko
    """)
MAX_WORDS: Final = 400


@dataclass(frozen=True, slots=True)
class Profile:
    """Comparable features of one message. `grams`: weight of each word and word pair, before idf."""

    items: frozenset[str]
    colors: frozenset[str]
    brands: frozenset[str]
    makers: frozenset[str]
    keys: frozenset[str]
    people: frozenset[str]
    places: frozenset[str]
    communes: tuple[str, ...]
    topics: frozenset[str]
    ages: frozenset[int]
    sums: frozenset[int]
    grams: Mapping[str, float]


def profile(
    text: str, gazetteer: Gazetteer, near: str | None = None, entities: Sequence[Entity] | None = None
) -> Profile:
    """Extract the features of `text`.

    `near`: commune of the group it was written in, used to break ties between places.
    """
    found = extract(text, gazetteer) if entities is None else entities
    view = look(text)
    brands, makers_, kinds = brands_of(found)
    items = frozenset(things(view)) | {str(e.norm) for e in found if e.type == "ITEM"}
    return Profile(
        items=items or kinds,
        colors=frozenset(HUES[w] for e in found if e.type == "COLOR" for w in fold(e.text).split() if w in HUES),
        brands=brands,
        makers=makers_,
        keys=frozenset(f"{e.type}:{e.norm}" for e in found if e.type in KEY_TYPES),
        people=people_of(found),
        places=frozenset(spot(e.text, gazetteer) for e in found if e.type == "PLACE"),
        communes=communes_of(found, gazetteer, near),
        topics=frozenset(_topics(view)),
        ages=frozenset(int(e.norm) for e in found if e.type == "AGE" and isinstance(e.norm, int)),
        sums=frozenset(int(e.norm) for e in found if e.type == "MONEY" and isinstance(e.norm, int)),
        grams=grams_of(view.words[:MAX_WORDS]),
    )


def communes_of(found: Sequence[Entity], gazetteer: Gazetteer, near: str | None) -> tuple[str, ...]:
    """Return codes of the communes that the named places may lie in; a hamlet with a common name is only a hint."""
    placed = resolve(found, gazetteer, near)
    hint_only = placed.place is not None and placed.place.kind == "hamlet"
    return (placed.commune,) if placed.commune else () if hint_only else placed.candidates[:5]


def people_of(found: Sequence[Entity]) -> frozenset[str]:
    """Return folded names of people, each as a whole and its last word (the given name)."""
    names = (fold(e.text) for e in found if e.type == "PERSON")
    return frozenset(part for name in names for part in (name, name.split()[-1]))


def brands_of(found: Sequence[Entity]) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return words of brands and models, their makers («vision» is a Honda), and the types of item that they imply."""
    words: set[str] = set()
    by: set[str] = set()
    kinds: set[str] = set()
    for entity in found:
        if entity.type != "BRAND":
            continue
        parts = fold(entity.text).replace("-", "").split()
        for name in (*parts, "".join(parts[:2])):
            if name in makers():
                kind, maker = makers()[name]
                kinds.add(kind)
                by.add(maker)
                words.add(name)
        words.update(part for part in parts if len(part) > 1 and part not in ("sam", "sung"))
    known = {maker for _, maker in makers().values()}
    return frozenset(words), frozenset(by | (words & known)), frozenset(kinds)


def spot(text: str, gazetteer: Gazetteer) -> str:
    """Return the name of a place without its type word: «thôn Yên Bình» and «yen binh» are the same place.

    «thôn 5» and «ngã ba Kỳ Đồng» stay whole: without the type word they would be empty, or a commune.
    """
    view = look(text)
    typed = TYPES.find(view, 0) if view.words else None
    if typed is None or typed[0] == len(view.words) or view.words[typed[0]][0].isdecimal():
        return " ".join(view.words)
    name = " ".join(view.words[typed[0] :])
    return " ".join(view.words) if typed[1] != ADMIN and gazetteer.is_unit(name) else name


def _topics(view: View) -> set[str]:
    found: set[str] = set()
    table = topics()
    for index in range(min(len(view.words), MAX_WORDS)):
        hit = table.find(view, index)
        if hit and not (view.bare and hit[1][1]):
            found.add(hit[1][0])
    return found


def grams_of(words: Sequence[str]) -> dict[str, float]:
    counts: Counter[str] = Counter(word for word in words if word not in _STOP)
    counts.update(f"{one} {two}" for one, two in pairwise(words) if not (one in _STOP and two in _STOP))
    return {gram: 1.0 + math.log(count) for gram, count in counts.items()}


class Rarity:
    """Document frequency of each word and word pair; updated incrementally as messages are added and removed."""

    def __init__(self) -> None:
        self._holding: Counter[str] = Counter()
        self._messages = 0

    def add(self, grams: Iterable[str]) -> None:
        """Count one more message."""
        self._messages += 1
        self._holding.update(grams)

    def remove(self, grams: Iterable[str]) -> None:
        """Remove one message from the counts."""
        self._messages -= 1
        for gram in grams:
            self._holding[gram] -= 1
            if self._holding[gram] <= 0:
                del self._holding[gram]

    def of(self, gram: str) -> float:
        """Return the smoothed inverse document frequency, at least 1."""
        return math.log((1 + self._messages) / (1 + self._holding[gram])) + 1.0 if self._messages else 1.0

    def most(self) -> float:
        """Return the idf range, from a word of no message to a word of all; 0 with nothing to compare."""
        return math.log(1 + self._messages) if self._messages > 1 else 0.0

    def length(self, grams: Mapping[str, float]) -> float:
        """Return the Euclidean length of a weighted message."""
        return math.sqrt(sum((weight * self.of(gram)) ** 2 for gram, weight in grams.items())) or 1.0
