"""Scores spans the way the labelling guide says: by norm for numbers, by half-overlap for the rest."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from binhyen.language.entities import extract
from binhyen.language.places import Gazetteer

BY_NORM = frozenset(("PHONE", "BANK_ACCOUNT", "ID_NUMBER", "PLATE", "URL", "MONEY", "AGE"))


def same(gold: Mapping[str, Any], kind: str, start: int, end: int, norm: object) -> bool:
    """A predicted span counts as the gold span."""
    if gold["type"] != kind:
        return False
    if kind in BY_NORM:
        return str(gold["norm"]) == str(norm)
    overlap = min(gold["end"], end) - max(gold["start"], start)
    return overlap * 2 >= max(gold["end"] - gold["start"], end - start)


def f1_by_type(rows: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """F1 of every type, and «micro» over all."""
    hit: Counter[str] = Counter()
    extra: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    gazetteer = Gazetteer.load_default()
    for row in rows:
        left = list(row["entities"])
        for entity in extract(row["text"], gazetteer):
            match = next((g for g in left if same(g, entity.type, entity.start, entity.end, entity.norm)), None)
            if match is None:
                extra[entity.type] += 1
            else:
                left.remove(match)
                hit[entity.type] += 1
        missed.update(gold["type"] for gold in left)
    out = {kind: 2 * hit[kind] / (2 * hit[kind] + extra[kind] + missed[kind]) for kind in hit | extra | missed}
    out["micro"] = 2 * hit.total() / (2 * hit.total() + extra.total() + missed.total())
    return out
