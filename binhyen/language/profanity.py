"""Profanity in group chats, also with dots between the letters. Word list: data/lexicon/abuse.tsv. Pure."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from binhyen.kit.text import fold_text, to_nfc
from binhyen.language.phrase_trie import word_set
from binhyen.language.tokenizer import DATA, read_table

PhraseExceptions = Mapping[tuple[str, ...], frozenset[str]]
_MAX_PHRASE_WORDS: Final = 6
_CONTEXT_WORDS: Final = 6  # words
# «đ.m», «v~l», «đ*o»: a word with separators between its letters. In capitals, «Đ.M» are initials of a name.
_HIDDEN: Final = re.compile(r"(?<![\w.])[^\W\d_]{1,4}(?:[.*~_]{1,2}[^\W\d_]{1,4}){1,3}(?!\.?\w)")
_BETWEEN: Final = re.compile(r"[.*~_]+")
_SHORT: Final = word_set("đm đmm đcm vl vkl vcl đ*o đ*t l*n c*c")
_KIN: Final = frozenset((("me", "may"), ("bo", "may"), ("cha", "may")))
_KIN_GOES_ON: Final = word_set("dau oi ve di o goi dan khoe nau")
_CURSING: Final = word_set("con dit du ke chet deo to cai do")


def find_profanity(text: str, written: Sequence[str], bare: Sequence[str]) -> str | None:
    """Return the first profanity of a post, as written. `written`, `bare`: its words in lower case, and folded."""
    if hidden := _find_obfuscated(text):
        return hidden
    marked, loose = _load_abuse_lists()
    for words, exceptions in ((written, marked), (bare, loose)):
        for place in range(len(words)):
            for size in range(1, _MAX_PHRASE_WORDS + 1):
                if words is bare and written[place : place + size] != bare[place : place + size]:
                    continue  # written with its diacritics, the word is not the rude homograph
                if _is_family_talk(bare, place, size):
                    continue
                phrase = tuple(words[place : place + size])
                preceding_words = written[max(0, place - _CONTEXT_WORDS) : place]
                if (
                    phrase in exceptions
                    and place + size <= len(words)
                    and exceptions[phrase].isdisjoint(preceding_words)
                ):
                    return " ".join(written[place : place + size])
    return None


def _find_obfuscated(text: str) -> str | None:
    """Return a rude word with separators between its letters, as written."""
    marked, _ = _load_abuse_lists()
    for match in _HIDDEN.finditer(to_nfc(text)):
        plain = _BETWEEN.sub("", match[0])
        initials = plain.isupper() and "." in match[0]
        is_listed = plain.lower() in _SHORT or match[0].lower() in _SHORT or (plain.lower(),) in marked
        if is_listed and not initials:
            return match[0]
    return None


def _is_family_talk(bare: Sequence[str], place: int, size: int) -> bool:
    """Return True for «mẹ mày đâu con»: parents speak of each other like this to a child."""
    if tuple(bare[place : place + size]) not in _KIN or place + size >= len(bare):
        return False
    return bare[place + size] in _KIN_GOES_ON and (not place or bare[place - 1] not in _CURSING)


@lru_cache(maxsize=1)
def _load_abuse_lists() -> tuple[PhraseExceptions, PhraseExceptions]:
    """Return the accented phrases, and the folded ones of those that match without diacritics, with exceptions.

    An exception is a word after which the phrase is not rude.
    """
    marked, loose = {}, {}
    for row in read_table(DATA / "lexicon" / "abuse.tsv"):
        unless = frozenset(row["unless"].split("/"))
        marked[tuple(to_nfc(row["phrase"]).lower().split())] = unless
        if row["match"] == "any":
            loose[tuple(fold_text(row["phrase"]).split())] = unless
    return marked, loose
