"""Gazetteer tables that are shipped with the program, read once."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from binhyen.kit.text import fold
from binhyen.language.phrase_trie import Phrases, listed

DATA = Path(__file__).resolve().parents[1] / "data"


@dataclass(frozen=True, slots=True)
class Item:
    """A kind of item. `group`: items of one group may be the same item. `flags`: see data/items.tsv."""

    word: str
    group: str
    flags: str


def rows(name: str) -> Iterator[list[str]]:
    """Yield the rows of a table in `data/`, without comments."""
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


@lru_cache(maxsize=1)
def items() -> Phrases[Item]:
    """Return item names in every spelling."""
    return Phrases((row[0], Item(row[0], row[1], row[2] if len(row) > 2 else "")) for row in rows("items.tsv"))


@lru_cache(maxsize=1)
def kinds() -> Phrases[str]:
    """Return more words that imply a kind of item, for matching only: a breed is a dog, but the lost item is «chó»."""
    return Phrases((row[0], row[1]) for row in rows("kinds.tsv"))


@lru_cache(maxsize=1)
def brands() -> Phrases[str]:
    """Return brand or model → flag."""
    return Phrases((row[0], row[1] if len(row) > 1 else "") for row in rows("brands.tsv"))


@lru_cache(maxsize=1)
def given_names() -> frozenset[str]:
    """Return accented given names, lower case."""
    return frozenset(word for row in rows("given_names.tsv") for word in row[0].split())


@lru_cache(maxsize=1)
def topics() -> Phrases[tuple[str, bool]]:
    """Return topics of incidents by their cue words, and whether the word needs its diacritics: «rắn», not «ran»."""
    told = ((word, row[0]) for row in rows("topics.tsv") for word in listed(row[1]))
    return Phrases((word, (topic, " " not in word and fold(word) != word)) for word, topic in told)


@lru_cache(maxsize=1)
def makers() -> dict[str, tuple[str, str]]:
    """Return folded brand or model → its group of items, and its maker."""
    return {fold(name): (row[0], row[1]) for row in rows("makers.tsv") for name in listed(row[2])}
