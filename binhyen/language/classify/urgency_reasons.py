"""Explanation of urgency in the writer's own words, without naming anything else. Pure."""

from collections.abc import Callable, Sequence

from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import fold, name_key, nfc
from binhyen.language.lexicon import Hit
from binhyen.language.tokenizer import Words

URGENT = L_("khẩn")
ALIKE = L_("khẩn, máy học thấy giống tin khẩn")
_RUN = 5  # maximum words of one quotation
_RUNS = 2
_LEAST = 0.3  # minimum weight of a second run, relative to the first
_PART = 40  # code points


def pressing(said: Words, alarms: Sequence[Hit], weigh: Callable[[Words], Sequence[float]]) -> str:
    """Return the longest alarm phrase with the right spelling; else the model's claim and its most important words.

    `weigh`: function that returns the weight of each word.
    """
    bare = fold(said.text) == said.text.lower()
    written = [h for h in alarms if _as_written(said, h, bare=bare)]
    if written:
        longest = max(written, key=lambda h: h.last - h.first)
        return f"{URGENT}: «{said.quote(longest.first, longest.last)}»"
    quotes = [f"«{said.quote(first, last, _PART)}»" for first, last in _weightiest(said, weigh(said))]
    return f"{ALIKE}: {', '.join(quotes)}" if quotes else ALIKE


def _as_written(said: Words, hit: Hit, *, bare: bool) -> bool:
    """Return True unless accented words differ from the phrase: «bơm» is not «bom».

    One word alone is no evidence in an unaccented text.
    """
    if hit.first == hit.last and bare:
        return False
    for (start, end), wanted in zip(said.spans[hit.first : hit.last + 1], hit.phrase.marked, strict=False):
        word = nfc(said.text[start:end]).lower()
        if fold(word) != word and name_key(word) != name_key(wanted):
            return False
    return True


def _weightiest(said: Words, weights: Sequence[float]) -> list[tuple[int, int]]:
    """Return at most two runs of words within a sentence, first and last word of each, in order of position."""
    runs = []
    for first in (place for place, weight in enumerate(weights) if weight > 0):
        total = 0.0
        for last in range(first, min(first + _RUN, len(weights))):
            if last > first and _ends(said, last - 1):
                break
            total += weights[last]
            if weights[last] > 0:
                runs.append((total, first, last))
    chosen: list[tuple[float, int, int]] = []
    for run in sorted(runs, key=lambda each: (-each[0], each[1])):
        apart = all(run[2] < first or run[1] > last for _, first, last in chosen)
        if apart and (not chosen or run[0] >= chosen[0][0] * _LEAST):
            chosen.append(run)
        if len(chosen) == _RUNS:
            break
    return sorted((first, last) for _, first, last in chosen)


def _ends(said: Words, place: int) -> bool:
    """Return True if a sentence or a part of one ends after the word."""
    between = said.text[said.spans[place][1] : said.spans[place + 1][0]]
    return bool(between.strip())
