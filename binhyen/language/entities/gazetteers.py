"""Gazetteer tables that are shipped with the program, read once."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from binhyen.kit.text import fold_text
from binhyen.language.phrase_trie import PhraseTrie, phrase_list

DATA = Path(__file__).resolve().parents[1] / "data"


@dataclass(frozen=True, slots=True)
class Item:
    """A kind of item. `group`: items of one group may be the same item. `flags`: see data/items.tsv."""

    word: str
    group: str
    flags: str


def read_rows_of(name: str) -> Iterator[list[str]]:
    """Yield the rows of a table in `data/`, without comments."""
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


@lru_cache(maxsize=1)
def load_items() -> PhraseTrie[Item]:
    """Return item names in every spelling."""
    return PhraseTrie(
        (row[0], Item(row[0], row[1], row[2] if len(row) > 2 else "")) for row in read_rows_of("items.tsv")
    )


@lru_cache(maxsize=2)
def load_kinds(*, in_posts: bool = False) -> PhraseTrie[str]:
    """Return more words that imply a kind of item, for matching only: a breed is a dog, but the lost item is «chó».

    `in_posts`: also the words that are items only where a post is known to concern one.
    """
    rows = (row for row in read_rows_of("kinds.tsv") if in_posts or len(row) < 3)
    return PhraseTrie((words, row[1]) for row in rows for words in phrase_list(row[0]))


@lru_cache(maxsize=1)
def load_brands() -> PhraseTrie[str]:
    """Return brand or model → flag."""
    return PhraseTrie((row[0], row[1] if len(row) > 1 else "") for row in read_rows_of("brands.tsv"))


@lru_cache(maxsize=1)
def load_given_names() -> frozenset[str]:
    """Return accented given names, lower case."""
    return frozenset(word for row in read_rows_of("given_names.tsv") for word in row[0].split())


@lru_cache(maxsize=1)
def load_topics() -> PhraseTrie[tuple[str, bool]]:
    """Return topics of incidents by their cue words, and whether the word needs its diacritics: «rắn», not «ran»."""
    cue_topics = ((word, row[0]) for row in read_rows_of("topics.tsv") for word in phrase_list(row[1]))
    return PhraseTrie((word, (topic, " " not in word and fold_text(word) != word)) for word, topic in cue_topics)


@lru_cache(maxsize=1)
def load_makers() -> dict[str, tuple[str, str]]:
    """Return folded brand or model → its group of items, and its maker."""
    return {fold_text(name): (row[0], row[1]) for row in read_rows_of("makers.tsv") for name in phrase_list(row[2])}
