"""BRAND: makes and models with their suffixes, «iPhone 13 pro max», «Wave alpha»."""

import re
from typing import Final

from binhyen.language.aligned_text import View
from binhyen.language.entities.gazetteers import brands
from binhyen.language.entities.span_registry import Found
from binhyen.language.phrase_trie import Phrases, bag

_MODELS: Final = bag("""
    pro max plus promax prm note ultra mini alpha rs s a mode blade air x xs fi lite prime se smart thai
    nhat viet tau i ii gp rc rsx sx
    """)


_MODEL_NUMBER: Final = re.compile(r"(?=\D{0,3}\d)[a-z]{0,3}\d{1,4}[a-z]{0,3}\Z")
# A folded syllable of Vietnamese: onset, vowels, end.
_SYLLABLE: Final = re.compile(
    r"(?:ngh|ng|nh|gh|gi|ch|kh|ph|qu|th|tr|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ng|nh|ch|[cmnpt])?\Z"
)
_MADE_BY: Final = frozenset(("hieu", "hang"))
_BEFORE_BRAND: Final = bag(
    "xe may thoai dt hieu hang loai honda yamaha vinfast con chiec oto dien dap ho tui mu ga so tai sung dan le khau"
)


def find(found: Found) -> None:
    """Add BRAND spans; the norm is the folded text."""
    view = found.view
    table = brands()
    firsts, free = table.firsts(), 0
    for index, word in enumerate(view.words):
        told = index > 0 and view.words[index - 1] in _MADE_BY
        if not (told or word in firsts) or index < free or not found.word_free(index):
            continue
        hit = table.find(view, index) or (_named_brand(view, index) if told else None)
        if hit is None:
            continue
        end, flag = hit
        if word == "kia" and not view.capital(index):
            continue  # «xe kia»
        if flag == "c" and not _brand_context(view, index) and not _model_number(view, index, end):
            continue
        free = end = _models(found, table, end)
        found.add_words("BRAND", index, end)


def beside(found: Found, ends: list[int]) -> None:
    """Add makes missing from the table: a capital right after an item, «máy định vị Furuno».

    `ends`: the indexes of the words after items.
    """
    view = found.view
    for index in ends if view.names else ():
        if index >= len(view.words) or view.gap(index - 1) != " " or not _foreign(found, index):
            continue
        end = index + 1
        while end < len(view.words) and end < index + 3 and view.gap(end - 1) == " " and _foreign(found, end):
            end += 1
        found.add_words("BRAND", index, _models(found, brands(), end))


def _foreign(found: Found, index: int) -> bool:
    """Return True for a capitalised word that is no Vietnamese syllable and no abbreviation."""
    view = found.view
    word = view.words[index]
    cased = view.cased[view.starts[index] : view.ends[index]]
    if not view.capital(index) or not found.word_free(index) or len(word) < 3 or not view.unmarked(index):
        return False
    return not cased.isupper() and word.isalpha() and not _SYLLABLE.match(word)


def _named_brand(view: View, index: int) -> tuple[int, str] | None:
    """Match «hiệu Samsonite»: a capitalised word after «hiệu» or «hãng», one of which must precede."""
    told = view.gap(index - 1) == " " and view.marks[index - 1] in ("hiệu", "hãng") and not view.capital(index - 1)
    return (index + 1, "") if told and view.capital(index) and len(view.words[index]) > 2 else None


def _model_number(view: View, index: int, end: int) -> bool:
    """Return True for «ip 13»: the abbreviation with a number."""
    return (
        view.words[index] == "ip"
        and view.words[end : end + 1] != []
        and view.words[end].isdecimal()
        and len(view.words[end]) <= 2
    )


def _brand_context(view: View, index: int) -> bool:
    before = view.words[index - 1] if index else ""
    if before in _BEFORE_BRAND:
        return True
    return (
        index > 0
        and view.capital(index)
        and not view.hard_after(index - 1)
        and before not in ("anh", "chi", "em", "ong", "ba", "ban")
    )


def _models(found: Found, table: Phrases[str], end: int) -> int:
    view = found.view
    for _ in range(4):
        if end >= len(view.words) or view.gap(end - 1) != " " or not found.word_free(end):
            break
        word = view.words[end]
        if view.marks[end] == "nhặt":
            break
        more = table.find(view, end)
        if more:
            end = more[0]
        elif word in _MODELS or (_MODEL_NUMBER.match(word) and word[0] != "0"):
            end += 1
        else:
            break
    return end
