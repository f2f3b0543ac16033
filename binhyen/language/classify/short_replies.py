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
from binhyen.kit.text import fold_text, to_name_key, to_nfc
from binhyen.language.classify.classifier import MessageClassification
from binhyen.language.classify.fragment import remove_entities
from binhyen.language.lexicon import FOLDER, expand_alternatives
from binhyen.language.reading import DANGER, Reading
from binhyen.language.tokenizer import read_table

ONLY_CALLED_REASON = L_("chỉ gọi, chưa nói việc gì")
ONLY_ASKED_REASON = L_("chỉ hỏi việc của mình đến đâu")
_MAX_CODE_POINTS, _THANKS_CODE_POINTS = (
    160,
    1000,
)  # code points: a longer message has content of its own; part of a text searched for thanks
_MAX_PHRASE_WORDS = 6  # words of a phrase
_REPEATED_LETTER = re.compile(r"(.)\1{2,}")  # «alooo»
_first_group = itemgetter(1)
_COURTESY = ("call", "polite")
_QUESTION_LABELS = (*_COURTESY, "ask", "done", "end", "about", "matter", "police")
_CALM = (("other", 0.98), ("admin_question", 0.01), ("welfare", 0.01))
_CLAUSE = re.compile(r"[,.;!\n]")
_WORD = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+|\d+")
_CODE = re.compile(r"\b(?=[\w-]*\d)[2-9A-HJ-NP-TV-Z]{4}-?[2-9A-HJ-NP-TV-Z]{4}\b", re.IGNORECASE)  # kit/ids.py
_SMILE = re.compile(r"/-[a-z-]+|<3|[:;=]+['-]?[()dp3>*v]+", re.IGNORECASE)  # as emoticons, and as the chat encodes them
_GOOD = re.compile("[👍👌✅🆗💯]|/-(?:strong|ok)", re.IGNORECASE)
_BAD = re.compile("[👎❌]|/-weak", re.IGNORECASE)


class ShortReply(StrEnum):
    """Answer to the question whether help worked.

    ASSENT: yes, if the question was asked a moment ago; KIND: thanks, courtesy, a flower.
    """

    YES = "YES"
    NO = "NO"
    ASSENT = "ASSENT"
    KIND = "KIND"


def classify_call(text: str) -> MessageClassification | None:
    """Return «other» with high confidence for a mere call; None for any other content."""
    labels = _label_phrases(text, _COURTESY)
    return (
        MessageClassification("other", 0.98, _CALM, 0, False, (ONLY_CALLED_REASON,))
        if labels and "call" in labels
        else None
    )


def is_status_question(text: str, reading: Reading) -> bool:
    """Return True for a mere status question about one's own case, without an accusation."""
    named = any(entity.type == "PERSON" for entity in reading.entities)
    if named and not text.isupper():  # in capitals «XỬ LÝ» looks like a name
        return False
    labels = _label_phrases(
        _CODE.sub(" ", text if named else remove_entities(text, reading.entities)), _QUESTION_LABELS
    )
    if not labels or ("matter" in labels and ("police" in labels or reading.urgency >= DANGER)):
        return False
    end_positions = [index for index, part in enumerate(labels) if part == "end"]
    if any(
        part not in _COURTESY for index in end_positions for part in labels[index + 1 :]
    ):  # «không nhận, không xử lý» is no question
        return False
    return "ask" in labels or bool(end_positions and "done" in labels[: end_positions[0]])


def as_status_question(reading: Reading) -> Reading:
    """Return the reading of a mere question: no complaint, no danger, not sensitive."""
    return replace(
        reading, category="other", confidence=0.98, top=_CALM, urgency=0, sensitive=False, reasons=(ONLY_ASKED_REASON,)
    )


