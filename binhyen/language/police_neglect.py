"""Reports that police came but did nothing, without the word police: «mấy anh xuống hỏi rồi đi uống bia». Pure."""

import re
from collections.abc import Sequence

from binhyen.kit.text import fold_text, to_nfc
from binhyen.language.phrase_trie import word_set
from binhyen.language.tokenizer import HEAD

_PRONOUNS, _TITLES, _PLURALS = word_set("ho anh chu"), word_set("ong bac vi"), word_set("may cac hai ba 2 3")
_COMING_VERBS, _CONNECTIVES, _NEGATIONS = (
    word_set("xuong toi den ghe qua"),
    word_set("roi xong ma con chi"),
    word_set("no chua khong ai"),
)
_LEAVING_VERBS = word_set("ve di bo ra keo ngoi quay mang trach chup cuoi uong nhau dua")
_OTHER_SUBJECTS = word_set("no em con")  # as the subject of the second verb, these are not the officers who came
_TOKEN = re.compile(r"[a-z0-9]+|[.!?;\n,:]+")
# maximum number of words between the officers, the verb of coming, and the verb of leaving
_MAX_BEFORE_VERB, _MAX_AFTER_VERB, _MAX_AFTER_CONNECTIVE = 4, 11, 5


def detect_neglect(text: str) -> bool:
    """Return True if the text says that police came and then left or did something else.

    A complaint that no help came at all does not count.
    """
    tokens = _TOKEN.findall(fold_text(to_nfc(text[:HEAD]).lower()))
    return any(
        _has_officer_subject(tokens[max(0, index - _MAX_BEFORE_VERB - 1) : index])
        and _has_leaving_verb(tokens[index + 1 : index + _MAX_AFTER_VERB])
        for index, word in enumerate(tokens)
        if word in _COMING_VERBS
    )


def _has_officer_subject(preceding: Sequence[str]) -> bool:
    for index in range(len(preceding) - 1, max(-1, len(preceding) - 1 - _MAX_BEFORE_VERB), -1):
        if preceding[index] in _NEGATIONS:
            return False
        if preceding[index] in _PRONOUNS or (
            preceding[index] in _TITLES and index and preceding[index - 1] in _PLURALS
        ):
            return True
    return False


def _has_leaving_verb(following: Sequence[str]) -> bool:
    for index, word in enumerate(following):
        if word == "no":
            return False
        candidates = following[index + 1 : index + 1 + _MAX_AFTER_CONNECTIVE] if word in _CONNECTIVES else ()
        verb = next(
            (candidate for candidate in candidates if candidate in _LEAVING_VERBS or candidate in _OTHER_SUBJECTS), ""
        )
        if verb in _LEAVING_VERBS:
            return True
    return False
