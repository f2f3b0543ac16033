"""A cry for help of a word or two («cứu», «CUU TOI VOI», «help»): nothing is told, and nobody has time to tell. Pure.

Better one car too many than one too late: only words beside it that mean something else leave it to the model.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from binhyen.kit.text import fold, name_key, nfc
from binhyen.kit.wording import L_
from binhyen.language.classify.decide import Classified
from binhyen.language.classify.fragment import around
from binhyen.language.classify.urgent import URGENT
from binhyen.language.lexicon import FOLDER
from binhyen.language.reading import Entity
from binhyen.language.words import read_table

UNTOLD = L_("chỉ kêu cứu, chưa nói chuyện gì")
_ANYTHING, _UNSAID, _SAID = "public_order", 0.5, 0.9  # «cứu» may be of anything; how sure that and «cháy» are
_MOST = 80  # code points; a longer message says something
_ROBBED = frozenset({"vo", "chong"})  # who is robbed of a husband jokes
_DRAWN = re.compile(r"(.)\1{2,}")  # «cứuuuu», «helppp»
_WORD = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+|\d+")
_JOKING = re.compile(
    "[\U0001f601-\U0001f606\U0001f923\U0001f61c-\U0001f61d]|[:=]\\){2,}|(?:ha|hi|he|kk){2}", re.IGNORECASE
)


def classify(text: str, entities: Sequence[Entity]) -> Classified | None:
    """Urgency 3, and never sure of what; None for whatever says more than where."""
    if len(text) > _MOST:
        return None
    told, robbed, said = "", False, _WORD.findall(around(text, entities).replace("🆘", " sos "))
    for word in map(str.lower, map(nfc, said)):
        if (cried := _cry(word)) is None:
            return None
        told, robbed = told or cried, robbed or fold(word) in _ROBBED
    if not told or (told == "theft" and robbed) or _JOKING.search(text):
        return None
    sure = _UNSAID if told == _ANYTHING else _SAID
    others = ((other, (1 - sure) / 4) for other in (_ANYTHING, "violence", "fire") if other != told)
    top = ((told, sure), *others)[:3]
    quoted = " ".join(said)
    return Classified(told, sure, top, 3, False, (f"{URGENT}: «{quoted}»", UNTOLD))


def _cry(word: str) -> str | None:
    """What the word cries; «» where it only goes with a cry, None where it means something of its own."""
    drawn = (_DRAWN.sub(r"\1\1", word), _DRAWN.sub(r"\1", word)) if _DRAWN.search(word) else ()
    for tried in (word, *drawn):
        bare = fold(tried)
        for key, category in _table().get(bare, ()):
            if bare == tried or name_key(tried) == key:
                return category
    return None


@lru_cache(maxsize=1)
def _table() -> dict[str, list[tuple[str, str]]]:
    """By folded word: how it is written with marks, and what it cries."""
    table: dict[str, list[tuple[str, str]]] = {}
    for row in read_table(FOLDER / "cries.tsv"):
        table.setdefault(fold(row["word"]), []).append((name_key(row["word"]), row["category"]))
    return table
