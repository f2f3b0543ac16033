"""Features of a lost or found post about its item: more than a report's profile, and extracted more permissively.

Posts are known to concern an item, so colours, kinds and makes count wherever they occur; words that are ambiguous
without diacritics («cho», «tui», «be») count if the words around them agree.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from binhyen.kit.text import fold_text
from binhyen.language.aligned_text import AlignedText, align
from binhyen.language.distinctive_ids import is_distinctive
from binhyen.language.entities import extract_entities
from binhyen.language.entities.gazetteers import load_makers
from binhyen.language.lostfound.attributes import ANIMALS, Attributes, extract_attributes, find_synonyms
from binhyen.language.lostfound.event_dates import StatedDays, parse_stated_days
from binhyen.language.lostfound.explicit_items import (
    find_explicit_items,
    find_words_after_items,
    is_cho_for_give,
    load_item_groups,
)
from binhyen.language.lostfound.names import AbbreviatedName, find_abbreviated_names, reliable_names
from binhyen.language.phrase_trie import word_set
from binhyen.language.places import Gazetteer
from binhyen.language.reading import Entity
from binhyen.language.report_profile import (
    HUES,
    MAX_WORDS,
    count_grams,
    find_brands,
    find_communes,
    list_people,
    strip_place_type,
)

_BLUES: Final[Mapping[str, str]] = {
    **dict.fromkeys(word_set("la luc com chuoi ma non reu lieu ket"), "green"),
    **dict.fromkeys(word_set("duong bien troi lam lo blue coban nuoc"), "blue"),
    **dict.fromkeys(word_set("than den dam navy tham sam"), "dark"),
}
_PLAIN_HUES: Final = word_set("đỏ tím trắng đen nâu xám xanh hồng")
_BARE_HUES: Final = word_set("den trang vang nau xanh xam hong tim")
_NOT_AFTER_COLOR: Final = word_set("giup thay lai ho mai khap kiem duoc noi nha ta bac ma hieu tri tay linh cong")
_BY_BRAND: Final = word_set("phone laptop tablet watch")
_WITH_BRAND: Final = word_set("calculator earphones powerbank cable phone laptop tablet watch key sim box")
_DIGITS: Final = re.compile(r"(?<![\d.,])\d(?:[\d.]{1,12})\d(?![\d])")
_NUMBER_END: Final = re.compile(r"\b(?:duoi|cuoi|so cuoi|cuoi la|cuoi bien|cuoi bien la)[ :.]{1,6}(\d[\d.]{1,6}\d)")
_ACCESSORIES: Final = word_set("day vong quai moc chu tem dan khuy vien chuong no cuc")
_MAX_LETTERS: Final = 4000  # letters
_REWARDS: Final = word_set("ta thuong chuoc boi bieu on")


@dataclass(frozen=True, slots=True)
class PostFeatures:
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
    hidden: frozenset[AbbreviatedName]
    places: frozenset[str]
    communes: tuple[str, ...]
    sums: frozenset[int]
    digits: frozenset[str]
    tails: frozenset[str]
    aspects: Attributes
    days: StatedDays
    text: str
    grams: Mapping[str, float]


def extract_post_features(text: str, gazetteer: Gazetteer, near: str | None = None) -> PostFeatures:
    """Extract the features of `text`.

    `near`: commune of the group it was written in, used to break ties between places.
    """
    entities, view = extract_entities(text, gazetteer), align(text)
    brands, makers_, kinds = _find_brands(entities, view)
    items = _find_items(entities, view, kinds)
    color_entities = [entity for entity in entities if entity.type == "COLOR"]
    accents = [
        fold_text(entity.text) for entity in color_entities if _is_accessory_color(view, _word_index_of(view, entity))
    ]
    hues = [
        fold_text(entity.text)
        for entity in color_entities
        if not _is_accessory_color(view, _word_index_of(view, entity))
    ] + _find_colors(view, entities)
    attributes = extract_attributes(view, items)
    if shades := frozenset(shade for hue in hues for shade in _find_shades(hue)):
        attributes["shade"] = shades
    people = list_people(entities)
    return PostFeatures(
        items=items,
        colors=_basic_colors(hues),
        accents=_basic_colors(accents),
        brands=brands,
        makers=makers_,
        keys=frozenset(f"{entity.type}:{entity.norm}" for entity in entities if is_distinctive(entity)),
        people=people,
        full_names=frozenset(name for name in people if " " in name),
        names=reliable_names(entities, is_unaccented=view.is_unaccented),
        hidden=find_abbreviated_names(text[:_MAX_LETTERS]),
        places=frozenset(strip_place_type(entity.text, gazetteer) for entity in entities if entity.type == "PLACE"),
        communes=find_communes(entities, gazetteer, near),
        sums=frozenset(
            entity.norm
            for entity in entities
            if isinstance(entity.norm, int) and entity.type == "MONEY" and not _is_reward(view, entity)
        ),
        digits=frozenset(number.replace(".", "") for number in _DIGITS.findall(view.plain[:_MAX_LETTERS]))
        if view.has_digits
        else frozenset(),
        tails=frozenset(number.replace(".", "") for number in _NUMBER_END.findall(view.plain[:_MAX_LETTERS]))
        if view.has_digits
        else frozenset(),
        aspects=attributes,
        days=parse_stated_days(view),
        text=f" {' '.join(view.words[:MAX_WORDS])} ",
        grams=count_grams(view.words[:MAX_WORDS]) | {f"~{synonym}": 1.0 for synonym in find_synonyms(view)},
    )


def _find_items(entities: Sequence[Entity], view: AlignedText, by_brand: frozenset[str]) -> frozenset[str]:
    """Return the kinds of items; a make implies one if the text names none («con Oppo»)."""
    item_entities = [entity for entity in entities if entity.type == "ITEM" and not _is_cho_for_give(view, entity)]
    items = find_explicit_items(view) | {
        str(entity.norm) for entity in item_entities if entity.norm in load_item_groups()
    }
    if not items.isdisjoint(ANIMALS) and any(fold_text(entity.text) == "vang" for entity in item_entities):
        items.discard("jewels")  # «bò cái vàng»
    if "toy" in items:
        items -= ANIMALS  # «thỏ bông»
    if not items:
        return by_brand
    return frozenset(items | (by_brand & _BY_BRAND) if items.isdisjoint(_WITH_BRAND) else items)


def _word_index_of(view: AlignedText, entity: Entity) -> int:
    """Return the index of the word at which the entity begins; within a word, of the next one."""
    return bisect_left(view.starts, entity.start, key=lambda start: view.to_original_span(start, start + 1)[0])


def _is_reward(view: AlignedText, entity: Entity) -> bool:
    """Return True for a reward: «hậu tạ 500k» is not the content of a wallet."""
    index = _word_index_of(view, entity)
    return not _REWARDS.isdisjoint(view.words[max(0, index - 3) : index])


def _is_cho_for_give(view: AlignedText, entity: Entity) -> bool:
    return (
        view.is_unaccented and fold_text(entity.text) == "cho" and is_cho_for_give(view, _word_index_of(view, entity))
    )


def _find_brands(
    entities: Sequence[Entity], view: AlignedText
) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return brand words, makers and kinds as for a report, plus makes that were read as something else."""
    words, maker_names, kinds = map(set, find_brands(entities))
    for name in view.words[:MAX_WORDS]:
        if (len(name) > 3 or name == "ip") and name in load_makers() and load_makers()[name][0] in _BY_BRAND:
            kinds.add(load_makers()[name][0])
            maker_names.add(load_makers()[name][1])
            words.add(name)
    return frozenset(words), frozenset(maker_names), frozenset(kinds)


