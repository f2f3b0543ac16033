"""What makes two messages be about the same thing: kind of thing, colour, brand, exact numbers, place, words."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from binhyen.kit.text import fold
from binhyen.language.aspects import ANIMALS, Aspects, aspects, same_words
from binhyen.language.days import Said, said
from binhyen.language.entities import extract
from binhyen.language.entities.placewords import ADMIN, TYPES
from binhyen.language.entities.tables import makers, topics
from binhyen.language.names import Hidden, hidden, marked
from binhyen.language.outright import behind_things, gives, groups, things
from binhyen.language.phrases import bag
from binhyen.language.places import Gazetteer, resolve
from binhyen.language.reading import Entity
from binhyen.language.view import View, look

_KEY_TYPES: Final = frozenset(("PLATE", "ID_NUMBER", "PHONE", "BANK_ACCOUNT", "URL"))
_HUES: Final[Mapping[str, str]] = {
    **{hue: hue for hue in bag("xanh do tim vang trang den nau xam hong cam bac kem ran")},
    "ghi": "xam",
    "be": "kem",
    "gold": "vang",
    "tro": "xam",
    "than": "xanh",
    "dat": "nau",
}
# Words of every report of the kind; they say nothing about which one.
_STOP: Final = bag("""
    o tai va la co bi em anh chi toi minh cho cua voi nay do ad oi a nhe nha thi ma duoc dc ai cac moi nguoi xin
    nho giup cam on gap lai lien he sdt mat roi danh nhat luom tim tra ben trong ra vao mot 1 hom qua sang chieu
    luc dang khong ko
    """)
_MAX_WORDS: Final = 400
_BLUES: Final[Mapping[str, str]] = {
    **dict.fromkeys(bag("la luc com chuoi ma non reu lieu ket"), "green"),
    **dict.fromkeys(bag("duong bien troi lam lo blue coban nuoc"), "blue"),
    **dict.fromkeys(bag("than den dam navy tham sam"), "dark"),
}
_DIGITS: Final = re.compile(r"(?<![\d.,])\d(?:[\d.]{1,12})\d(?![\d])")
_TAIL: Final = re.compile(r"\b(?:duoi|cuoi|so cuoi|cuoi la|cuoi bien|cuoi bien la)[ :.]{1,6}(\d[\d.]{1,6}\d)")
_DOTS: Final = re.compile(r"\.")
_REWARDS: Final = bag("ta thuong chuoc boi bieu on")
_PLAIN_HUES: Final = bag("đỏ tím trắng đen nâu xám xanh hồng")
_BARE_HUES: Final = bag("den trang vang nau xanh xam hong tim")
_NO_HUE_BEFORE: Final = bag("giup thay lai ho mai khap kiem duoc noi nha ta bac ma hieu tri tay linh cong")
_BY_BRAND: Final = bag("phone laptop tablet watch")
_WITH_BRAND: Final = bag("calculator earphones powerbank cable phone laptop tablet watch key sim box")


@dataclass(frozen=True, slots=True)
class Profile:
    """Comparable features of one message. `grams`: weight of each word and word pair, before rarity.

    `main`: the thing named first, or "". `names`: with marks. `told`: the folded words, a blank before, between and after.
    """

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
    main: str
    names: frozenset[str]
    hidden: frozenset[Hidden]
    aspects: Aspects
    days: Said
    told: str
    digits: frozenset[str]
    tails: frozenset[str]


def profile(
    text: str, gazetteer: Gazetteer, near: str | None = None, entities: Sequence[Entity] | None = None
) -> Profile:
    """Features of `text`. `near`: commune of the group it was written in, used to break ties between places."""
    found = extract(text, gazetteer) if entities is None else entities
    view = look(text)
    placed = resolve(found, gazetteer, near)
    hint_only = placed.place is not None and placed.place.kind == "hamlet"
    communes = (placed.commune,) if placed.commune else () if hint_only else placed.candidates[:5]
    brands, makers_, kinds = _brands(found, view)
    named = [str(e.norm) for e in found if e.type == "ITEM" and e.norm in groups() and not _given(view, e)]
    items = frozenset(things(view)) | frozenset(named)
    items = items | (kinds if not items else kinds & _BY_BRAND if items.isdisjoint(_WITH_BRAND) else frozenset())
    if not items.isdisjoint(ANIMALS) and "vang" in {fold(e.text) for e in found if e.type == "ITEM"}:
        items -= {"jewels"}  # «bò cái vàng»
    if "toy" in items:
        items -= ANIMALS  # «thỏ bông»
    hues = [fold(e.text) for e in found if e.type == "COLOR"] + _hues(view, found)
    told = aspects(view, items)
    if shades := {shade for hue in hues for shade in _shades(hue)}:
        told["shade"] = frozenset(shades)
    return Profile(
        items=items,
        colors=frozenset(_HUES[w] for hue in hues for w in hue.split() if w in _HUES),
        brands=brands,
        makers=makers_,
        keys=frozenset(f"{e.type}:{e.norm}" for e in found if e.type in _KEY_TYPES),
        people=frozenset(
            name for e in found if e.type == "PERSON" for name in (fold(e.text), fold(e.text).split()[-1])
        ),
        places=frozenset(_spot(e.text, gazetteer) for e in found if e.type == "PLACE"),
        communes=communes,
        topics=frozenset(_topics(view)),
        ages=frozenset(int(e.norm) for e in found if e.type == "AGE" and isinstance(e.norm, int)),
        sums=frozenset(int(e.norm) for e in found if e.type == "MONEY" and isinstance(e.norm, int) and not _reward(view, e)),
        grams=_grams(view.words[:_MAX_WORDS]) | {f"~{what}": 1.0 for what in same_words(view)},
        main=next((item for item in named if item in items), ""),
        names=marked(found, bare=view.bare),
        hidden=hidden(text),
        aspects=told,
        days=said(view),
        digits=frozenset(_DOTS.sub("", found[0]) for found in _DIGITS.finditer(view.plain)) if view.digits else frozenset(),
        tails=frozenset(_DOTS.sub("", found[1]) for found in _TAIL.finditer(view.plain)) if view.digits else frozenset(),
        told=f" {' '.join(view.words[:_MAX_WORDS])} ",
    )


def _reward(view: View, entity: Entity) -> bool:
    """«hậu tạ 500k» was in no wallet."""
    index = next((k for k, start in enumerate(view.starts) if view.span(start, start + 1)[0] >= entity.start), 0)
    return not _REWARDS.isdisjoint(view.words[max(0, index - 3) : index])


def _given(view: View, entity: Entity) -> bool:
    if not view.bare or fold(entity.text) != "cho":
        return False
    index = next((k for k, start in enumerate(view.starts) if view.span(start, start + 1)[0] >= entity.start), 0)
    return gives(view, index)


def _hues(view: View, found: Sequence[Entity]) -> list[str]:
    """Colours written with their marks that stand in no name, also where they are of no thing by grammar."""
    if view.bare:
        return [view.words[index] for index in behind_things(view) if _bare_hue(view, index)]
    taken = [(e.start, e.end) for e in found if e.type in ("PLACE", "COLOR", "BRAND")]
    out: list[str] = []
    for index, mark in enumerate(view.marks[:_MAX_WORDS]):
        if mark in _PLAIN_HUES and not view.capital(index):
            start = view.span(view.starts[index], view.ends[index])[0]
            if not any(first <= start < last for first, last in taken):
                out.append(view.words[index])
    return out


def _bare_hue(view: View, index: int) -> bool:
    """Right behind the name of a thing, and not the beginning of something else: «vi tim giup»."""
    after = view.words[index + 1] if index + 1 < len(view.words) else ""
    return view.words[index] in _BARE_HUES and after not in _NO_HUE_BEFORE


def _shades(hue: str) -> set[str]:
    """«xanh lá», «xanh dương» and «xanh than» are three colours; «xanh» alone may be each."""
    words = hue.split()
    if "xanh" not in words:
        return set()
    return {shade for word in words if (shade := _BLUES.get(word))}


def _brands(found: Sequence[Entity], view: View) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Words of brands and models, their makers («vision» is a Honda), and the kinds of thing they tell."""
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
    for name in view.words[:_MAX_WORDS]:
        if (len(name) > 3 or name == "ip") and name in makers() and makers()[name][0] in _BY_BRAND:
            kinds.add(makers()[name][0])
            by.add(makers()[name][1])
            words.add(name)
    known = {maker for _, maker in makers().values()}
    return frozenset(words), frozenset(by | (words & known)), frozenset(kinds)


