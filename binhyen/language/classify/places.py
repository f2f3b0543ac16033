"""The names of places, put out of sight before a message is read: where it happens says nothing of what happens.

Dangers are told with their place more often than small talk is, and «Phú Mậu» folds to blood («máu»): a village named
in a calm message made it ring. What kind of place it is stays («cầu», «công an xã»), but for villages. Pure.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from binhyen.kit.text import fold
from binhyen.language.entities.placewords import LANDMARKS
from binhyen.language.places.types import ADMIN_TYPES, SHORT_TYPES, VILLAGE_TYPES
from binhyen.language.reading import Entity

_HIDDEN: Final = "\u2e31"  # no word, and nobody writes it
_SHOWN: Final = re.compile(f"{_HIDDEN}+")


def _begins(types: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(sorted(map(fold, types), key=len, reverse=True))})\b")


_VILLAGE: Final = _begins((*(word for word, _ in VILLAGE_TYPES), "tổ"))
_KIND: Final = _begins((*(word for word, _ in (*ADMIN_TYPES, *SHORT_TYPES)), *LANDMARKS))


def unplaced(text: str, entities: Sequence[Entity]) -> str:
    """`text`, as long as before, without the names of its places."""
    out, end = [], 0
    for place in entities:
        if place.type == "PLACE" and (size := len(_name(place))):
            out += [text[end : place.end - size], _HIDDEN * size]
            end = place.end
    return "".join((*out, text[end:])) if out else text


def shown(reason: str) -> str:
    """A quotation, with dots for the names."""
    return _SHOWN.sub("…", reason)


def _name(place: Entity) -> str:
    """The end of it that is its name, all of it where that is a village's; "" of what may be none: «chợ máu me»."""
    folded = fold(place.text)
    if _VILLAGE.match(folded):
        return place.text
    kind = _KIND.match(folded)
    if place.text == place.text.lower() and (norm := str(place.norm)) == norm.lower():
        return ""
    return place.text.split(maxsplit=len(kind[0].split()))[-1] if kind else place.text
