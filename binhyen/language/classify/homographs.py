"""Words that only without their marks look like a word of danger: «chạy» is no «cháy», «trống» is no «trong».

The model reads folded words, so that marks cannot be missed; where they are written, they may still rule a danger out.
The table (data/lexicon/homographs.tsv) is counted by `binhyen language comments`. Pure.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from binhyen.language.lexicon import FOLDER
from binhyen.language.tokenizer import TokenizedText, read_table

TABLE = "homographs.tsv"
_HIDDEN = "~"  # makes a token unknown to the model: FIGURE_JOINER


def hide_homographs(tokenized: TokenizedText) -> TokenizedText | None:
    """Return the tokens without those whose marks rule their danger out; None if there are none."""
    if tokenized.text.isascii():
        return None
    table = _load_homographs()
    tokens = [
        f"{token}{_HIDDEN}" if token in table and tokenized.text[start:end].lower() in table[token] else token
        for token, (start, end) in zip(tokenized.tokens, tokenized.spans, strict=True)
    ]
    return replace(tokenized, tokens=tuple(tokens)) if tuple(tokens) != tokenized.tokens else None


@lru_cache(maxsize=1)
def _load_homographs() -> Mapping[str, frozenset[str]]:
    return {row["word"]: frozenset(row["marked"].split()) for row in read_table(FOLDER / TABLE)}
