"""What a message tells without its courtesy: greetings, thanks in advance and small talk hide no danger. Pure.

A feature counts by its share of the message, so polite words take theirs from what is told: «Kính gửi công an xã, tôi
xin trình báo: … Tôi xin trân trọng cảm ơn» hid every second danger.
"""

import re
from collections.abc import Callable

from binhyen.language.words import DATA, HEAD, read_table, words

RUN = 3
"""Words of courtesy in a row, at the beginning or end of a sentence, that are left out."""
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
