"""Guard for very short messages: danger only if it is named; the model found it in «khổ thân» and «chú đến đâu rồi».

The model's weights are learnt from longer messages and mean little in three words; a list does (data/lexicon/few.tsv).
It only suppresses: the model still decides whether a named danger raises an alarm. Pure.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from binhyen.kit.text import fold, name_key, nfc
from binhyen.language.classify.urgency_levels import emergencies
from binhyen.language.lexicon import FOLDER, Hit, Lexicon, Phrase, expand
from binhyen.language.phrase_trie import bag
from binhyen.language.tokenizer import Words, read_table

FEW: Final = 4
"""Maximum number of words, without forms of address, for which a danger must be named."""
SHORT: Final = 6
"""… for which the model must be more confident of an unnamed danger: «nó để xe trong sân»."""
_LOOKED: Final = 3 * FEW  # a longer message has more than forms of address
_BEFORE: Final = 2  # words before a danger that may deny it
_ADDRESS: Final = bag(
    "a ae alo anh bac cac chau chi chu co da e em he may minh moi nguoi nghe nhe oi thua toi tui u vang"
)
_DENYING: Final = bag("chang chua dau het khoi khong")


def untold(said: Words, hits: Sequence[Hit], most: int = FEW) -> bool:
    """Return True for at most `limit` words that name no danger or only deny one: «không có dao»."""
    if len(said.tokens) > _LOOKED or sum(word not in _ADDRESS for word in said.tokens) > most:
        return False
    found = _dangers().find(said)
    figures = [hit for hit in found if hit.phrase.value == "figure" and _written(said, hit)]
    named = [hit for hit in (*emergencies(hits), *found) if hit.phrase.value != "figure"]
    return not any(
        _written(said, hit) and not _denied(said, hit) and not any(_within(hit, one) for one in figures)
        for hit in named
    )


def _within(hit: Hit, figure: Hit) -> bool:
    """Return True for «ngập cổ» in «bài vở ngập cổ»; hits of equal length are not within each other."""
    whole = figure.first <= hit.first and hit.last <= figure.last
    return whole and figure.last - figure.first > hit.last - hit.first


def _denied(said: Words, hit: Hit) -> bool:
    return not _DENYING.isdisjoint(said.tokens[max(hit.first - _BEFORE, 0) : hit.first])


def _written(said: Words, hit: Hit) -> bool:
    """Return True unless accented words differ from the phrase: «khỏi» is not «khói»."""
    for (start, end), wanted in zip(said.spans[hit.first : hit.last + 1], hit.phrase.marked, strict=False):
        word = nfc(said.text[start:end]).lower()
        bare = fold(word) == word
        if (bare and hit.phrase.value == "marks") or not (bare or name_key(word) == name_key(wanted)):
            return False
    return True


@lru_cache(maxsize=1)
def _dangers() -> Lexicon:
    return Lexicon(
        [
            Phrase(tuple(map(fold, words)), "few", row["match"], words)
            for row in read_table(FOLDER / "few.tsv")
            for words in expand(row["phrase"])
        ]
    )