def _find_colors(view: AlignedText, entities: Sequence[Entity]) -> list[str]:
    """Return accented colours outside names, even if grammar links them to no item."""
    if view.is_unaccented:
        return [view.words[index] for index in find_words_after_items(view) if _is_unaccented_color(view, index)]
    taken = [(entity.start, entity.end) for entity in entities if entity.type in ("PLACE", "COLOR", "BRAND")]
    colors: list[str] = []
    for index, mark in enumerate(view.marks[:MAX_WORDS]):
        if mark in _PLAIN_HUES and not view.is_capitalized(index):
            start = view.to_original_span(view.starts[index], view.ends[index])[0]
            if not any(first <= start < last for first, last in taken) and not _is_accessory_color(view, index):
                colors.append(view.words[index])
    return colors


def _basic_colors(hues: Sequence[str]) -> frozenset[str]:
    return frozenset(HUES[word] for hue in hues for word in hue.split() if word in HUES)


def _is_accessory_color(view: AlignedText, index: int) -> bool:
    """Return True for the colour of a string, strap or charm: «trâu … mũi đeo dây đỏ»."""
    preceding_words = view.words[max(0, index - 2) : index]
    return not _ACCESSORIES.isdisjoint(
        preceding_words[:-1] if preceding_words[-1:] == ["mau"] else preceding_words[-1:] or preceding_words
    )


def _is_unaccented_color(view: AlignedText, index: int) -> bool:
    """Return True if a colour follows the name of an item and starts no other expression: «vi tim giup»."""
    next_word = view.words[index + 1] if index + 1 < len(view.words) else ""
    if view.words[index] == "den" and next_word and view.is_capitalized(index + 1):
        return False  # «o den Ba Hai»
    return view.words[index] in _BARE_HUES and next_word not in _NOT_AFTER_COLOR


def _find_shades(hue: str) -> set[str]:
    """Return shades of blue and green: «xanh lá», «xanh dương», «xanh than»; «xanh» alone may be any."""
    words = hue.split()
    if "xanh" not in words:
        return set()
    return {shade for word in words if (shade := _BLUES.get(word))}
