"""How telling a word is: rare among the training messages is telling, in every second message is not."""

import math
from functools import lru_cache

from binhyen.language.entities.tables import rows

TABLE = "rarity.tsv"
TELLING = 0.35  # rarer than this, a word may name a place or a person
_COMMON = 0.06  # in a larger share of all messages a word says nothing of which one


@lru_cache(maxsize=1)
def _counts() -> tuple[int, dict[str, int]]:
    """Messages counted, and how many of them hold each folded word or pair of words."""
    counts = {row[0]: int(row[1]) for row in rows(TABLE)}
    return counts.pop("*"), counts


def rare(gram: str) -> float:
    """0 for a word in every message, about 1 for one in none; `gram` is a folded word, or two with a blank."""
    messages, counts = _counts()
    return math.log((messages + 1) / (counts.get(gram, 0) + 0.5)) / math.log(messages + 1)


def common(word: str) -> bool:
    """So frequent that sharing it means nothing."""
    messages, counts = _counts()
    return counts.get(word, 0) > messages * _COMMON


@lru_cache(maxsize=8192)
def weight(gram: str) -> float:
    """What sharing `gram` counts."""
    return rare(gram) ** 2
