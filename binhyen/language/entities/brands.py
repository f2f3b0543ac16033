"""BRAND: makes and models with their suffixes, «iPhone 13 pro max», «Wave alpha»."""

import re
from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities.gazetteers import load_brands
from binhyen.language.entities.span_registry import SpanRegistry
from binhyen.language.phrase_trie import PhraseTrie, word_set

_MODELS: Final = word_set("""
    pro max plus promax prm note ultra mini alpha rs s a mode blade air x xs fi lite prime se smart thai
    nhat viet tau i ii gp rc rsx sx
    """)


_MODEL_NUMBER: Final = re.compile(r"(?=\D{0,3}\d)[a-z]{0,3}\d{1,4}[a-z]{0,3}\Z")
# A folded syllable of Vietnamese: onset, vowels, end.
_SYLLABLE: Final = re.compile(
    r"(?:ngh|ng|nh|gh|gi|ch|kh|ph|qu|th|tr|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ng|nh|ch|[cmnpt])?\Z"
)
_BRAND_CUES: Final = frozenset(("hieu", "hang"))
_BEFORE_BRAND: Final = word_set(
    "xe may thoai dt hieu hang loai honda yamaha vinfast con chiec oto dien dap ho tui mu ga so tai sung dan le khau"
)


def add_brands(registry: SpanRegistry) -> None:
    """Add BRAND spans; the norm is the folded text."""
    view = registry.view
    table = load_brands()
    firsts, free = table.first_words(), 0
    for index, word in enumerate(view.words):
        is_announced = index > 0 and view.words[index - 1] in _BRAND_CUES
        if not (is_announced or word in firsts) or index < free or not registry.is_word_free(index):
            continue
        hit = table.find(view, index) or (_match_announced_brand(view, index) if is_announced else None)
        if hit is None:
            continue
        end, flag = hit
        if word == "kia" and not view.is_capitalized(index):
            continue  # «xe kia»
        if flag == "c" and not _has_brand_context(view, index) and not _has_model_number(view, index, end):
            continue
        free = end = _extend_over_models(registry, table, end)
        registry.add_words("BRAND", index, end)


def add_unknown_brands(registry: SpanRegistry, ends: list[int]) -> None:
    """Add makes missing from the table: a capital right after an item, «máy định vị Furuno».

    `ends`: the indexes of the words after items.
    """
    view = registry.view
    for index in ends if view.has_proper_names else ():
        if index >= len(view.words) or view.gap_after(index - 1) != " " or not _is_foreign_word(registry, index):
            continue
        end = index + 1
        while (
            end < len(view.words)
            and end < index + 3
            and view.gap_after(end - 1) == " "
            and _is_foreign_word(registry, end)
        ):
            end += 1
        registry.add_words("BRAND", index, _extend_over_models(registry, load_brands(), end))


def _is_foreign_word(registry: SpanRegistry, index: int) -> bool:
    """Return True for a capitalised word that is no Vietnamese syllable and no abbreviation."""
    view = registry.view
    word = view.words[index]
    cased = view.cased[view.starts[index] : view.ends[index]]
    if (
        not view.is_capitalized(index)
        or not registry.is_word_free(index)
        or len(word) < 3
        or not view.is_unaccented_at(index)
    ):
        return False
    return not cased.isupper() and word.isalpha() and not _SYLLABLE.match(word)


def _match_announced_brand(view: AlignedText, index: int) -> tuple[int, str] | None:
    """Match «hiệu Samsonite»: a capitalised word after «hiệu» or «hãng», one of which must precede."""
    is_announced = (
        view.gap_after(index - 1) == " "
        and view.marks[index - 1] in ("hiệu", "hãng")
        and not view.is_capitalized(index - 1)
    )
    return (index + 1, "") if is_announced and view.is_capitalized(index) and len(view.words[index]) > 2 else None


def _has_model_number(view: AlignedText, index: int, end: int) -> bool:
    """Return True for «ip 13»: the abbreviation with a number."""
    return (
        view.words[index] == "ip"
        and view.words[end : end + 1] != []
        and view.words[end].isdecimal()
        and len(view.words[end]) <= 2
    )


def _has_brand_context(view: AlignedText, index: int) -> bool:
    previous_word = view.words[index - 1] if index else ""
    if previous_word in _BEFORE_BRAND:
        return True
    return (
        index > 0
        and view.is_capitalized(index)
        and not view.is_sentence_end(index - 1)
        and previous_word not in ("anh", "chi", "em", "ong", "ba", "ban")
    )


def _extend_over_models(registry: SpanRegistry, table: PhraseTrie[str], end: int) -> int:
    view = registry.view
    for _ in range(4):
        if end >= len(view.words) or view.gap_after(end - 1) != " " or not registry.is_word_free(end):
            break
        word = view.words[end]
        if view.marks[end] == "nhặt":
            break
        match = table.find(view, end)
        if match:
            end = match[0]
        elif word in _MODELS or (_MODEL_NUMBER.match(word) and word[0] != "0"):
            end += 1
        else:
            break
    return end
