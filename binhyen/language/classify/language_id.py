"""Language identification: the model knows only Vietnamese and would call a foreigner's fire «other».

It would do so with high confidence. English is read with a short list of phrases (data/lexicon/english.tsv); any other
foreign language only means that a person must read the message. Pure.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import fold_text
from binhyen.language.classify.classifier import MessageClassification
from binhyen.language.classify.lexicon_classifier import LexiconClassifier
from binhyen.language.lexicon import FOLDER, Lexicon, Phrase, expand_alternatives
from binhyen.language.reading import Entity
from binhyen.language.tokenizer import read_table

FOREIGN_REASON = L_("viết bằng tiếng nước ngoài")
# Common English words that no Vietnamese word or abbreviation resembles («the» is a card).
_COMMON = frozenset(
    "about after again all and are been before being by does for from front get had has have help his into is its just"  # noqa: SIM905
    " know looking lost many more my near need not of our out over people please police really she should some someone"
    " somebody street that their them there they this those very was we were what when where which while who will"
    " with would you your".split()
)
# A folded syllable of Vietnamese: onset, vowels, coda.
_SYLLABLE = re.compile(r"(?:ngh|ng|nh|gh|gi|ch|kh|ph|qu|th|tr|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ng|nh|ch|[cmnpt])?")
_MIN_FOREIGN_SHARE = 0.3  # minimum share of words that cannot be Vietnamese
_MAX_CODE_POINTS = 600  # code points read
_WORD = re.compile(r"[^\W\d_]+")
_LATIN_ENDS = 0x24F  # the last Latin letter outside the Vietnamese range 1E00..1EFF
_VIETNAMESE = range(0x1E00, 0x1F00)
# Beyond Latin, combining marks, general punctuation and pictographs: the only place for letters of another script.
_BEYOND = re.compile("[^\x00-\u024f\u0300-\u036f\u1e00-\u1eff\u2000-\u206f\u2600-\u27bf\U0001f300-\U0001faff]")


def classify_foreign(text: str, entities: Sequence[Entity]) -> MessageClassification | None:
    """Classify a foreign message by English phrases, never confidently; None for Vietnamese."""
    if not (is_other_script(text) or is_english(text)):
        return None
    classified = _english_classifier().classify(text, entities)
    return replace(classified, reasons=(FOREIGN_REASON, *classified.reasons))


def is_english(text: str) -> bool:
    """Return True for two or more words, one a common English word, and enough that are not Vietnamese syllables."""
    words_read = _WORD.findall(text[:_MAX_CODE_POINTS].lower())
    if _COMMON.isdisjoint(words_read) or len(words := set(words_read)) < 2:
        return False
    return sum(not _SYLLABLE.fullmatch(fold_text(word)) for word in words) >= _MIN_FOREIGN_SHARE * len(words)


def is_other_script(text: str) -> bool:
    """Return True if most letters are of another script: Lao, Thai, Chinese, Korean, Cyrillic."""
    if text.isascii() or not _BEYOND.search(text):
        return False
    letters = [ord(char) for char in text[:_MAX_CODE_POINTS] if char.isalpha()]
    foreign_letters = sum(code > _LATIN_ENDS and code not in _VIETNAMESE for code in letters)
    return foreign_letters > len(letters) / 2


@lru_cache(maxsize=1)
def _english_classifier() -> LexiconClassifier:
    """Load the phrases. Columns: phrase, its kind (a category or «emergency»), weight 1-3 or level."""
    rows = read_table(FOLDER / "english.tsv")
    return LexiconClassifier(
        Lexicon(
            [Phrase(words, row["kind"], row["value"]) for row in rows for words in expand_alternatives(row["phrase"])]
        )
    )
