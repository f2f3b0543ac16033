"""Messages that are not Vietnamese: the model has read none, so its «other, quite sure» would bury a foreigner's fire.

English is read by a short list of phrases (data/lexicon/english.tsv); whatever else is foreign says nothing but that a
person has to look. Pure.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from binhyen.kit.text import fold
from binhyen.kit.wording import L_
from binhyen.language.classify.decide import Classified
from binhyen.language.classify.plain import PlainClassifier
from binhyen.language.lexicon import FOLDER, Lexicon, Phrase, expand
from binhyen.language.reading import Entity
from binhyen.language.words import read_table

FOREIGN = L_("viết bằng tiếng nước ngoài")
# Everyday words of English that no Vietnamese word or short form looks like («the» is a card).
_COMMON = frozenset(
    "about after again all and are been before being by does for from front get had has have help his into is its just"  # noqa: SIM905
    " know looking lost many more my near need not of our out over people please police really she should some someone"
    " somebody street that their them there they this those very was we were what when where which while who will"
    " with would you your".split()
)
# A folded syllable of Vietnamese: onset, vowels, end.
_SYLLABLE = re.compile(r"(?:ngh|ng|nh|gh|gi|ch|kh|ph|qu|th|tr|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ng|nh|ch|[cmnpt])?")
_STRANGE = 0.3  # this share of the words cannot be Vietnamese
_READ = 600  # code points looked at
_WORD = re.compile(r"[^\W\d_]+")
_LATIN_ENDS = 0x24F  # the last of the Latin letters without Vietnamese; those stand in 1E00..1EFF
_VIETNAMESE = range(0x1E00, 0x1F00)
# Beyond Latin, combining marks, general punctuation and pictures: only there may letters of another script be.
_BEYOND = re.compile("[^\x00-\u024f\u0300-\u036f\u1e00-\u1eff\u2000-\u206f\u2600-\u27bf\U0001f300-\U0001faff]")


def classify(text: str, entities: Sequence[Entity]) -> Classified | None:
    """By English phrases, and never sure; None for Vietnamese."""
    if not (is_other_script(text) or is_english(text)):
        return None
    said = _english().classify(text, entities)
    return replace(said, reasons=(FOREIGN, *said.reasons))


def is_english(text: str) -> bool:
    """Two or more words, some everyday word of English, and too many words that no Vietnamese mouth could say."""
    said = _WORD.findall(text[:_READ].lower())
    if _COMMON.isdisjoint(said) or len(words := set(said)) < 2:
        return False
    return sum(not _SYLLABLE.fullmatch(fold(word)) for word in words) >= _STRANGE * len(words)


def is_other_script(text: str) -> bool:
    """Most of its letters are of another script: Lao, Thai, Chinese, Korean, Cyrillic."""
    if text.isascii() or not _BEYOND.search(text):
        return False
    letters = [ord(c) for c in text[:_READ] if c.isalpha()]
    strange = sum(code > _LATIN_ENDS and code not in _VIETNAMESE for code in letters)
    return strange > len(letters) / 2


@lru_cache(maxsize=1)
def _english() -> PlainClassifier:
    """Columns of the file: phrase, what it points to (a category or «emergency»), weight 1-3 or level."""
    rows = read_table(FOLDER / "english.tsv")
    return PlainClassifier(
        Lexicon([Phrase(words, row["kind"], row["value"]) for row in rows for words in expand(row["phrase"])])
    )
