"""Explanation of urgency in the writer's own words, without naming anything else. Pure."""

from collections.abc import Callable, Sequence

from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import fold_text, to_name_key, to_nfc
from binhyen.language.lexicon import Hit
from binhyen.language.tokenizer import TokenizedText

URGENT_REASON = L_("khẩn")
ALIKE_REASON = L_("khẩn, máy học thấy giống tin khẩn")
_MAX_QUOTE_WORDS = 5  # maximum words of one quotation
_RUNS = 2
_MIN_SECOND_SHARE = 0.3  # minimum weight of a second run, relative to the first
_MAX_QUOTE_CODE_POINTS = 40  # code points


def urgency_quote(
    tokenized: TokenizedText, alarms: Sequence[Hit], weigh: Callable[[TokenizedText], Sequence[float]]
) -> str:
    """Return the longest alarm phrase with the right spelling; else the model's claim and its most important words.

    `weigh`: function that returns the weight of each word.
    """
    bare = fold_text(tokenized.text) == tokenized.text.lower()
    written = [hit for hit in alarms if _is_spelled_as(tokenized, hit, bare=bare)]
    if written:
        longest = max(written, key=lambda hit: hit.last - hit.first)
        return f"{URGENT_REASON}: «{tokenized.quote(longest.first, longest.last)}»"
    quotes = [
        f"«{tokenized.quote(first, last, _MAX_QUOTE_CODE_POINTS)}»"
        for first, last in _find_weightiest_runs(tokenized, weigh(tokenized))
    ]
    return f"{ALIKE_REASON}: {', '.join(quotes)}" if quotes else ALIKE_REASON


def _is_spelled_as(tokenized: TokenizedText, hit: Hit, *, bare: bool) -> bool:
    """Return True unless accented words differ from the phrase: «bơm» is not «bom».

    One word alone is no evidence in an unaccented text.
    """
    if hit.first == hit.last and bare:
        return False
    for (start, end), wanted in zip(tokenized.spans[hit.first : hit.last + 1], hit.phrase.marked, strict=False):
        word = to_nfc(tokenized.text[start:end]).lower()
        if fold_text(word) != word and to_name_key(word) != to_name_key(wanted):
            return False
    return True


def _find_weightiest_runs(tokenized: TokenizedText, weights: Sequence[float]) -> list[tuple[int, int]]:
    """Return at most two runs of words within a sentence, first and last word of each, in order of position."""
    runs = []
    for first in (place for place, weight in enumerate(weights) if weight > 0):
        total = 0.0
        for last in range(first, min(first + _MAX_QUOTE_WORDS, len(weights))):
            if last > first and _ends_clause(tokenized, last - 1):
                break
            total += weights[last]
            if weights[last] > 0:
                runs.append((total, first, last))
    chosen: list[tuple[float, int, int]] = []
    for run in sorted(runs, key=lambda candidate: (-candidate[0], candidate[1])):
        is_separate = all(run[2] < first or run[1] > last for _, first, last in chosen)
        if is_separate and (not chosen or run[0] >= chosen[0][0] * _MIN_SECOND_SHARE):
            chosen.append(run)
        if len(chosen) == _RUNS:
            break
    return sorted((first, last) for _, first, last in chosen)


def _ends_clause(tokenized: TokenizedText, place: int) -> bool:
    """Return True if a sentence or a part of one ends after the word."""
    between = tokenized.text[tokenized.spans[place][1] : tokenized.spans[place + 1][0]]
    return bool(between.strip())
