"""What a message tells without its courtesy: greetings, thanks in advance and small talk hide no danger. Pure.

A feature counts by its share of the message, so polite words take theirs from what is told: «Kính gửi công an xã, tôi
xin trình báo: … Tôi xin trân trọng cảm ơn» hid every second danger.
"""

import re
from collections.abc import Callable

from binhyen.kit.text import fold_with_offsets
from binhyen.language.words import DATA, HEAD, read_table, words

RUN = 3
"""Words of courtesy in a row, at the beginning or end of a sentence, that are left out."""
COURTEOUS = 0.75
"""The share of such words from which a clause tells nothing."""
# Where another matter begins, in folded text: «cho hỏi làm căn cước ở đâu, à mà …», «hôm trước cảm ơn, hôm nay lại …».
_TURN = r"\b(?:a ma|nhung ma|voi lai|a quen|nhan tien|tien the|hom nay lai|nhu sau)\b"
_CLAUSE = re.compile(rf"[.!?;:,\n]+(?=\s|$)|\n|{_TURN}")
_SENTENCE = re.compile(r"[.!?;:\n]+(?=\s|$)|\n")
_POLITE = frozenset(row["word"] for row in read_table(DATA / "lexicon" / "courtesy.tsv"))


def rest(text: str, idle: Callable[[str], bool]) -> str:
    """Without sentences that are `idle` and without courtesy at the ends of the others; "" where that leaves nothing or
    all.
    """
    sentences = list(filter(None, map(str.strip, _SENTENCE.split(text[:HEAD]))))
    told = [part for part in sentences if len(sentences) == 1 or not idle(part)]
    trimmed = list(filter(None, map(_trimmed, told)))
    return ". ".join(trimmed) if trimmed != sentences else ""


def comes_to(text: str, calm: Callable[[str], bool]) -> str:
    """What it comes to: without the `calm` clauses it begins with, and the courtesy it ends with; "" where that leaves
    all. What stands after may end or deny it, so nothing else is left out.
    """
    clauses = _clauses(text[:HEAD])
    first, last = 0, len(clauses)
    while first < last - 1 and (_polite(clauses[first]) or calm(clauses[first])):
        first += 1
    while first < last - 1 and _polite(clauses[last - 1]):
        last -= 1
    if last - first == len(clauses):
        return ""
    return ", ".join(filter(None, map(_trimmed, clauses[first:last])))


def _clauses(text: str) -> list[str]:
    folded, origin = fold_with_offsets(text)
    parts, begin = [], 0
    for gap in _CLAUSE.finditer(folded):
        parts.append(text[begin : origin[gap.start()]])
        begin = origin[gap.end()]
    return list(filter(None, map(str.strip, [*parts, text[begin:]])))


def _polite(clause: str) -> bool:
    tokens = words(clause).tokens
    return sum(map(_POLITE.__contains__, tokens)) >= COURTEOUS * len(tokens)


def _trimmed(sentence: str) -> str:
    said = words(sentence)
    first, last = 0, len(said.tokens)
    while first < last and said.tokens[first] in _POLITE:
        first += 1
    if first == last:
        return ""
    while said.tokens[last - 1] in _POLITE:
        last -= 1
    first = first if first >= RUN else 0
    last = last if len(said.tokens) - last >= RUN else len(said.tokens)
    if (first, last) == (0, len(said.tokens)):
        return sentence
    return said.text[said.spans[first][0] : said.spans[last - 1][1]]