def parse_thanks(text: str) -> ShortReply | None:
    """Return the reply of a thank-you message, «có, chúng tôi rất biết ơn»; None if a «but» follows."""
    if has_objection(text):
        return None
    return ShortReply.YES if parse_reply(_CLAUSE.split(text, maxsplit=1)[0]) is ShortReply.YES else ShortReply.KIND


def parse_reply(text: str) -> ShortReply | None:
    """Return the reply in a short message; None for other content, and for contradictory replies."""
    signs = [char for char in text if unicodedata.category(char) == "So"] or _SMILE.findall(text)
    labels = _label_phrases(_SMILE.sub(" ", text), ("no", "yes", "assent", "thanks", "polite"))
    if labels is None or not (labels or signs):
        return None
    parts = {*labels, *(["assent"] if _GOOD.search(text) else ()), *(["no"] if _BAD.search(text) else ())}
    if {"no", "yes"} <= parts:
        return None
    if "no" in parts or "yes" in parts:
        return ShortReply.NO if "no" in parts else ShortReply.YES
    return ShortReply.ASSENT if "assent" in parts and "thanks" not in parts else ShortReply.KIND


def has_objection(text: str) -> bool:
    """Return True if a thank-you message goes on with «but»; in doubt True."""
    words, has_but = _iterate_words(text[:_THANKS_CODE_POINTS]), False
    window = list(islice(words, _MAX_PHRASE_WORDS))
    while window:
        part, length = next(_match_labels(window, ("well", "but")), ("", 1))
        has_but = has_but or part == "but"
        window = [*window[length:], *islice(words, length)]
    return has_but


def _label_phrases(text: str, wanted: tuple[str, ...]) -> list[str] | None:
    """Return the label of each phrase in turn, longest match first; None if a word is left.

    Among phrases of equal length the first label of `wanted` wins.
    """
    if len(text) > _MAX_CODE_POINTS:
        return None
    words, labels = _iterate_words(text), []
    window = list(islice(words, 1))
    if window and fold_text(window[0]) not in _list_first_words():
        return None  # most messages
    window += islice(words, _MAX_PHRASE_WORDS - 1)
    while window:
        part, length = next(_match_labels(window, wanted), ("", 0))
        if not part:
            return None
        labels.append(part)
        window = [*window[length:], *islice(words, length)]
    return labels


def _iterate_words(text: str) -> Iterator[str]:
    """Yield words lazily: for most messages only the first few are needed."""
    return (_REPEATED_LETTER.sub(_first_group, word[0]) for word in _WORD.finditer(to_nfc(text).lower()))


def _match_labels(window: Sequence[str], wanted: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    table, bare = _load_phrases(), list(map(fold_text, window))
    for length in range(len(window), 0, -1):
        candidates = table.get(" ".join(bare[:length]), ())
        for part in wanted if candidates else ():
            if any(
                part == label and _has_matching_diacritics(window, keys, must=must) for label, keys, must in candidates
            ):
                yield part, length


def _has_matching_diacritics(words: Sequence[str], keys: Sequence[str], *, must: bool) -> bool:
    """Return True if each word has the diacritics of the phrase, or (unless `must`) none."""
    pairs = zip(words, keys, strict=False)
    return all(to_name_key(word) == key or (fold_text(word) == word and not must) for word, key in pairs)


@lru_cache(maxsize=1)
def _list_first_words() -> frozenset[str]:
    return frozenset(phrase.split(" ")[0] for phrase in _load_phrases())


@lru_cache(maxsize=1)
def _load_phrases() -> dict[str, list[tuple[str, tuple[str, ...], bool]]]:
    """Return by folded phrase: its label, its accented words, and whether the diacritics are required."""
    table: dict[str, list[tuple[str, tuple[str, ...], bool]]] = {}
    for row in read_table(FOLDER / "brief.tsv"):
        for words in expand_alternatives(row["phrase"]):
            entry = (row["part"], tuple(map(to_name_key, words)), row["marks"] == "must")
            table.setdefault(fold_text(" ".join(words)), []).append(entry)
    return table
