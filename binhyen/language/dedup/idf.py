"""Inverse document frequency of words over the training messages."""

import math
from functools import lru_cache

from binhyen.language.entities.gazetteers import read_rows_of

TABLE = "rarity.tsv"
MIN_NAME_IDF = 0.35  # idf above which a word may name a place or a person
_COMMON_SHARE = 0.06  # A word in a larger share of all messages does not distinguish one from another.


@lru_cache(maxsize=1)
def _load_counts() -> tuple[int, dict[str, int]]:
    """Return the number of messages counted, and how many of them hold each folded word or pair of words."""
    counts = {row[0]: int(row[1]) for row in read_rows_of(TABLE)}
    return counts.pop("*"), counts


def idf(gram: str) -> float:
    """Return the idf: 0 for a word in every message, about 1 for one in none; `gram` is one folded word or two."""
    messages, counts = _load_counts()
    return math.log((messages + 1) / (counts.get(gram, 0) + 0.5)) / math.log(messages + 1)


def is_common(word: str) -> bool:
    """Return True for a word so frequent that sharing it means nothing."""
    messages, counts = _load_counts()
    return counts.get(word, 0) > messages * _COMMON_SHARE


@lru_cache(maxsize=8192)
def idf_weight(gram: str) -> float:
    """Return the weight of sharing `gram`: its squared idf."""
    return idf(gram) ** 2
