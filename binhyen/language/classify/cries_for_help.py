"""Emergency keywords: a cry for help of a word or two («cứu», «CUU TOI VOI», «help»), or a very short danger report.

The writer of a cry gives no details and has no time for them; a danger of so few words («chìm ghe rồi») is unknown to
the model. Pure. Better one car too many than one too late: only words with another meaning beside it leave the message
to the model.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import fold, name_key, nfc
from binhyen.language.classify.classifier import Classified
from binhyen.language.classify.fragment import around
from binhyen.language.classify.urgency_reasons import URGENT
from binhyen.language.lexicon import FOLDER, shipped
from binhyen.language.reading import Entity
from binhyen.language.tokenizer import read_table, words

UNTOLD = L_("chỉ kêu cứu, chưa nói chuyện gì")
# «cứu» may mean anything; confidence of a bare cry, and of a named danger like «cháy».
_ANYTHING, _UNSAID, _SAID = "public_order", 0.5, 0.9
_BESIDE = "beside"  # valid beside a named danger, not beside a cry
_MOST = 80  # code points; a longer message has content of its own
_LONGEST = 4  # words of a danger
_ROBBED = frozenset({"vo", "chong"})  # «stolen husband» or «stolen wife» is a joke
_DRAWN = re.compile(r"(.)\1{2,}")  # «cứuuuu», «helppp»
_PAST = re.compile(r"\b(?:qua|kia|no|truoc|ngoai|xua|roi)\b")  # a past day, in a folded time
_WORD = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+|\d+")
_JOKING = re.compile(
    "[\U0001f601-\U0001f606\U0001f923\U0001f61c-\U0001f61d]|[:=]\\){2,}|(?:ha|hi|he|kk){2}", re.IGNORECASE
)


def classify(text: str, entities: Sequence[Entity]) -> Classified | None:
    """Return urgency 3 with limited confidence; None for any content beyond cry and place."""
    if len(text) > _MOST or any(one.type == "TIME" and _PAST.search(str(one.norm)) for one in entities):
        return None
    said = [nfc(word).lower() for word in _WORD.findall(around(text, entities).replace("🆘", " sos "))]
    told, named = "", False
    for length, cried in (heard := list(_heard(said))):
        if cried is None:
            return None
        told, named = told or (cried if cried != _BESIDE else ""), named or length > 1
    beside = any(cried == _BESIDE for _, cried in heard)
    if not told or (beside and not named) or _JOKING.search(text) or _figure(text):
        return None
    if told == "theft" and any(fold(word) in _ROBBED for word in said):
        return None
    sure = _UNSAID if told == _ANYTHING else _SAID
    others = ((other, (1 - sure) / 4) for other in (_ANYTHING, "violence", "fire") if other != told)
    top = ((told, sure), *others)[:3]
    why = f"{URGENT}: «{' '.join(said)}»"
    return Classified(told, sure, top, 3, False, (why,) if named else (why, UNTOLD))


def _heard(said: Sequence[str]) -> Iterator[tuple[int, str | None]]:
    """Yield the number of words of each longest match, and its category.

    The category is «» for a word that only accompanies a cry, None for a word with another meaning.
    """
    at = 0
    while at < len(said):
        several = range(min(_LONGEST, len(said) - at), 1, -1)
        length, cried = next(
            ((n, found) for n in several if (found := _cry(" ".join(said[at : at + n]))) is not None),
            (1, _cry(said[at])),
        )
        yield length, cried
        at += length


def _cry(word: str) -> str | None:
    drawn = (_DRAWN.sub(r"\1\1", word), _DRAWN.sub(r"\1", word)) if _DRAWN.search(word) else ()
    for tried in (word, *drawn):
        bare = fold(tried)
        for key, category in _table().get(bare, ()):
            if bare == tried or name_key(tried) == key:
                return category
    return None


def _figure(text: str) -> bool:
    """Return True for a figure of speech: «cháy túi rồi», although «túi rồi» is «tối rồi» in the dialect."""
    return any(hit.phrase.value == "figure" for hit in shipped().find(words(text)) if hit.phrase.kind == "guard")


@lru_cache(maxsize=1)
def _table() -> dict[str, list[tuple[str, str]]]:
    """Return by folded words: accented spelling and category."""
    table: dict[str, list[tuple[str, str]]] = {}
    for row in read_table(FOLDER / "cries.tsv"):
        table.setdefault(fold(row["word"]), []).append((name_key(row["word"]), row["category"]))
    return table
