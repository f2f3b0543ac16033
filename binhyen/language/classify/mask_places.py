"""Masking of place names before a message is read: the place of an event says nothing about its category.

Dangers are reported with their place more often than small talk, and «Phú Mậu» folds to blood («máu»): a village named
in a calm message raised an alarm. The type of place is kept («cầu», «công an xã»), except for villages. Pure.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from binhyen.kit.text import fold_text
from binhyen.language.entities.place_cues import LANDMARKS
from binhyen.language.places.types import ADMIN_TYPES, SHORT_TYPES, VILLAGE_TYPES
from binhyen.language.reading import Entity

_MASK: Final = "\u2e31"  # not a word character, and never typed by people
_MASK_RUN: Final = re.compile(f"{_MASK}+")


def _compile_types(types: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(sorted(map(fold_text, types), key=len, reverse=True))})\b")


_VILLAGE: Final = _compile_types((*(word for word, _ in VILLAGE_TYPES), "tổ"))
_KIND: Final = _compile_types((*(word for word, _ in (*ADMIN_TYPES, *SHORT_TYPES)), *LANDMARKS))


def mask_places(text: str, entities: Sequence[Entity]) -> str:
    """Return `text` with the same length, with the names of its places masked."""
    parts, end = [], 0
    for place in entities:
        if place.type == "PLACE" and (size := len(_name_to_mask(place))):
            parts += [text[end : place.end - size], _MASK * size]
            end = place.end
    return "".join((*parts, text[end:])) if parts else text


def unmask_quote(reason: str) -> str:
    """Return a quotation with dots in place of the masked names."""
    return _MASK_RUN.sub("…", reason)


def _name_to_mask(place: Entity) -> str:
    """Return the name at the end of a place, or all of a village; "" if it may be no name: «chợ máu me»."""
    folded = fold_text(place.text)
    if _VILLAGE.match(folded):
        return place.text
    kind = _KIND.match(folded)
    if place.text == place.text.lower() and (norm := str(place.norm)) == norm.lower():
        return ""
    return place.text.split(maxsplit=len(kind[0].split()))[-1] if kind else place.text
