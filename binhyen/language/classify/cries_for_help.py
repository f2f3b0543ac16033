"""Emergency keywords: a cry for help of a word or two («cứu», «CUU TOI VOI», «help»), or a very short danger report.

The writer of a cry gives no details and has no time for them; a danger of so few words («chìm ghe rồi») is unknown to
the model. Pure. Better one car too many than one too late: only words with another meaning beside it leave the message
to the model.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import fold_text, to_name_key, to_nfc
from binhyen.language.classify.classifier import MessageClassification
from binhyen.language.classify.fragment import remove_entities
from binhyen.language.classify.urgency import URGENT_REASON
from binhyen.language.lexicon import FOLDER, shipped_lexicon
from binhyen.language.reading import Entity
from binhyen.language.tokenizer import read_table, tokenize

NO_DETAILS_REASON = L_("chỉ kêu cứu, chưa nói chuyện gì")
# «cứu» may mean anything; confidence of a bare cry, and of a named danger like «cháy».
_DEFAULT_CATEGORY, _CONFIDENCE_OF_CRY, _CONFIDENCE_OF_DANGER = "public_order", 0.5, 0.9
_COMPANION = "beside"  # valid beside a named danger, not beside a cry
_MAX_CODE_POINTS = 80  # code points; a longer message has content of its own
_MAX_PHRASE_WORDS = 4  # words of a danger
_SPOUSES = frozenset({"vo", "chong"})  # «stolen husband» or «stolen wife» is a joke
_REPEATED_LETTER = re.compile(r"(.)\1{2,}")  # «cứuuuu», «helppp»
_PAST = re.compile(r"\b(?:qua|kia|no|truoc|ngoai|xua|roi)\b")  # a past day, in a folded time
_WORD = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+|\d+")
_JOKING = re.compile(
    "[\U0001f601-\U0001f606\U0001f923\U0001f61c-\U0001f61d]|[:=]\\){2,}|(?:ha|hi|he|kk){2}", re.IGNORECASE
)


def classify_cry(text: str, entities: Sequence[Entity]) -> MessageClassification | None:
    """Return urgency 3 with limited confidence; None for any content beyond cry and place."""
    if len(text) > _MAX_CODE_POINTS or any(
        entity.type == "TIME" and _PAST.search(str(entity.norm)) for entity in entities
    ):
        return None
    words_read = [
        to_nfc(word).lower() for word in _WORD.findall(remove_entities(text, entities).replace("🆘", " sos "))
    ]
    category, named, has_companion = "", False, False
    for length, cry in _match_cries(words_read):
        if cry is None:
            return None
        category, named = category or (cry if cry != _COMPANION else ""), named or length > 1
        has_companion = has_companion or cry == _COMPANION
    if not category or (has_companion and not named) or _JOKING.search(text) or _has_figure_of_speech(text):
        return None
    if category == "theft" and any(fold_text(word) in _SPOUSES for word in words_read):
        return None
    sure = _CONFIDENCE_OF_CRY if category == _DEFAULT_CATEGORY else _CONFIDENCE_OF_DANGER
    others = (
        (other_category, (1 - sure) / 4)
        for other_category in (_DEFAULT_CATEGORY, "violence", "fire")
        if other_category != category
    )
    top = ((category, sure), *others)[:3]
    why = f"{URGENT_REASON}: «{' '.join(words_read)}»"
    return MessageClassification(category, sure, top, 3, False, (why,) if named else (why, NO_DETAILS_REASON))


def _match_cries(words_read: Sequence[str]) -> Iterator[tuple[int, str | None]]:
    """Yield the number of words of each longest match, and its category.

    The category is «» for a word that only accompanies a cry, None for a word with another meaning.
    """
    index = 0
    while index < len(words_read):
        sizes = range(min(_MAX_PHRASE_WORDS, len(words_read) - index), 1, -1)
        length, cry_category = next(
            (
                (size, category)
                for size in sizes
                if (category := _lookup_cry(" ".join(words_read[index : index + size]))) is not None
            ),
            (1, _lookup_cry(words_read[index])),
        )
        yield length, cry_category
        index += length


def _lookup_cry(word: str) -> str | None:
    drawn = (
        (_REPEATED_LETTER.sub(r"\1\1", word), _REPEATED_LETTER.sub(r"\1", word))
        if _REPEATED_LETTER.search(word)
        else ()
    )
    for tried in (word, *drawn):
        bare = fold_text(tried)
        for key, category in _load_cries().get(bare, ()):
            if bare == tried or to_name_key(tried) == key:
                return category
    return None


def _has_figure_of_speech(text: str) -> bool:
    """Return True for a figure of speech: «cháy túi rồi», although «túi rồi» is «tối rồi» in the dialect."""
    return any(
        hit.phrase.value == "figure" for hit in shipped_lexicon().find(tokenize(text)) if hit.phrase.kind == "guard"
    )


@lru_cache(maxsize=1)
def _load_cries() -> dict[str, list[tuple[str, str]]]:
    """Return by folded words: accented spelling and category."""
    table: dict[str, list[tuple[str, str]]] = {}
    for row in read_table(FOLDER / "cries.tsv"):
        table.setdefault(fold_text(row["word"]), []).append((to_name_key(row["word"]), row["category"]))
    return table
