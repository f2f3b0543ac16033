"""Features of a lost or found post about its item: more than a report's profile, and extracted more permissively.

Posts are known to concern an item, so colours, kinds and makes count wherever they occur; words that are ambiguous
without diacritics («cho», «tui», «be») count if the words around them agree.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from binhyen.kit.text import fold_text, to_nfc
from binhyen.language.aligned_text import AlignedText, align
from binhyen.language.distinctive_ids import is_distinctive
from binhyen.language.entities import extract_entities
from binhyen.language.entities import item_cues as near
from binhyen.language.entities.gazetteers import Item, load_items, load_kinds, load_makers, read_rows_of
from binhyen.language.lostfound.attributes import ANIMALS, Attributes, extract_attributes, find_synonyms
from binhyen.language.lostfound.event_dates import StatedDays, parse_stated_days
from binhyen.language.phrase_trie import phrase_list, word_set
from binhyen.language.places.gazetteer import Gazetteer
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

# Personal names in a post: written with reliable diacritics, or abbreviated.

_INITIALS: Final = re.compile(r"\b((?:[A-ZĐ]\. ?){1,4})([A-ZĐ][^\W\d_]{1,7}\b)?")
_LOWER_INITIALS: Final = re.compile(r"(?<![\w.@/])((?:[a-zđ]\.){2,4})([^\W\d_]{2,7})\b(?![.@/]\w)")
_CUT: Final = re.compile(r"\.\.|…|\*|xxx|__")
_MAX_CODE_POINTS, _MAX_WORDS = 60, 6  # code points and words before such a sign that are read

_WORDS_AFTER_NAME_CUE: Final = word_set("tren giay to the la ghi")
_NEVER_IN_NAMES: Final = word_set("toi em ai nguoi cua va gi nay do khong ko")
_MAX_NAME_WORDS: Final = 5

AbbreviatedName = tuple[str, ...]


def reliable_names(entities: Sequence[Entity], *, is_unaccented: bool) -> frozenset[str]:
    """Return names as written if their diacritics are reliable: the text is accented, and so is a long name."""
    names = [] if is_unaccented else [to_nfc(entity.text).lower() for entity in entities if entity.type == "PERSON"]
    return frozenset(name for name in names if fold_text(name) != name or (" " not in name and len(name) > 2))


def find_abbreviated_names(text: str) -> frozenset[AbbreviatedName]:
    """Return abbreviated names: «V.T.M.Lan», «t.x.giang», «Duong Van N...»."""
    names: set[AbbreviatedName] = set()
    for match in (*_INITIALS.finditer(text), *_LOWER_INITIALS.finditer(text)):
        parts = fold_text(match[1]).replace(".", " ").split() + ([fold_text(match[2])] if match[2] else [])
        if len(parts) > 1:
            names.add(tuple(parts))
    for match in _CUT.finditer(text):
        words = _capitalized_words_before(text, match.start())
        if len(words) > 1:
            names.add(words)
    return frozenset(names)


def find_stated_names(view: AlignedText) -> frozenset[str]:
    """Return folded names after «tên» that end with the phrase: «tên trên giấy là thân xuân giang, …»."""
    names: set[str] = set()
    for index in range(len(view.words[:MAX_WORDS])):
        if view.words[index] != "ten" or not (view.is_unaccented_at(index) or view.marks[index] == "tên"):
            continue
        start = index + 1
        while start < len(view.words) and view.words[start] in _WORDS_AFTER_NAME_CUE:
            start += 1
        end = start
        while end < len(view.words) and end - start < _MAX_NAME_WORDS and view.words[end].isalpha():
            end += 1
            if view.gap_after(end - 1) != " ":
                break
        words = view.words[start:end]
        is_phrase_end = end > start and view.gap_after(end - 1) != " "
        if is_phrase_end and len(words) > 1 and _NEVER_IN_NAMES.isdisjoint(words):
            names.add(" ".join(words))
    return frozenset(names)


def _capitalized_words_before(text: str, end: int) -> AbbreviatedName:
    """Return the folded words right before `end` that begin with a capital; the last may be cut short."""
    words: list[str] = []
    for word in reversed(text[max(0, end - _MAX_CODE_POINTS) : end].split()):
        if not (word[0].isupper() and word.isalpha()) or len(words) == _MAX_WORDS:
            break
        words.insert(0, fold_text(word))
    return tuple(words)


# Kinds of items that a post names explicitly, whatever happened to them. They produce no entity span.

# Cue words before an item in a text without diacritics: counting words, classifiers, verbs of losing and finding.
_COUNTERS: Final = word_set("""
    con cai chiec 1 2 3 4 5 mot hai chum doi dan cap bo chu bay nguyen cuon quyen to tap xau cay bong cuc mon goi
    hop bich bao
    """)
_VERBS: Final = word_set("mat roi rot quen duoc dc luom lum nhat lac bat cam")
_ATTRIBUTE_WORDS: Final = word_set("""
    den do nau trang vang xanh hong tim xam muc ven da vai nho to nam nu xach deo nilon cu moi mau hieu nhua
    """)
# Words with mostly another meaning without diacritics: «cho» (give, for, market), «tui» (I), «be» (child), «dan»
# (stuck), «lan» (time).
_RARELY_ITEMS: Final = word_set("""
    cho be me o lan ga sung keo go van con ong non dan trong man chuong cau ghe nhan gio so ban bom min pha le
    ao quan tru ve dao bua cau tau ho khi bia sim sam
    """)
_TOO_COMMON: Final = near.TOO_COMMON | {"chuông"}
_WORDS_BEFORE_DOG: Final = word_set("con chu be dan giong lac cun bay bat")
_WORDS_AFTER_DOG: Final = word_set("""
    becgie bec becge beec poodle corgi husky phoc phu co cai duc con lai muc ven vang den trang dom cun nhat ta xam nau
    """)
_WORDS_AFTER_CALF: Final = word_set("vang den duc cai lai con nau do")
_NEVER_ITEMS: Final = word_set("lan me o dan le sim khi ho bia trong non con")
_ALWAYS_ITEMS: Final = word_set("vit heo")
_MAX_WORDS_BEFORE_ITEM: Final = 10  # where a misspelt item is looked for
_MAX_WORDS_OF_ITEM: Final = 3
_MAX_LETTERS_OF_NAME: Final = 40  # of items and makes; longer words are none
_MIN_LETTERS_OF_ITEM: Final = 7  # a shorter name is one letter away from too many words
_PICTURE_WORDS: Final = word_set("hinh moc in dan tem theu khac bong sticker logo")


@lru_cache(maxsize=1)
def load_item_groups() -> frozenset[str]:
    """Return all known groups of items; an item with an unknown name may belong to any."""
    return frozenset(row[1] for name in ("items.tsv", "kinds.tsv") for row in read_rows_of(name))


def find_explicit_items(view: AlignedText) -> set[str]:
    """Return the groups (data/items.tsv) of the items named."""
    named_groups: set[str] = set()
    table = load_items()
    index, words = 0, view.words
    while index < len(words):
        match = table.find(view, index)
        if match and _names_item(view, index, match[0], match[1]):
            named_groups.add(match[1].group)
        index = match[0] if match else index + 1
    kind_phrases = load_kinds(in_posts=True)
    for index in kind_phrases.places(view):
        if (kind_match := kind_phrases.find(view, index)) and not _is_picture(view, index, kind_match[1]):
            named_groups.add(kind_match[1])
    return named_groups - ANIMALS if "toy" in named_groups else named_groups


def find_misspelt_items(view: AlignedText) -> set[str]:
    """Return the groups of items near the beginning that are written with one typing error: «hcìa khóa», «mắt ktnh»."""
    names, words = _load_shortened_names(), view.words[:_MAX_WORDS_BEFORE_ITEM]
    groups: set[str] = set()
    for start in range(len(words)):
        for end in range(start + 1, min(start + _MAX_WORDS_OF_ITEM, len(words)) + 1):
            typed = " ".join(words[start:end])
            if not _MIN_LETTERS_OF_ITEM - 1 <= len(typed) <= _MAX_LETTERS_OF_NAME or words[start] == "mau":
                continue
            for form in (typed, *_drop_each_letter(typed)):
                groups.update(group for name, group in names.get(form, ()) if is_one_edit_apart(typed, name))
    return groups


@lru_cache(maxsize=1)
def _load_shortened_names() -> dict[str, list[tuple[str, str]]]:
    """Return each long item name without one of its letters → the names and their groups."""
    names: dict[str, list[tuple[str, str]]] = {}
    rows = [
        (name, row[1])
        for table in ("items.tsv", "kinds.tsv")
        for row in read_rows_of(table)
        for name in phrase_list(row[0])
    ]
    for name, group in {(fold_text(name), group) for name, group in rows}:
        if len(name) >= _MIN_LETTERS_OF_ITEM:
            for form in {name, *_drop_each_letter(name)}:
                names.setdefault(form, []).append((name, group))
    return names


def _drop_each_letter(text: str) -> list[str]:
    return [text[:place] + text[place + 1 :] for place in range(len(text))]


def is_one_edit_apart(left: str, right: str) -> bool:
    """Return True if one letter is inserted, dropped or replaced, or two neighbours are swapped."""
    if abs(len(left) - len(right)) > 1:
        return False
    start = next(
        (place for place, letters in enumerate(zip(left, right, strict=False)) if letters[0] != letters[1]), None
    )
    if start is None:
        return len(left) != len(right)
    if len(left) == len(right):
        is_swapped = left[start : start + 2] == right[start : start + 2][::-1]
        return left[start + 1 :] == right[start + 1 :] or (is_swapped and left[start + 2 :] == right[start + 2 :])
    longer, shorter = (left, right) if len(left) > len(right) else (right, left)
    return longer[start + 1 :] == shorter[start:]


def find_words_after_items(view: AlignedText) -> list[int]:
    """Return the indexes of the words right after the names of items and kinds."""
    ends: set[int] = set()
    for table in (load_items(), load_kinds(in_posts=True)):
        for index in table.places(view):
            match = table.find(view, index)
            if not match or match[0] >= len(view.words) or view.gap_after(match[0] - 1) != " ":
                continue
            if not isinstance(match[1], Item) or _names_item(view, index, match[0], match[1]):
                ends.add(match[0])
    return sorted(ends)


def is_cho_for_give(view: AlignedText, index: int) -> bool:
    """Return True for «ai nhat duoc cho anh xin»: without diacritics «cho» is a dog only if the context says so."""
    return view.is_unaccented and view.words[index] == "cho" and not _is_dog(view, index)


def _names_item(view: AlignedText, index: int, end: int, item: Item) -> bool:
    """Return True if the word names an item by itself: not «gọi điện thoại»; short words only with diacritics."""
    if item.group == "phone" and index and view.words[index - 1] in near.BY_PHONE:
        return False
    if set(view.words[max(0, index - 2) : index]) & near.NEGATIONS or _is_picture(view, index, item.group):
        return False  # «ví không có giấy tờ», «móc hình con voi»
    if "m" in item.flags and (view.is_unaccented_at(index) or item.word in _TOO_COMMON):
        return False
    return not view.is_unaccented or _is_item_unaccented(view, index, end, item)


def _is_item_unaccented(view: AlignedText, index: int, end: int, item: Item) -> bool:
    """Return True if an unaccented name is an item: a long name, or a short one with a number, verb or attribute."""
    words = view.words
    first, last = words[index], words[end - 1]
    if first == "con" and end - index == 2:
        index, first = index + 1, last  # «con cho», «con be»
    elif end - index > 1:
        return " ".join(words[index:end]) not in near.NEVER_BARE
    next_word = words[end] if end < len(words) else ""
    if first == "cho":
        return _is_dog(view, index)
    if first == "be":
        return next_word in _WORDS_AFTER_CALF
    if first in _NEVER_ITEMS or first in _ALWAYS_ITEMS:
        return first in _ALWAYS_ITEMS
    short = "k" in item.flags or len(first) <= 3 or first in near.DOUBTFUL_BARE
    if not short:
        return True
    previous_word = words[index - 1] if index else ""
    if first in _RARELY_ITEMS:
        return previous_word in _COUNTERS or (previous_word in _VERBS and next_word in _ATTRIBUTE_WORDS)
    return previous_word in _COUNTERS or previous_word in _VERBS or next_word in _ATTRIBUTE_WORDS


def _is_dog(view: AlignedText, index: int) -> bool:
    previous_word = view.words[index - 1] if index else ""
    next_word = view.words[index + 1] if index + 1 < len(view.words) else ""
    return previous_word in _WORDS_BEFORE_DOG or next_word in _WORDS_AFTER_DOG


def _is_picture(view: AlignedText, index: int, group: str) -> bool:
    """Return True for a picture of an animal on the item: «dán hình con thỏ», «móc con vịt»."""
    return group in ANIMALS and not _PICTURE_WORDS.isdisjoint(view.words[max(0, index - 2) : index])


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
_LONG_NUMBER: Final = re.compile(r"(?<![\d.,])(?:\d{4}[ -]){3}\d{4}(?!\d)|(?<![\d.,])\d{13,19}(?!\d)")  # IMEI, card
_SERIAL: Final = re.compile(
    r"\b(?:imei|seri|serial|so may|so khung|so the)(?: so| la)?[ :.]{1,3}([\do](?:[ .-]?[\do]){7,19})\b"
)
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
        keys=frozenset(f"{entity.type}:{entity.norm}" for entity in entities if is_distinctive(entity))
        | _find_serials(view),
        people=people,
        full_names=frozenset(name for name in people if " " in name) | find_stated_names(view),
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


def _find_serials(view: AlignedText) -> frozenset[str]:
    """Return keys of IMEI, card and serial numbers, without blanks and with 0 for O."""
    if not view.has_digits:
        return frozenset()
    plain = view.plain[:_MAX_LETTERS]
    numbers = (*_LONG_NUMBER.findall(plain), *_SERIAL.findall(plain))
    return frozenset("SERIAL:" + re.sub(r"\D", "", number.replace("o", "0")) for number in numbers)


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
    items |= find_misspelt_items(view)
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
    short_words = (word for word in view.words[:MAX_WORDS] if len(word) <= _MAX_LETTERS_OF_NAME)
    for name in filter(None, map(_find_make, short_words)):
        kind, maker = load_makers()[name]
        kinds.add(kind)
        maker_names.add(maker)
        words.add(name)
    return frozenset(words), frozenset(maker_names), frozenset(kinds)


@lru_cache(maxsize=16_384)
def _find_make(word: str) -> str:
    """Return the brand or model of a phone, tablet, computer or watch, also with one typing error, or ""."""
    if len(word) < 4 and word != "ip":
        return ""
    if word in load_makers():
        return word if load_makers()[word][0] in _BY_BRAND else ""
    return next((name for name in _list_long_makes() if is_one_edit_apart(word, name)), "")


@lru_cache(maxsize=1)
def _list_long_makes() -> list[str]:
    return [name for name, (kind, _maker) in load_makers().items() if kind in _BY_BRAND and len(name) > 5]


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
