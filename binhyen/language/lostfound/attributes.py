"""Attributes that distinguish an item from others of its kind: sex, breed, horns, quantity, size, inscription.

The words are in data/aspects.tsv; the weight of each attribute is in attribute_score.py.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from binhyen.kit.text import fold
from binhyen.language.aligned_text import View
from binhyen.language.entities.gazetteers import rows
from binhyen.language.phrase_trie import Phrases, bag, listed

Aspects = Mapping[str, frozenset[str]]

ANIMALS: Final = bag("dog cat cow calf buffalo goat pig horse rabbit deer chicken duck bird animal")
_CATTLE: Final = bag("cow calf buffalo goat deer")
_PAPERS: Final = bag("idcard licence bankcard healthcard studentcard passport papers registration wallet healthbook")
_JEWELS: Final = bag("ring necklace bracelet earring jewels")
# Kinds of items that an attribute applies to; attributes not listed apply to any.
_BELONGS: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(bag("sex coat collar tail ear earside legside"), ANIMALS),
    "breed": bag("dog"),
    "cat": bag("cat"),
    **dict.fromkeys(bag("nose horn hornside"), _CATTLE),
    "bud": bag("earphones"),
    "lens": bag("glasses"),
    "fold": bag("wallet"),
    "helmet": bag("helmet"),
    "cycle": bag("bicycle"),
    "bank": bag("bankcard"),
    **dict.fromkeys(bag("metal hand"), _JEWELS),
    "year": _PAPERS,
}
_PARTS: Final = "móc ốp vòng chuông biển gương cốp sừng đuôi sim nắp xích phanh tem quai vành"
_PART_NAMES: Final = {fold(name): name for name in _PARTS.split(" ")}
_HOLDING: Final = bag("co con deo gan dan xo thay nho in")
_LONGEST: Final = 4000  # letters
_NOT: Final = bag("khong ko k kg hong chang cha chua no chong hok")
_MARKED_NOT: Final = bag("không chẳng chả chưa nỏ chớ hông")
_NUMBERS: Final = {"một": 1, "hai": 2, "ba": 3, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7, "tám": 8, "chín": 9, "mười": 10}
_COUNTED: Final = bag("""
    chia tam the to quyen cuon tap bao can hop mieng vien doi chiec con cay soi mon cai chai lon bich tui thung bo
    cuoc ong cuc buc doi khoa
    """)
_WHAT_OF: Final = bag("con cai chiec tam cay bao hop soi doi bo tui thung mon cuc ong can chai buc to mieng cuon quyen")
_HEADS: Final = bag("bo trau tru cho meo de lon heo ga vit ngan ngong chim nghe be me tho cun ngua huou")
_BEFORE_SHORT: Final = _HEADS | bag("con lai vang den trang nau xam muc ven kinh hieu the")
_SAME_NOUN: Final = {"tru": "trau", "bop": "vi", "khoa": "chia", "dt": "may", "cun": "cho", "me": "be"}
_YEAR: Final = re.compile(r"(?<![\d/.,-])((?:19[3-9]|20[01])\d)(?![\d/.,-]*\d)")
_NUMBERED: Final = re.compile(r"\b(?:so|danh so|ghi so) (\d{1,4})(?![\d./-]*\d)\b")
_SIZE: Final = re.compile(r"\b(\d{1,3}) ?[x*] ?(\d{1,3})\b")
_WEAR: Final = re.compile(r"\b(?:size|sai|sz|co so) ?(\d{2}|[sml]|x{1,3}l)\b")
_STORAGE: Final = re.compile(r"\b(\d{2,4}) ?(?:g|gb|gi)\b")
_CHARM: Final = re.compile(
    r"(?<!man )\b(?:moc|hinh)(?: (?:khoa|chia|treo|hinh|dan|con|chu|cai|mau|gan|in|nhua|go|bong))* "
    r"(\w{2,12})(?: (\w{2,12}))?"
)
_NO_CHARM: Final = bag("nen no va mau nhu sau khoa nen trang den do vang xanh hong o roi trong cua nho to nua rat")
_QUOTED: Final = re.compile('["“«]([^"”»]{2,24})["”»]')
_WRITTEN: Final = re.compile(
    r"\b(?:co chu|ghi chu|khac chu|in chu|theu chu|khac ten|theu ten|dan ten|viet chu|khac|theu|dong dau|danh dau) "
    r"((?:ten )?[^\W_]{1,12}(?: [^\W_]{1,12})?)"
)


@lru_cache(maxsize=1)
def _table() -> Phrases[tuple[str, str]]:
    return Phrases((words, (row[0], row[1])) for row in rows("aspects.tsv") for words in listed(row[2]))


@lru_cache(maxsize=1)
def _same() -> Phrases[str]:
    return Phrases((words, row[0]) for row in rows("same_words.tsv") for words in listed(row[1]))


def aspects(view: View, items: Iterable[str], most: int = 400) -> dict[str, frozenset[str]]:
    """Return attribute → its values in the text, only for attributes that apply to one of `items`."""
    told: dict[str, set[str]] = defaultdict(set)
    kinds = frozenset(items)
    table, free = _table(), 0
    for index in table.places(view):
        if index >= most or index < free or (hit := table.find_all(view, index)) is None:
            continue
        free, meanings = hit
        if view.bare and free == index + 1 and not _clear(view, index):
            continue
        denied = _denied(view, max(0, index - 2), index)
        for aspect, value in meanings:
            belongs = aspect not in _BELONGS or not _BELONGS[aspect].isdisjoint(kinds)
            if belongs and (value == "yes" or not denied):
                told[aspect].add("no" if denied else value)
    _numbers(view, told, most)
    _parts(view, told, most)
    if not _PAPERS.isdisjoint(kinds):
        told["year"].update(found[1] for found in _YEAR.finditer(view.plain[:_LONGEST]))
    return {aspect: frozenset(values) for aspect, values in told.items() if values}


def _clear(view: View, index: int) -> bool:
    """Return True if one short word without diacritics is unambiguous.

    «bo vang duc» is a bull; «Duc Lang» and «muc» elsewhere are something else.
    """
    before = view.words[index - 1] if index else ""
    return len(view.words[index]) > 4 or (before in _BEFORE_SHORT and not view.capital(index))


def _numbers(view: View, told: dict[str, set[str]], most: int) -> None:
    """Add counts («2 chìa nhà»), sizes («6x8», «size 40»), storage capacity, and the inscription of the item."""
    for index, word in enumerate(view.words[:most]):
        number = word if word.isdecimal() and len(word) < 3 else _NUMBERS.get(view.marks[index])
        if number is None or index + 1 >= len(view.words) or view.gap(index) != " ":
            continue
        noun = view.words[index + 1]
        if noun not in _COUNTED:
            continue
        after = view.words[index + 2] if noun in _WHAT_OF and index + 2 < len(view.words) else ""
        if noun == "con" and after not in _HEADS:
            continue
        key = f"{noun} {_SAME_NOUN.get(after, after)}" if after else _SAME_NOUN.get(noun, noun)
        told[f"#{key}"].add(str(int(number)))
    plain = view.plain[:_LONGEST]
    if view.digits:
        for one, two in _SIZE.findall(plain):
            told["size"].add("x".join(sorted((one, two))))
        told["size"].update(f"size {size}" for size in _WEAR.findall(plain))
        told["storage"].update(s for s in _STORAGE.findall(plain) if s in ("16", "32", "64", "128", "256", "512"))
        told["number"].update(_NUMBERED.findall(plain))
    if "moc" in view.words or "hinh" in view.words:
        told["charm"].update(w for found in _CHARM.findall(plain) for w in found if w and w not in _NO_CHARM)
    told["@"].update(" ".join(found.split()) for found in _QUOTED.findall(plain))
    told["@"].update(found.removeprefix("ten ") for found in _WRITTEN.findall(plain))


def _parts(view: View, told: dict[str, set[str]], most: int) -> None:
    """Add parts that the item has, and parts that the text says it lacks: «không có móc», «chưa có biển số»."""
    words = view.words
    for index, word in enumerate(words[:most]):
        if word in _PART_NAMES and (view.bare or view.marks[index] == _PART_NAMES[word]):
            back = 2 if index and words[index - 1] in _HOLDING else 1
            told["without" if _denied(view, max(0, index - back), index) else "with"].add(_PART_NAMES[word])


def _denied(view: View, start: int, end: int) -> bool:
    """Return True if a negation stands in this range of words; «chửa» with its diacritics is none."""
    return any(view.words[k] in _NOT and (view.unmarked(k) or view.marks[k] in _MARKED_NOT) for k in range(start, end))


def same_words(view: View, most: int = 400) -> set[str]:
    """Return canonical forms of synonyms: «xâu chìa» and «chùm chìa khóa» are the same."""
    table, out = _same(), set()
    for index in table.places(view):
        hit = table.find(view, index) if index < most else None
        # unaccented «cho» is hardly ever «chợ»
        if hit and not (view.bare and hit[0] == index + 1 and len(view.words[index]) < 5):
            out.add(hit[1])
    return out
