"""Phrases that an officer can read and correct: cues of a category, of an emergency, and guards against false alarms.

Files in data/lexicon (tab separated, folded words, `*` = up to three words between, `a/b` = either word):
category_<label>.tsv (phrase, weight 1-3) · emergency.tsv (phrase, level 2-4, the accented phrase; 4 is hardly ever used
for anything else) · guards.tsv (phrase, kind) · sensitive.tsv (phrase, why) · longer_words.tsv
(phrase: one word or fixed term, of which no part counts as a phrase: «người nổi tiếng»). Marked `talk` in
emergency.tsv: real comments use it too. Guard kinds: figure, drill, negation, over, past, news, rules, untrue, still
(it goes on), idle (and words that sound like it), polite. Pure; files are read once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

from binhyen.language.reading import CATEGORIES
from binhyen.language.tokenizer import DATA, TokenizedText, read_table

MAX_GAP = 3
FOLDER = DATA / "lexicon"
TIP_REASON = "tố việc làm sai"
"""Reason in sensitive.tsv for phrases that report a deed: they ask for nothing, so they are no feature of the model."""
GUARDS = ("figure", "drill", "negation", "over", "past", "news", "rules", "untrue", "still", "idle", "polite")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase: `kind` is a category label, emergency, guard, sensitive or longer; `value` its weight, level or reason.

    `marked`: the accented words of an emergency; empty where the diacritics do not matter. `in_talk`: real comments use
    it too, so that it alone names no danger.
    """

    words: tuple[str, ...]
    kind: str
    value: str
    marked: tuple[str, ...] = ()
    in_talk: bool = False
    gaps: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "gaps", "*" in self.words)


class Hit(NamedTuple):
    """A phrase matched at tokens first..last (inclusive)."""

    phrase: Phrase
    first: int
    last: int

    def overlaps(self, hit: "Hit") -> bool:
        return self.first <= hit.last and hit.first <= self.last

    def is_part_of(self, longer: "Hit") -> bool:
        return longer.first <= self.first and self.last <= longer.last and self.phrase.kind != "guard"


class Lexicon:
    """All phrases indexed by their first words, so that matching is linear in the length of the message."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self._by_start: dict[str, tuple[list[Phrase], dict[str, list[Phrase]]]] = {}
        for phrase in phrases:
            # «*» may skip words, so only the first word is certain; otherwise indexing by two words leaves few phrases
            # to try.
            second = phrase.words[1] if len(phrase.words) > 1 else "*"
            any_next, by_second = self._by_start.setdefault(phrase.words[0], ([], {}))
            if second == "*":
                any_next.append(phrase)
                for candidates in by_second.values():
                    candidates.append(phrase)
            else:
                by_second.setdefault(second, [*any_next]).append(phrase)
        self.size = len(phrases)

    def find(self, words: TokenizedText) -> list[Hit]:
        """Return every phrase that occurs, in order of position."""
        tokens = words.tokens
        hits: list[Hit] = []
        longer: list[Hit] = []
        for place, (entry, second) in enumerate(zip(map(self._by_start.get, tokens), (*tokens[1:], ""), strict=False)):
            if entry is None:
                continue
            any_next, by_second = entry
            for phrase in by_second.get(second, any_next):
                end = place + len(phrase.words)
                if tokens[place:end] == phrase.words:
                    (longer if phrase.kind == "longer" else hits).append(Hit(phrase, place, end - 1))
                elif phrase.gaps and (last := _match_pattern(tokens, place, phrase.words)) >= 0:
                    hits.append(Hit(phrase, place, last))
        return [hit for hit in hits if not any(map(hit.is_part_of, longer))] if longer else hits


def _match_pattern(tokens: Sequence[str], place: int, pattern: Sequence[str]) -> int:
    """Return the index of the last token of `pattern` begun at `place`, or -1."""
    here = place
    gap = 0
    for word in pattern[1:]:
        if word == "*":
            gap = MAX_GAP
            continue
        here += 1
        window = tokens[here : here + gap + 1]
        if word not in window:
            return -1
        here += window.index(word)
        gap = 0
    return here


def expand_alternatives(phrase: str) -> Iterator[tuple[str, ...]]:
    """Yield every alternative of a phrase: «dap/danh nhau» stands for two phrases."""
    yield from product(*(part.split("/") for part in phrase.split()))


def load_lexicon(folder: Path = FOLDER) -> Lexicon:
    """Read every file of `folder`. Raise ValueError for an unknown category or guard: it would silently never match."""
    phrases: list[Phrase] = []
    for path in sorted(folder.glob("category_*.tsv")):
        label = path.stem.removeprefix("category_")
        if label not in CATEGORIES:
            raise ValueError(f"{path.name}: no such category")
        phrases += _read_phrases(path, label, "weight")
    phrases += _read_phrases(folder / "emergency.tsv", "emergency", "level")
    phrases += _read_phrases(folder / "guards.tsv", "guard", "kind")
    phrases += _read_phrases(folder / "sensitive.tsv", "sensitive", "why")
    phrases += _read_phrases(folder / "longer_words.tsv", "longer", "phrase")
    unknown = {phrase.value for phrase in phrases if phrase.kind == "guard"} - set(GUARDS)
    if unknown:
        raise ValueError(f"guards.tsv: unknown kind {sorted(unknown)}")
    return Lexicon(phrases)


def _read_phrases(path: Path, kind: str, column: str) -> Iterator[Phrase]:
    for row in read_table(path):
        for words in expand_alternatives(row["phrase"]):
            yield Phrase(words, kind, row[column], tuple(row.get("marked", "").split()), bool(row.get("talk")))


@lru_cache(maxsize=1)
def shipped_lexicon() -> Lexicon:
    return load_lexicon()
