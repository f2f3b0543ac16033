"""Danger to life in quiet words: soft words of suicide, signs of a stroke, a person not waking, blood needed now.

Such messages are short and calm, so that they read like talk of a social network, and the model overlooks them. The
phrases are in data/lexicon/quiet.tsv. Talk uses the same words in jest («muốn chết với deadline»), so that laughter and
its usual causes silence all but the plainest phrases. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from binhyen.kit.text import fold_text, to_name_key, to_nfc
from binhyen.language.classify.talk_signs import LAUGHTER, SLANG
from binhyen.language.classify.urgency import is_mostly_accented
from binhyen.language.lexicon import FOLDER, MAX_GAP, Hit, Phrase
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
    if not any(hit.phrase.kind == "soft" for hit in hits):
        return False
    return _has_jest(tokenized, hits) or LAUGHTER.search(tokenized.text.lower()) is not None


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
    naming, context = _load_patterns()
    written = _Written(tokenized, not is_mostly_accented(tokenized.text))
    hits = _match_patterns(written, naming)
    return (*hits, *_match_patterns(written, context)) if hits else ()


_Slot = Mapping[str, frozenset[str]]
"""Alternatives for one word: folded word → its spellings; empty for up to three words of any kind."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One row of the table. Its alternatives are not multiplied out: they would be 9,000 phrases."""

    phrase: Phrase
    slots: tuple[_Slot, ...]

    def may_continue(self, tokens: Sequence[str], place: int) -> bool:
        """Return whether a second word of the pattern, without its diacritics, follows in reach of its first one."""
        if len(self.slots) == 1:
            return True
        if self.slots[1]:
            return place + 1 < len(tokens) and tokens[place + 1] in self.slots[1]
        return not self.slots[2].keys().isdisjoint(tokens[place + 1 : place + 2 + MAX_GAP])


class _Written:
    """A text as the patterns see it."""

    def __init__(self, tokenized: TokenizedText, may_be_bare: bool) -> None:
        self.tokens = tokenized.tokens
        self._tokenized = tokenized
        self._may_be_bare = may_be_bare
        self._spellings: dict[int, tuple[str, str, str]] = {}

    def find_end(self, slots: Sequence[_Slot], place: int, *, bare: bool, gap: int = 0) -> int:
        """Return the index after the last word of a pattern whose first word is at most `gap` words on; -1 if none."""
        if not slots:
            return place
        if not slots[0]:
            return self.find_end(slots[1:], place, bare=bare, gap=MAX_GAP)
        for index in range(place, min(place + gap + 1, len(self.tokens))):
            if self._fits(slots[0], index, bare=bare):
                end = self.find_end(slots[1:], index + 1, bare=bare)
                if end >= 0:
                    return end
        return -1

    def find_last(self, pattern: _Pattern, place: int) -> int:
        """Return the index of the last word of a pattern that begins here; -1 if it does not."""
        end = self.find_end(pattern.slots, place, bare=False)
        if end < 0 and self._may_be_bare:
            end = self.find_end(pattern.slots, place, bare=True)
        return end - 1 if end >= 0 else -1

    def _fits(self, slot: _Slot, index: int, *, bare: bool) -> bool:
        spellings = slot.get(self.tokens[index])
        if spellings is None:
            return False
        word, folded, key = self._spellings.get(index) or self._spell(index)
        is_short_form = folded != self.tokens[index]
        return is_short_form or (folded == word if bare else key in spellings)

    def _spell(self, index: int) -> tuple[str, str, str]:
        """Return a word as written, without its diacritics, and as a key."""
        start, end = self._tokenized.spans[index]
        word = to_nfc(self._tokenized.text[start:end]).lower()
        self._spellings[index] = spelled = word, fold_text(word), to_name_key(word)
        return spelled


def _match_patterns(written: _Written, patterns_by_word: Mapping[str, Sequence[_Pattern]]) -> list[Hit]:
    return [
        Hit(pattern.phrase, place, last)
        for place, token in enumerate(written.tokens)
        for pattern in patterns_by_word.get(token, ())
        if pattern.may_continue(written.tokens, place) and (last := written.find_last(pattern, place)) >= 0
    ]


@lru_cache(maxsize=1)
def _load_patterns() -> tuple[dict[str, list[_Pattern]], dict[str, list[_Pattern]]]:
    """Return the patterns that name a danger, and those that only count beside them, by each first word."""
    naming: dict[str, list[_Pattern]] = {}
    context: dict[str, list[_Pattern]] = {}
    for row in read_table(FOLDER / "quiet.tsv"):
        words = row["phrase"].split()
        pattern = _Pattern(Phrase(tuple(words), row["kind"], row["category"]), tuple(map(_parse_slot, words)))
        patterns_by_word = naming if row["kind"] in _NAMING else context
        for word in pattern.slots[0]:
            patterns_by_word.setdefault(word, []).append(pattern)
    return naming, context


def _parse_slot(alternatives: str) -> _Slot:
    if alternatives == "*":
        return {}
    spellings: dict[str, set[str]] = {}
    for word in alternatives.split("/"):
        spellings.setdefault(fold_text(word), set()).add(to_name_key(word))
    return {folded: frozenset(keys) for folded, keys in spellings.items()}
