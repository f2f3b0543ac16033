"""Guard for very short messages: danger only if it is named; the model found it in «khổ thân» and «chú đến đâu rồi».

The model's weights are learnt from longer messages and mean little in three words; a list does (data/lexicon/few.tsv).
It only suppresses: the model still decides whether a named danger raises an alarm. Pure.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from binhyen.kit.text import fold_text, to_name_key, to_nfc
from binhyen.language.classify.urgency_levels import literal_emergencies
from binhyen.language.lexicon import FOLDER, Hit, Lexicon, Phrase, expand_alternatives
from binhyen.language.phrase_trie import word_set
from binhyen.language.tokenizer import TokenizedText, read_table

MAX_FEW_WORDS: Final = 4
"""Maximum number of words, without forms of address, for which a danger must be named."""
MAX_SHORT_WORDS: Final = 6
"""… for which the model must be more confident of an unnamed danger: «nó để xe trong sân»."""
_MAX_TOKENS: Final = 3 * MAX_FEW_WORDS  # a longer message has more than forms of address
_NEGATION_REACH: Final = 2  # words before a danger that may deny it
_ADDRESS: Final = word_set(
    "a ae alo anh bac cac chau chi chu co da e em he may minh moi nguoi nghe nhe oi thua toi tui u vang"
)
_DENYING: Final = word_set("chang chua dau het khoi khong")


def is_short_without_danger(tokenized: TokenizedText, hits: Sequence[Hit], limit: int = MAX_FEW_WORDS) -> bool:
    """Return True for at most `limit` words that name no danger or only deny one: «không có dao»."""
    if len(tokenized.tokens) > _MAX_TOKENS or sum(word not in _ADDRESS for word in tokenized.tokens) > limit:
        return False
    danger_hits = _load_dangers().find(tokenized)
    figures = [hit for hit in danger_hits if hit.phrase.value == "figure" and _is_spelled_as(tokenized, hit)]
    named = [hit for hit in (*literal_emergencies(hits), *danger_hits) if hit.phrase.value != "figure"]
    return not any(
        _is_spelled_as(tokenized, hit)
        and not _is_denied(tokenized, hit)
        and not any(_is_within_figure(hit, figure) for figure in figures)
        for hit in named
    )


def _is_within_figure(hit: Hit, figure: Hit) -> bool:
    """Return True for «ngập cổ» in «bài vở ngập cổ»; hits of equal length are not within each other."""
    whole = figure.first <= hit.first and hit.last <= figure.last
    return whole and figure.last - figure.first > hit.last - hit.first


def _is_denied(tokenized: TokenizedText, hit: Hit) -> bool:
    return not _DENYING.isdisjoint(tokenized.tokens[max(hit.first - _NEGATION_REACH, 0) : hit.first])


def _is_spelled_as(tokenized: TokenizedText, hit: Hit) -> bool:
    """Return True unless accented words differ from the phrase: «khỏi» is not «khói»."""
    for (start, end), wanted in zip(tokenized.spans[hit.first : hit.last + 1], hit.phrase.marked, strict=False):
        word = to_nfc(tokenized.text[start:end]).lower()
        bare = fold_text(word) == word
        if (bare and hit.phrase.value == "marks") or not (bare or to_name_key(word) == to_name_key(wanted)):
            return False
    return True


@lru_cache(maxsize=1)
def _load_dangers() -> Lexicon:
    return Lexicon(
        [
            Phrase(tuple(map(fold_text, words)), "few", row["match"], words)
            for row in read_table(FOLDER / "few.tsv")
            for words in expand_alternatives(row["phrase"])
        ]
    )
