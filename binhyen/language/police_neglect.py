"""Reports that police came but did nothing, without the word police: «mấy anh xuống hỏi rồi đi uống bia». Pure."""

import re
from collections.abc import Sequence

from binhyen.kit.text import fold, nfc
from binhyen.language.phrase_trie import bag
from binhyen.language.tokenizer import HEAD

_THEY, _PEOPLE, _MANY = bag("ho anh chu"), bag("ong bac vi"), bag("may cac hai ba 2 3")
_CAME, _THEN, _DENIED = bag("xuong toi den ghe qua"), bag("roi xong ma con chi"), bag("no chua khong ai")
_DID = bag("ve di bo ra keo ngoi quay mang trach chup cuoi uong nhau dua")
_OF_OTHERS = bag("no em con")  # as the subject of the second verb, these are not the officers who came
_TOKEN = re.compile(r"[a-z0-9]+|[.!?;\n,:]+")
# maximum number of words between the officers, the verb of coming, and the verb of leaving
_WHO, _UNTIL, _WHAT = 4, 11, 5


def came(text: str) -> bool:
    """Return True if the text says that police came and then left or did something else.

    A complaint that no help came at all does not count.
    """
    said = _TOKEN.findall(fold(nfc(text[:HEAD]).lower()))
    return any(
        _they(said[max(0, at - _WHO - 1) : at]) and _left(said[at + 1 : at + _UNTIL])
        for at, word in enumerate(said)
        if word in _CAME
    )


def _they(before: Sequence[str]) -> bool:
    for at in range(len(before) - 1, max(-1, len(before) - 1 - _WHO), -1):
        if before[at] in _DENIED:
            return False
        if before[at] in _THEY or (before[at] in _PEOPLE and at and before[at - 1] in _MANY):
            return True
    return False


def _left(after: Sequence[str]) -> bool:
    for at, word in enumerate(after):
        if word == "no":
            return False
        deeds = after[at + 1 : at + 1 + _WHAT] if word in _THEN else ()
        done = next((deed for deed in deeds if deed in _DID or deed in _OF_OTHERS), "")
        if done in _DID:
            return True
    return False
