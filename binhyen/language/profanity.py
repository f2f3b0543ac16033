"""Profanity in group chats, also with dots between the letters. Word list: data/lexicon/abuse.tsv. Pure."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from binhyen.kit.text import fold, nfc
from binhyen.language.phrase_trie import bag
from binhyen.language.tokenizer import DATA, read_table

Known = Mapping[tuple[str, ...], frozenset[str]]
_LONGEST: Final = 6
_BEFORE: Final = 6  # words
# «đ.m», «v~l», «đ*o»: a word with separators between its letters. In capitals, «Đ.M» are initials of a name.
_HIDDEN: Final = re.compile(r"(?<![\w.])[^\W\d_]{1,4}(?:[.*~_]{1,2}[^\W\d_]{1,4}){1,3}(?!\.?\w)")
_BETWEEN: Final = re.compile(r"[.*~_]+")
_SHORT: Final = bag("đm đmm đcm vl vkl vcl đ*o đ*t l*n c*c")
_KIN: Final = frozenset((("me", "may"), ("bo", "may"), ("cha", "may")))
_KIN_GOES_ON: Final = bag("dau oi ve di o goi dan khoe nau")
_CURSING: Final = bag("con dit du ke chet deo to cai do")


def rude(text: str, written: Sequence[str], bare: Sequence[str]) -> str | None:
    """Return the first profanity of a post, as written. `written`, `bare`: its words in lower case, and folded."""
    if hidden := _hidden(text):
        return hidden
    marked, loose = _abuse_lists()
    for words, known in ((written, marked), (bare, loose)):
        for place in range(len(words)):
            for size in range(1, _LONGEST + 1):
                if words is bare and written[place : place + size] != bare[place : place + size]:
                    continue  # written with its diacritics, the word is not the rude homograph
                if _at_home(bare, place, size):
                    continue
                said = tuple(words[place : place + size])
                before = written[max(0, place - _BEFORE) : place]
                if said in known and place + size <= len(words) and known[said].isdisjoint(before):
                    return " ".join(written[place : place + size])
    return None


def _hidden(text: str) -> str | None:
    """Return a rude word with separators between its letters, as written."""
    marked, _ = _abuse_lists()
    for hit in _HIDDEN.finditer(nfc(text)):
        plain = _BETWEEN.sub("", hit[0])
        initials = plain.isupper() and "." in hit[0]
        known = plain.lower() in _SHORT or hit[0].lower() in _SHORT or (plain.lower(),) in marked
        if known and not initials:
            return hit[0]
    return None


def _at_home(bare: Sequence[str], place: int, size: int) -> bool:
    """Return True for «mẹ mày đâu con»: parents speak of each other like this to a child."""
    if tuple(bare[place : place + size]) not in _KIN or place + size >= len(bare):
        return False
    return bare[place + size] in _KIN_GOES_ON and (not place or bare[place - 1] not in _CURSING)


@lru_cache(maxsize=1)
def _abuse_lists() -> tuple[Known, Known]:
    """Return the accented phrases, and the folded ones of those that match without diacritics, with exceptions.

    An exception is a word after which the phrase is not rude.
    """
    marked, loose = {}, {}
    for row in read_table(DATA / "lexicon" / "abuse.tsv"):
        unless = frozenset(row["unless"].split("/"))
        marked[tuple(nfc(row["phrase"]).lower().split())] = unless
        if row["match"] == "any":
            loose[tuple(fold(row["phrase"]).split())] = unless
    return marked, loose
