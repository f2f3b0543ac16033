"""Attributes that distinguish an item from others of its kind: sex, breed, horns, quantity, size, inscription.

The words are in data/aspects.tsv; the weight of each attribute is in attribute_score.py.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from binhyen.kit.text import fold_text
from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities.gazetteers import read_rows_of
from binhyen.language.phrase_trie import PhraseTrie, phrase_list, word_set

Attributes = Mapping[str, frozenset[str]]

ANIMALS: Final = word_set("dog cat cow calf buffalo goat pig horse rabbit deer chicken duck bird animal")
_CATTLE: Final = word_set("cow calf buffalo goat deer")
_PAPERS: Final = word_set(
    "idcard licence bankcard healthcard studentcard passport papers registration wallet healthbook"
)
_JEWELS: Final = word_set("ring necklace bracelet earring jewels")
# Kinds of items that an attribute applies to; attributes not listed apply to any.
_ATTRIBUTE_KINDS: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(word_set("sex coat collar tail ear earside legside"), ANIMALS),
    "breed": word_set("dog"),
    "cat": word_set("cat"),
    **dict.fromkeys(word_set("nose horn hornside"), _CATTLE),
    "bud": word_set("earphones"),
    "lens": word_set("glasses"),
    "fold": word_set("wallet"),
    "helmet": word_set("helmet"),
    "cycle": word_set("bicycle"),
    "bank": word_set("bankcard"),
    **dict.fromkeys(word_set("metal hand"), _JEWELS),
    "year": _PAPERS,
}
_PARTS: Final = "móc ốp vòng chuông biển gương cốp sừng đuôi sim nắp xích phanh tem quai vành"
_PART_NAMES: Final = {fold_text(name): name for name in _PARTS.split(" ")}
_PART_VERBS: Final = word_set("co con deo gan dan xo thay nho in")
_MAX_LETTERS: Final = 4000  # letters
_NEGATIONS: Final = word_set("khong ko k kg hong chang cha chua no chong hok")
_ACCENTED_NEGATIONS: Final = word_set("không chẳng chả chưa nỏ chớ hông")
_NUMBERS: Final = {"một": 1, "hai": 2, "ba": 3, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7, "tám": 8, "chín": 9, "mười": 10}
_COUNTABLE_NOUNS: Final = word_set("""
    chia tam the to quyen cuon tap bao can hop mieng vien doi chiec con cay soi mon cai chai lon bich tui thung bo
    cuoc ong cuc buc doi khoa
    """)
_CLASSIFIERS: Final = word_set(
    "con cai chiec tam cay bao hop soi doi bo tui thung mon cuc ong can chai buc to mieng cuon quyen"
)
_ANIMAL_NOUNS: Final = word_set("bo trau tru cho meo de lon heo ga vit ngan ngong chim nghe be me tho cun ngua huou")
_SHORT_WORD_CUES: Final = _ANIMAL_NOUNS | word_set("con lai vang den trang nau xam muc ven kinh hieu the")
_NOUN_SYNONYMS: Final = {"tru": "trau", "bop": "vi", "khoa": "chia", "dt": "may", "cun": "cho", "me": "be"}
_YEAR: Final = re.compile(r"(?<![\d/.,-])((?:19[3-9]|20[01])\d)(?![\d/.,-]*\d)")
_NUMBERED: Final = re.compile(r"\b(?:so|danh so|ghi so) (\d{1,4})(?![\d./-]*\d)\b")
_SIZE: Final = re.compile(r"\b(\d{1,3}) ?[x*] ?(\d{1,3})\b")
_WEAR: Final = re.compile(r"\b(?:size|sai|sz|co so) ?(\d{2}|[sml]|x{1,3}l)\b")
_STORAGE: Final = re.compile(r"\b(\d{2,4}) ?(?:g|gb|gi)\b")
_CHARM: Final = re.compile(
    r"(?<!man )\b(?:moc|hinh)(?: (?:khoa|chia|treo|hinh|dan|con|chu|cai|mau|gan|in|nhua|go|bong))* "
    r"(\w{2,12})(?: (\w{2,12}))?"
)
_CHARM_STOP_WORDS: Final = word_set(
    "nen no va mau nhu sau khoa nen trang den do vang xanh hong o roi trong cua nho to nua rat"
)
_QUOTED: Final = re.compile('["“«]([^"”»]{2,24})["”»]')
_INSCRIBED: Final = re.compile(
    r"\b(?:co chu|ghi chu|khac chu|in chu|theu chu|khac ten|theu ten|dan ten|viet chu|khac|theu|dong dau|danh dau) "
    r"((?:ten )?[^\W_]{1,12}(?: [^\W_]{1,12})?)"
)


@lru_cache(maxsize=1)
def _load_attribute_phrases() -> PhraseTrie[tuple[str, str]]:
    return PhraseTrie((words, (row[0], row[1])) for row in read_rows_of("aspects.tsv") for words in phrase_list(row[2]))


@lru_cache(maxsize=1)
def _load_synonyms() -> PhraseTrie[str]:
    return PhraseTrie((words, row[0]) for row in read_rows_of("same_words.tsv") for words in phrase_list(row[1]))


def extract_attributes(view: AlignedText, items: Iterable[str], limit: int = 400) -> dict[str, frozenset[str]]:
    """Return attribute → its values in the text, only for attributes that apply to one of `items`."""
    values_by_attribute: dict[str, set[str]] = defaultdict(set)
    kinds = frozenset(items)
    table, next_index = _load_attribute_phrases(), 0
    for index in table.places(view):
        if index >= limit or index < next_index or (match := table.find_all(view, index)) is None:
            continue
        next_index, meanings = match
        if view.is_unaccented and next_index == index + 1 and not _is_unambiguous(view, index):
            continue
        is_negated = _is_negated(view, max(0, index - 2), index)
        for aspect, value in meanings:
            is_applicable = aspect not in _ATTRIBUTE_KINDS or not _ATTRIBUTE_KINDS[aspect].isdisjoint(kinds)
            if is_applicable and (value == "yes" or not is_negated):
                values_by_attribute[aspect].add("no" if is_negated else value)
    _add_numbers(view, values_by_attribute, limit)
    _add_parts(view, values_by_attribute, limit)
    if not _PAPERS.isdisjoint(kinds):
        values_by_attribute["year"].update(year_match[1] for year_match in _YEAR.finditer(view.plain[:_MAX_LETTERS]))
    return {aspect: frozenset(values) for aspect, values in values_by_attribute.items() if values}


def _is_unambiguous(view: AlignedText, index: int) -> bool:
    """Return True if one short word without diacritics is unambiguous.

    «bo vang duc» is a bull; «Duc Lang» and «muc» elsewhere are something else.
    """
    previous_word = view.words[index - 1] if index else ""
    return len(view.words[index]) > 4 or (previous_word in _SHORT_WORD_CUES and not view.is_capitalized(index))


def _add_numbers(view: AlignedText, values_by_attribute: dict[str, set[str]], limit: int) -> None:
    """Add counts («2 chìa nhà»), sizes («6x8», «size 40»), storage capacity, and the inscription of the item."""
    for index, word in enumerate(view.words[:limit]):
        number = word if word.isdecimal() and len(word) < 3 else _NUMBERS.get(view.marks[index])
        if number is None or index + 1 >= len(view.words) or view.gap_after(index) != " ":
            continue
        noun = view.words[index + 1]
        if noun not in _COUNTABLE_NOUNS:
            continue
        next_word = view.words[index + 2] if noun in _CLASSIFIERS and index + 2 < len(view.words) else ""
        if noun == "con" and next_word not in _ANIMAL_NOUNS:
            continue
        key = f"{noun} {_NOUN_SYNONYMS.get(next_word, next_word)}" if next_word else _NOUN_SYNONYMS.get(noun, noun)
        values_by_attribute[f"#{key}"].add(str(int(number)))
    plain = view.plain[:_MAX_LETTERS]
    if view.has_digits:
        for left, right in _SIZE.findall(plain):
            values_by_attribute["size"].add("x".join(sorted((left, right))))
        values_by_attribute["size"].update(f"size {size}" for size in _WEAR.findall(plain))
        values_by_attribute["storage"].update(
            size_text for size_text in _STORAGE.findall(plain) if size_text in ("16", "32", "64", "128", "256", "512")
        )
        values_by_attribute["number"].update(_NUMBERED.findall(plain))
    if "moc" in view.words or "hinh" in view.words:
        values_by_attribute["charm"].update(
            word_in_group
            for group in _CHARM.findall(plain)
            for word_in_group in group
            if word_in_group and word_in_group not in _CHARM_STOP_WORDS
        )
    values_by_attribute["@"].update(" ".join(group.split()) for group in _QUOTED.findall(plain))
    values_by_attribute["@"].update(group.removeprefix("ten ") for group in _INSCRIBED.findall(plain))


def _add_parts(view: AlignedText, values_by_attribute: dict[str, set[str]], limit: int) -> None:
    """Add parts that the item has, and parts that the text says it lacks: «không có móc», «chưa có biển số»."""
    words = view.words
    for index, word in enumerate(words[:limit]):
        if word in _PART_NAMES and (view.is_unaccented or view.marks[index] == _PART_NAMES[word]):
            back = 2 if index and words[index - 1] in _PART_VERBS else 1
            values_by_attribute["without" if _is_negated(view, max(0, index - back), index) else "with"].add(
                _PART_NAMES[word]
            )


def _is_negated(view: AlignedText, start: int, end: int) -> bool:
    """Return True if a negation stands in this range of words; «chửa» with its diacritics is none."""
    return any(
        view.words[index] in _NEGATIONS and (view.is_unaccented_at(index) or view.marks[index] in _ACCENTED_NEGATIONS)
        for index in range(start, end)
    )


def find_synonyms(view: AlignedText, limit: int = 400) -> set[str]:
    """Return canonical forms of synonyms: «xâu chìa» and «chùm chìa khóa» are the same."""
    table, canonical_forms = _load_synonyms(), set()
    for index in table.places(view):
        match = table.find(view, index) if index < limit else None
        # unaccented «cho» is hardly ever «chợ»
        if match and not (view.is_unaccented and match[0] == index + 1 and len(view.words[index]) < 5):
            canonical_forms.add(match[1])
    return canonical_forms
