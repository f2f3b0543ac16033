"""Police that came and did nothing worth it, told without the word: «mấy anh xuống hỏi rồi đi uống bia». Pure."""

import re
from collections.abc import Sequence

from binhyen.kit.text import fold, nfc
from binhyen.language.phrases import bag
from binhyen.language.words import HEAD

_THEY, _PEOPLE, _MANY = bag("ho anh chu"), bag("ong bac vi"), bag("may cac hai ba 2 3")
_CAME, _THEN, _DENIED = bag("xuong toi den ghe qua"), bag("roi xong ma con chi"), bag("no chua khong ai")
_DID = bag("ve di bo ra keo ngoi quay mang trach chup cuoi uong nhau dua")
_OF_OTHERS = bag("no em con")  # who does it then is not who came
_TOKEN = re.compile(r"[a-z0-9]+|[.!?;\n,:]+")
_WHO, _UNTIL, _WHAT = 4, 11, 5  # words between those who came, that they did, and what


def came(text: str) -> bool:
    """Did who was sent for come, and leave or do something else? Who cries that nobody comes does not say so."""
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
