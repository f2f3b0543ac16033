"""Of a few words only what names a danger is one: the machine guessed it into «khổ thân» and «chú đến đâu rồi».

What it weighs in a long message it does not know in three words; a list does (data/lexicon/few.tsv). It only ever keeps
quiet: whether what is named rings, the machine says. Pure.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from binhyen.kit.text import fold, name_key, nfc
from binhyen.language.classify.levels import emergencies
from binhyen.language.lexicon import FOLDER, Hit, Lexicon, Phrase, expand
from binhyen.language.phrases import bag
from binhyen.language.words import Words, read_table

FEW: Final = 4
"""Words besides those of address, up to which a danger must be named."""
SHORT: Final = 6
"""… up to which the machine is to be surer of one that is not named: «nó để xe trong sân»."""
_LOOKED: Final = 3 * FEW  # a longer message is not only words of address
_BEFORE: Final = 2  # words before a danger that may deny it
_ADDRESS: Final = bag(
    "a ae alo anh bac cac chau chi chu co da e em he may minh moi nguoi nghe nhe oi thua toi tui u vang"
)
_DENYING: Final = bag("chang chua dau het khoi khong")


def untold(said: Words, hits: Sequence[Hit], most: int = FEW) -> bool:
    """At `most` so many words, that name no danger or only deny one: «không có dao»."""
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
    """«ngập cổ» in «bài vở ngập cổ»; of equals neither is within."""
    whole = figure.first <= hit.first and hit.last <= figure.last
    return whole and figure.last - figure.first > hit.last - hit.first


def _denied(said: Words, hit: Hit) -> bool:
    return not _DENYING.isdisjoint(said.tokens[max(hit.first - _BEFORE, 0) : hit.first])


def _written(said: Words, hit: Hit) -> bool:
    """Words with marks have those of the phrase: «khỏi» is no «khói»."""
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
