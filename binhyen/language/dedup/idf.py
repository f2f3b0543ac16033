"""Inverse document frequency of words over the training messages."""

import math
from functools import lru_cache

from binhyen.language.entities.gazetteers import rows

TABLE = "rarity.tsv"
TELLING = 0.35  # idf above which a word may name a place or a person
_COMMON = 0.06  # A word in a larger share of all messages does not distinguish one from another.


@lru_cache(maxsize=1)
def _counts() -> tuple[int, dict[str, int]]:
    """Return the number of messages counted, and how many of them hold each folded word or pair of words."""
    counts = {row[0]: int(row[1]) for row in rows(TABLE)}
    return counts.pop("*"), counts


def rare(gram: str) -> float:
    """Return the idf: 0 for a word in every message, about 1 for one in none; `gram` is one folded word or two."""
    messages, counts = _counts()
    return math.log((messages + 1) / (counts.get(gram, 0) + 0.5)) / math.log(messages + 1)


def common(word: str) -> bool:
    """Return True for a word so frequent that sharing it means nothing."""
    messages, counts = _counts()
    return counts.get(word, 0) > messages * _COMMON


@lru_cache(maxsize=8192)
def weight(gram: str) -> float:
    """Return the weight of sharing `gram`: its squared idf."""
    return rare(gram) ** 2
