"""Danger to life in quiet words: soft words of suicide, signs of a stroke, a person not waking, blood needed now.

Such messages are short and calm, so that they read like talk of a social network, and the model overlooks them. The
phrases are in data/lexicon/quiet.tsv. Talk uses the same words in jest («muốn chết với deadline»), so that laughter and
its usual causes silence all but the plainest phrases. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from binhyen.kit.text import fold_text, to_name_key, to_nfc
from binhyen.language.classify.talk_signs import LAUGHTER, SLANG
from binhyen.language.classify.urgency import is_mostly_accented
from binhyen.language.lexicon import FOLDER, Hit, Lexicon, Phrase, expand_alternatives
from binhyen.language.phrase_trie import word_set
from binhyen.language.tokenizer import TokenizedText, read_table, tokenize

_NAMING: Final = ("sure", "soft", "sign")
_MAX_WORDS: Final = 60  # a longer message says more than a sign
_NEGATION_REACH: Final = 2  # words before a phrase that may deny it
_DENYING: Final = word_set("chang chua het khoi khong tung neu")


@dataclass(frozen=True, slots=True)
class QuietDanger:
    """A phrase of quiet danger as written, and the category of such a message."""

    words: str
    category: str


def find_quiet_danger(text: str) -> QuietDanger | None:
    """Return the danger that a text names in quiet words; None if it jests or denies it, or has a single sign."""
    tokenized = tokenize(text)
    hits = _find_written(text)
    named = _list_earnest(tokenized, hits) if len(tokenized.tokens) <= _MAX_WORDS else []
    kinds = {hit.phrase.kind: hit for hit in reversed(named)}
    chosen = kinds.get("sure") or kinds.get("soft") or (_choose_sign(named, hits) if named else None)
    return chosen and QuietDanger(tokenized.quote(chosen.first, chosen.last), chosen.phrase.value)


def names_quiet_danger(text: str) -> bool:
    """Return whether a text has any such phrase in earnest, also a single sign."""
    tokenized = tokenize(text)
    return bool(_list_earnest(tokenized, _find_written(text)))


def jests_about_death(text: str) -> bool:
    """Return whether a text exaggerates or laughs with such words: «toán khó quá em không muốn sống nữa»."""
    tokenized = tokenize(text)
    hits = _find_written(text)
    is_jest = _has_jest(tokenized, hits) or LAUGHTER.search(tokenized.text.lower())
    return bool(is_jest) and any(hit.phrase.kind == "soft" for hit in hits)


def _has_jest(tokenized: TokenizedText, hits: Sequence[Hit]) -> bool:
    return any(hit.phrase.kind == "jest" for hit in hits) or SLANG.search(tokenized.text.lower()) is not None


def _list_earnest(tokenized: TokenizedText, hits: Sequence[Hit]) -> list[Hit]:
    """Return the phrases that name a danger and are not denied: in a jest only the sure ones, beside laughter none."""
    named = [hit for hit in hits if hit.phrase.kind in _NAMING and not _is_denied(tokenized, hit)]
    if not named or LAUGHTER.search(tokenized.text.lower()):
        return []
    is_jest = _has_jest(tokenized, hits)
    return [hit for hit in named if hit.phrase.kind == "sure" or not is_jest]


def _choose_sign(named: Sequence[Hit], hits: Sequence[Hit]) -> Hit | None:
    """Return a sign that another one confirms, or a sudden onset in a person."""
    kinds = {hit.phrase.kind for hit in hits}
    is_confirmed = any(not hit.overlaps(named[0]) for hit in named) or {"cue", "person"} <= kinds
    return named[0] if is_confirmed else None


def _is_denied(tokenized: TokenizedText, hit: Hit) -> bool:
    return not _DENYING.isdisjoint(tokenized.tokens[max(hit.first - _NEGATION_REACH, 0) : hit.first])


@lru_cache(maxsize=32)  # a message is asked for a danger, a sign and a jest
def _find_written(text: str) -> tuple[Hit, ...]:
    """Return the phrases that occur: with their diacritics, or all words without any in a text that has few."""
    tokenized = tokenize(text)
    naming, context = _load_phrases()
    hits = naming.find(tokenized)
    if not hits:
        return ()
    hits += context.find(tokenized)
    if is_mostly_accented(tokenized.text):
        return tuple(hit for hit in hits if _is_spelled_as(tokenized, hit))
    return tuple(hit for hit in hits if _is_bare(tokenized, hit) or _is_spelled_as(tokenized, hit))


def _is_bare(tokenized: TokenizedText, hit: Hit) -> bool:
    words = tokenized.text[tokenized.spans[hit.first][0] : tokenized.spans[hit.last][1]].lower()
    return fold_text(words) == words


def _is_spelled_as(tokenized: TokenizedText, hit: Hit) -> bool:
    places = iter(range(hit.first, hit.last + 1))
    for folded, wanted in zip(hit.phrase.words, hit.phrase.marked, strict=True):
        if folded == "*":
            continue
        place = next(place for place in places if tokenized.tokens[place] == folded)
        start, end = tokenized.spans[place]
        word = to_nfc(tokenized.text[start:end]).lower()
        is_short_form = fold_text(word) != folded
        if not is_short_form and to_name_key(word) != to_name_key(wanted):
            return False
    return True


@lru_cache(maxsize=1)
def _load_phrases() -> tuple[Lexicon, Lexicon]:
    """Return the phrases that name a danger, and those that only count beside them."""
    phrases = [
        Phrase(tuple(map(fold_text, words)), row["kind"], row["category"], words)
        for row in read_table(FOLDER / "quiet.tsv")
        for words in expand_alternatives(row["phrase"])
    ]
    naming = [phrase for phrase in phrases if phrase.kind in _NAMING]
    return Lexicon(naming), Lexicon([phrase for phrase in phrases if phrase.kind not in _NAMING])
