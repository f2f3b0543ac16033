"""Features of a lost or found post about its item: more than a report's profile, and extracted more permissively.

Posts are known to concern an item, so colours, kinds and makes count wherever they occur; words that are ambiguous
without diacritics («cho», «tui», «be») count if the words around them agree.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from binhyen.kit.text import fold
from binhyen.language.aligned_text import View, look
from binhyen.language.distinctive_ids import tells_one
from binhyen.language.entities import extract
from binhyen.language.entities.gazetteers import makers
from binhyen.language.lostfound.attributes import ANIMALS, Aspects, aspects, same_words
from binhyen.language.lostfound.event_dates import Said, said
from binhyen.language.lostfound.explicit_items import behind_things, gives, groups, things
from binhyen.language.lostfound.names import Hidden, hidden, marked
from binhyen.language.phrase_trie import bag
from binhyen.language.places import Gazetteer
from binhyen.language.reading import Entity
from binhyen.language.report_profile import HUES, MAX_WORDS, brands_of, communes_of, grams_of, people_of, spot

_BLUES: Final[Mapping[str, str]] = {
    **dict.fromkeys(bag("la luc com chuoi ma non reu lieu ket"), "green"),
    **dict.fromkeys(bag("duong bien troi lam lo blue coban nuoc"), "blue"),
    **dict.fromkeys(bag("than den dam navy tham sam"), "dark"),
}
_PLAIN_HUES: Final = bag("đỏ tím trắng đen nâu xám xanh hồng")
_BARE_HUES: Final = bag("den trang vang nau xanh xam hong tim")
_NO_HUE_BEFORE: Final = bag("giup thay lai ho mai khap kiem duoc noi nha ta bac ma hieu tri tay linh cong")
_BY_BRAND: Final = bag("phone laptop tablet watch")
_WITH_BRAND: Final = bag("calculator earphones powerbank cable phone laptop tablet watch key sim box")
_DIGITS: Final = re.compile(r"(?<![\d.,])\d(?:[\d.]{1,12})\d(?![\d])")
_TAIL: Final = re.compile(r"\b(?:duoi|cuoi|so cuoi|cuoi la|cuoi bien|cuoi bien la)[ :.]{1,6}(\d[\d.]{1,6}\d)")
_PARTS: Final = bag("day vong quai moc chu tem dan khuy vien chuong no cuc")
_LONGEST: Final = 4000  # letters
_REWARDS: Final = bag("ta thuong chuoc boi bieu on")


@dataclass(frozen=True, slots=True)
class Particulars:
    """Comparable features of one post. `people`: folded; `names`: accented; `hidden`: abbreviated.

    `accents`: colours of accessories. `digits`: numbers in the text; `tails`: explicit ends of numbers. `padded_words`:
    the folded words, a blank before, between and after. `grams`: weight of each word, word pair and «~» set of
    synonyms, before idf.
    """

    items: frozenset[str]
    colors: frozenset[str]
    accents: frozenset[str]
    brands: frozenset[str]
    makers: frozenset[str]
    keys: frozenset[str]
    people: frozenset[str]
    full_names: frozenset[str]
    names: frozenset[str]
    hidden: frozenset[Hidden]
    places: frozenset[str]
    communes: tuple[str, ...]
    sums: frozenset[int]
    digits: frozenset[str]
    tails: frozenset[str]
    aspects: Aspects
    days: Said
    told: str
    grams: Mapping[str, float]


def particulars(text: str, gazetteer: Gazetteer, near: str | None = None) -> Particulars:
    """Extract the features of `text`.

    `near`: commune of the group it was written in, used to break ties between places.
    """
    found, view = extract(text, gazetteer), look(text)
    brands, makers_, kinds = _brands(found, view)
    items = _items(found, view, kinds)
    coloured = [e for e in found if e.type == "COLOR"]
    accents = [fold(e.text) for e in coloured if _accent(view, _index(view, e))]
    hues = [fold(e.text) for e in coloured if not _accent(view, _index(view, e))] + _hues(view, found)
    told = aspects(view, items)
    if shades := frozenset(shade for hue in hues for shade in _shades(hue)):
        told["shade"] = shades
    people = people_of(found)
    return Particulars(
        items=items,
        colors=_plain(hues),
        accents=_plain(accents),
        brands=brands,
        makers=makers_,
        keys=frozenset(f"{e.type}:{e.norm}" for e in found if tells_one(e)),
        people=people,
        full_names=frozenset(name for name in people if " " in name),
        names=marked(found, bare=view.bare),
        hidden=hidden(text[:_LONGEST]),
        places=frozenset(spot(e.text, gazetteer) for e in found if e.type == "PLACE"),
        communes=communes_of(found, gazetteer, near),
        sums=frozenset(e.norm for e in found if isinstance(e.norm, int) and e.type == "MONEY" and not _reward(view, e)),
        digits=frozenset(n.replace(".", "") for n in _DIGITS.findall(view.plain[:_LONGEST]))
        if view.digits
        else frozenset(),
        tails=frozenset(n.replace(".", "") for n in _TAIL.findall(view.plain[:_LONGEST]))
        if view.digits
        else frozenset(),
        aspects=told,
        days=said(view),
        told=f" {' '.join(view.words[:MAX_WORDS])} ",
        grams=grams_of(view.words[:MAX_WORDS]) | {f"~{what}": 1.0 for what in same_words(view)},
    )


def _items(found: Sequence[Entity], view: View, by_brand: frozenset[str]) -> frozenset[str]:
    """Return the kinds of items; a make implies one if the text names none («con Oppo»)."""
    named = [e for e in found if e.type == "ITEM" and not _given(view, e)]
    items = things(view) | {str(e.norm) for e in named if e.norm in groups()}
    if not items.isdisjoint(ANIMALS) and any(fold(e.text) == "vang" for e in named):
        items.discard("jewels")  # «bò cái vàng»
    if "toy" in items:
        items -= ANIMALS  # «thỏ bông»
    if not items:
        return by_brand
    return frozenset(items | (by_brand & _BY_BRAND) if items.isdisjoint(_WITH_BRAND) else items)


def _index(view: View, entity: Entity) -> int:
    """Return the index of the word at which the entity begins; within a word, of the next one."""
    return bisect_left(view.starts, entity.start, key=lambda start: view.span(start, start + 1)[0])


def _reward(view: View, entity: Entity) -> bool:
    """Return True for a reward: «hậu tạ 500k» is not the content of a wallet."""
    index = _index(view, entity)
    return not _REWARDS.isdisjoint(view.words[max(0, index - 3) : index])


def _given(view: View, entity: Entity) -> bool:
    return view.bare and fold(entity.text) == "cho" and gives(view, _index(view, entity))


def _brands(found: Sequence[Entity], view: View) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return brand words, makers and kinds as for a report, plus makes that were read as something else."""
    words, by, kinds = map(set, brands_of(found))
    for name in view.words[:MAX_WORDS]:
        if (len(name) > 3 or name == "ip") and name in makers() and makers()[name][0] in _BY_BRAND:
            kinds.add(makers()[name][0])
            by.add(makers()[name][1])
            words.add(name)
    return frozenset(words), frozenset(by), frozenset(kinds)


