"""Features that make two messages concern the same thing: type of item, colour, brand, exact numbers, place, words."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from binhyen.kit.text import fold_text
from binhyen.language.aligned_text import AlignedText, align
from binhyen.language.entities import extract_entities
from binhyen.language.entities.gazetteers import load_makers, load_topics
from binhyen.language.entities.items import find_item_groups
from binhyen.language.entities.place_cues import ADMIN, TYPES
from binhyen.language.phrase_trie import word_set
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.resolve import resolve_place
from binhyen.language.reading import Entity

KEY_TYPES: Final = frozenset(("PLATE", "ID_NUMBER", "PHONE", "BANK_ACCOUNT", "URL"))
HUES: Final[Mapping[str, str]] = {
    **{hue: hue for hue in word_set("xanh do tim vang trang den nau xam hong cam bac kem ran")},
    "ghi": "xam",
    "be": "kem",
    "gold": "vang",
    "tro": "xam",
    "than": "xanh",
    "dat": "nau",
}
# Stop words: they occur in every report of the kind and do not distinguish one report from another.
_STOP: Final = word_set("""
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


def extract_profile(
    text: str, gazetteer: Gazetteer, near: str | None = None, entities: Sequence[Entity] | None = None
) -> Profile:
    """Extract the features of `text`.

    `near`: commune of the group it was written in, used to break ties between places.
    """
    mentions = extract_entities(text, gazetteer) if entities is None else entities
    view = align(text)
    brands, makers_, kinds = find_brands(mentions)
    items = frozenset(find_item_groups(view)) | {str(entity.norm) for entity in mentions if entity.type == "ITEM"}
    return Profile(
        items=items or kinds,
        colors=frozenset(
            HUES[word]
            for entity in mentions
            if entity.type == "COLOR"
            for word in fold_text(entity.text).split()
            if word in HUES
        ),
        brands=brands,
        makers=makers_,
        keys=frozenset(f"{entity.type}:{entity.norm}" for entity in mentions if entity.type in KEY_TYPES),
        people=list_people(mentions),
        places=frozenset(strip_place_type(entity.text, gazetteer) for entity in mentions if entity.type == "PLACE"),
        communes=find_communes(mentions, gazetteer, near),
        topics=frozenset(_find_topics(view)),
        ages=frozenset(
            int(entity.norm) for entity in mentions if entity.type == "AGE" and isinstance(entity.norm, int)
        ),
        sums=frozenset(
            int(entity.norm) for entity in mentions if entity.type == "MONEY" and isinstance(entity.norm, int)
        ),
        grams=count_grams(view.words[:MAX_WORDS]),
    )


def find_communes(mentions: Sequence[Entity], gazetteer: Gazetteer, near: str | None) -> tuple[str, ...]:
    """Return codes of the communes that the named places may lie in; a hamlet with a common name is only a hint."""
    resolved = resolve_place(mentions, gazetteer, near)
    hint_only = resolved.place is not None and resolved.place.kind == "hamlet"
    return (resolved.commune,) if resolved.commune else () if hint_only else resolved.candidates[:5]


def list_people(mentions: Sequence[Entity]) -> frozenset[str]:
    """Return folded names of people, each as a whole and its last word (the given name)."""
    names = (fold_text(entity.text) for entity in mentions if entity.type == "PERSON")
    return frozenset(part for name in names for part in (name, name.split()[-1]))


def find_brands(mentions: Sequence[Entity]) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return words of brands and models, their makers («vision» is a Honda), and the types of item that they imply."""
    words: set[str] = set()
    maker_names: set[str] = set()
    kinds: set[str] = set()
    for entity in mentions:
        if entity.type != "BRAND":
            continue
        parts = fold_text(entity.text).replace("-", "").split()
        for name in (*parts, "".join(parts[:2])):
            if name in load_makers():
                kind, maker = load_makers()[name]
                kinds.add(kind)
                maker_names.add(maker)
                words.add(name)
        words.update(part for part in parts if len(part) > 1 and part not in ("sam", "sung"))
    maker_set = {maker for _, maker in load_makers().values()}
    return frozenset(words), frozenset(maker_names | (words & maker_set)), frozenset(kinds)


def strip_place_type(text: str, gazetteer: Gazetteer) -> str:
    """Return the name of a place without its type word: «thôn Yên Bình» and «yen binh» are the same place.

    «thôn 5» and «ngã ba Kỳ Đồng» stay whole: without the type word they would be empty, or a commune.
    """
    view = align(text)
    typed = TYPES.find(view, 0) if view.words else None
    if typed is None or typed[0] == len(view.words) or view.words[typed[0]][0].isdecimal():
        return " ".join(view.words)
    name = " ".join(view.words[typed[0] :])
    return " ".join(view.words) if typed[1] != ADMIN and gazetteer.is_unit(name) else name


def _find_topics(view: AlignedText) -> set[str]:
    topic_names: set[str] = set()
    table = load_topics()
    for index in range(min(len(view.words), MAX_WORDS)):
        hit = table.find(view, index)
        if hit and not (view.is_unaccented and hit[1][1]):
            topic_names.add(hit[1][0])
    return topic_names


def count_grams(words: Sequence[str]) -> dict[str, float]:
    counts: Counter[str] = Counter(word for word in words if word not in _STOP)
    counts.update(f"{left} {right}" for left, right in pairwise(words) if not (left in _STOP and right in _STOP))
    return {gram: 1.0 + math.log(count) for gram, count in counts.items()}


class DocumentFrequency:
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

    def idf_range(self) -> float:
        """Return the idf range, from a word of no message to a word of all; 0 with nothing to compare."""
        return math.log(1 + self._messages) if self._messages > 1 else 0.0

    def length(self, grams: Mapping[str, float]) -> float:
        """Return the Euclidean length of a weighted message."""
        return math.sqrt(sum((weight * self.of(gram)) ** 2 for gram, weight in grams.items())) or 1.0