def _spot(text: str, gazetteer: Gazetteer) -> str:
    """The name of a place without its type word: «thôn Yên Bình» and «yen binh» are one spot.

    «thôn 5» and «ngã ba Kỳ Đồng» stay whole: without the type word they would be nothing, or a commune.
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
    for index in range(min(len(view.words), _MAX_WORDS)):
        hit = table.find(view, index)
        if hit:
            found.add(hit[1])
    return found


def _grams(words: Sequence[str]) -> dict[str, float]:
    counts: Counter[str] = Counter(word for word in words if word not in _STOP)
    counts.update(f"{one} {two}" for one, two in pairwise(words) if not (one in _STOP and two in _STOP))
    return {gram: 1.0 + math.log(count) for gram, count in counts.items()}


class Rarity:
    """How many messages hold each word or word pair; grows and shrinks with the messages."""

    def __init__(self) -> None:
        self._holding: Counter[str] = Counter()
        self._messages = 0

    def add(self, grams: Iterable[str]) -> None:
        """Count one more message."""
        self._messages += 1
        self._holding.update(grams)

    def remove(self, grams: Iterable[str]) -> None:
        """Take one message out again."""
        self._messages -= 1
        for gram in grams:
            self._holding[gram] -= 1
            if self._holding[gram] <= 0:
                del self._holding[gram]

    def of(self, gram: str) -> float:
        """Smoothed inverse document frequency, at least 1."""
        return math.log((1 + self._messages) / (1 + self._holding[gram])) + 1.0 if self._messages else 1.0

    def local(self, gram: str) -> float:
        """0 for a word of every message counted, towards 1 for one of few."""
        return (self.of(gram) - 1.0) / math.log(1 + self._messages) if self._messages > 1 else 1.0

    def length(self, grams: Mapping[str, float]) -> float:
        """Euclidean length of a weighted message."""
        return math.sqrt(sum((weight * self.of(gram)) ** 2 for gram, weight in grams.items())) or 1.0

    def dot(self, one: Mapping[str, float], other: Mapping[str, float]) -> float:
        """Inner product of two weighted messages."""
        small, large = (one, other) if len(one) <= len(other) else (other, one)
        return sum(weight * large[gram] * self.of(gram) ** 2 for gram, weight in small.items() if gram in large)

    def cosine(self, one: Mapping[str, float], other: Mapping[str, float]) -> float:
        """TF-IDF cosine of two messages, 0..1."""
        dot = self.dot(one, other)
        return dot / (self.length(one) * self.length(other)) if dot else 0.0