def _hues(view: View, found: Sequence[Entity]) -> list[str]:
    """Return accented colours outside names, even if grammar links them to no item."""
    if view.bare:
        return [view.words[index] for index in behind_things(view) if _bare_hue(view, index)]
    taken = [(e.start, e.end) for e in found if e.type in ("PLACE", "COLOR", "BRAND")]
    out: list[str] = []
    for index, mark in enumerate(view.marks[:MAX_WORDS]):
        if mark in _PLAIN_HUES and not view.capital(index):
            start = view.span(view.starts[index], view.ends[index])[0]
            if not any(first <= start < last for first, last in taken) and not _accent(view, index):
                out.append(view.words[index])
    return out


def _plain(hues: Sequence[str]) -> frozenset[str]:
    return frozenset(HUES[word] for hue in hues for word in hue.split() if word in HUES)


def _accent(view: View, index: int) -> bool:
    """Return True for the colour of a string, strap or charm: «trâu … mũi đeo dây đỏ»."""
    before = view.words[max(0, index - 2) : index]
    return not _PARTS.isdisjoint(before[:-1] if before[-1:] == ["mau"] else before[-1:] or before)


def _bare_hue(view: View, index: int) -> bool:
    """Return True if a colour follows the name of an item and starts no other expression: «vi tim giup»."""
    after = view.words[index + 1] if index + 1 < len(view.words) else ""
    if view.words[index] == "den" and after and view.capital(index + 1):
        return False  # «o den Ba Hai»
    return view.words[index] in _BARE_HUES and after not in _NO_HUE_BEFORE


def _shades(hue: str) -> set[str]:
    """Return shades of blue and green: «xanh lá», «xanh dương», «xanh than»; «xanh» alone may be any."""
    words = hue.split()
    if "xanh" not in words:
        return set()
    return {shade for word in words if (shade := _BLUES.get(word))}
