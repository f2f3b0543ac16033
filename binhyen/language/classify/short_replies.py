"""Short replies that need the conversation as context: «alo công an ơi», «việc của tôi sao rồi», «dạ được ạ».

The model had to guess at them, and guessed danger, complaints about police, news. So every word must be in
data/lexicon/brief.tsv; otherwise the message is read like any other. Pure.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from operator import itemgetter

from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import fold, name_key, nfc
from binhyen.language.classify.classifier import Classified
from binhyen.language.classify.fragment import around
from binhyen.language.lexicon import FOLDER, expand
from binhyen.language.reading import DANGER, Reading
from binhyen.language.tokenizer import read_table

CALLED = L_("chỉ gọi, chưa nói việc gì")
ASKED = L_("chỉ hỏi việc của mình đến đâu")
_MOST, _HEAD = 160, 1000  # code points: a longer message has content of its own; part of a text searched for thanks
_LONGEST = 6  # words of a phrase
_DRAWN = re.compile(r"(.)\1{2,}")  # «alooo»
_ONCE = itemgetter(1)
_COURTESY = ("call", "polite")
_OF_A_QUESTION = (*_COURTESY, "ask", "done", "end", "about", "matter", "police")
_CALM = (("other", 0.98), ("admin_question", 0.01), ("welfare", 0.01))
_CLAUSE = re.compile(r"[,.;!\n]")
_WORD = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+|\d+")
_CODE = re.compile(r"\b(?=[\w-]*\d)[2-9A-HJ-NP-TV-Z]{4}-?[2-9A-HJ-NP-TV-Z]{4}\b", re.IGNORECASE)  # kit/ids.py
_SMILE = re.compile(r"/-[a-z-]+|<3|[:;=]+['-]?[()dp3>*v]+", re.IGNORECASE)  # as emoticons, and as the chat encodes them
_GOOD = re.compile("[👍👌✅🆗💯]|/-(?:strong|ok)", re.IGNORECASE)
_BAD = re.compile("[👎❌]|/-weak", re.IGNORECASE)


class Reply(StrEnum):
    """Answer to the question whether help worked.

    ASSENT: yes, if the question was asked a moment ago; KIND: thanks, courtesy, a flower.
    """

    YES = "YES"
    NO = "NO"
    ASSENT = "ASSENT"
    KIND = "KIND"


def classify(text: str) -> Classified | None:
    """Return «other» with high confidence for a mere call; None for any other content."""
    said = _parts(text, _COURTESY)
    return Classified("other", 0.98, _CALM, 0, False, (CALLED,)) if said and "call" in said else None


def asks(text: str, reading: Reading) -> bool:
    """Return True for a mere status question about one's own case, without an accusation."""
    named = any(entity.type == "PERSON" for entity in reading.entities)
    if named and not text.isupper():  # in capitals «XỬ LÝ» looks like a name
        return False
    said = _parts(_CODE.sub(" ", text if named else around(text, reading.entities)), _OF_A_QUESTION)
    if not said or ("matter" in said and ("police" in said or reading.urgency >= DANGER)):
        return False
    ends = [at for at, part in enumerate(said) if part == "end"]
    if any(part not in _COURTESY for at in ends for part in said[at + 1 :]):  # «không nhận, không xử lý» is no question
        return False
    return "ask" in said or bool(ends and "done" in said[: ends[0]])


def question(reading: Reading) -> Reading:
    """Return the reading of a mere question: no complaint, no danger, not sensitive."""
    return replace(reading, category="other", confidence=0.98, top=_CALM, urgency=0, sensitive=False, reasons=(ASKED,))


def thanks(text: str) -> Reply | None:
    """Return the reply of a thank-you message, «có, chúng tôi rất biết ơn»; None if a «but» follows."""
    if objects(text):
        return None
    return Reply.YES if reply(_CLAUSE.split(text, maxsplit=1)[0]) is Reply.YES else Reply.KIND


def reply(text: str) -> Reply | None:
    """Return the reply in a short message; None for other content, and for contradictory replies."""
    signs = [c for c in text if unicodedata.category(c) == "So"] or _SMILE.findall(text)
    said = _parts(_SMILE.sub(" ", text), ("no", "yes", "assent", "thanks", "polite"))
    if said is None or not (said or signs):
        return None
    parts = {*said, *(["assent"] if _GOOD.search(text) else ()), *(["no"] if _BAD.search(text) else ())}
    if {"no", "yes"} <= parts:
        return None
    if "no" in parts or "yes" in parts:
        return Reply.NO if "no" in parts else Reply.YES
    return Reply.ASSENT if "assent" in parts and "thanks" not in parts else Reply.KIND


def objects(text: str) -> bool:
    """Return True if a thank-you message goes on with «but»; in doubt True."""
    words, found = _words(text[:_HEAD]), False
    said = list(islice(words, _LONGEST))
    while said:
        part, length = next(_fitting(said, ("well", "but")), ("", 1))
        found = found or part == "but"
        said = [*said[length:], *islice(words, length)]
    return found


def _parts(text: str, wanted: tuple[str, ...]) -> list[str] | None:
    """Return the label of each phrase in turn, longest match first; None if a word is left.

    Among phrases of equal length the first label of `wanted` wins.
    """
    if len(text) > _MOST:
        return None
    words, found = _words(text), []
    said = list(islice(words, _LONGEST))
    while said:
        part, length = next(_fitting(said, wanted), ("", 0))
        if not part:
            return None
        found.append(part)
        said = [*said[length:], *islice(words, length)]
    return found


def _words(text: str) -> Iterator[str]:
    """Yield words lazily: for most messages only the first few are needed."""
    return (_DRAWN.sub(_ONCE, word[0]) for word in _WORD.finditer(nfc(text).lower()))


def _fitting(said: Sequence[str], wanted: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    table, bare = _table(), list(map(fold, said))
    for length in range(len(said), 0, -1):
        known = table.get(" ".join(bare[:length]), ())
        for part in wanted if known else ():
            if any(part == each and _meant(said, keys, must=must) for each, keys, must in known):
                yield part, length


def _meant(said: Sequence[str], keys: Sequence[str], *, must: bool) -> bool:
    """Return True if each word has the diacritics of the phrase, or (unless `must`) none."""
    pairs = zip(said, keys, strict=False)
    return all(name_key(word) == key or (fold(word) == word and not must) for word, key in pairs)


@lru_cache(maxsize=1)
def _table() -> dict[str, list[tuple[str, tuple[str, ...], bool]]]:
    """Return by folded phrase: its label, its accented words, and whether the diacritics are required."""
    table: dict[str, list[tuple[str, tuple[str, ...], bool]]] = {}
    for row in read_table(FOLDER / "brief.tsv"):
        for words in expand(row["phrase"]):
            known = (row["part"], tuple(map(name_key, words)), row["marks"] == "must")
            table.setdefault(fold(" ".join(words)), []).append(known)
    return table
