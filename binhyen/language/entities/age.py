"""Ages in whole years: «5 tuổi», «70t», «bảy mươi tuổi», «tuổi 15», «3 tuổi rưỡi»."""

import re
from typing import Final

from binhyen.language.entities.found import Found
from binhyen.language.entities.numerals import words_value
from binhyen.language.phrases import bag
from binhyen.language.view import View

_PEOPLE: Final = bag("""
    be chau con em cu ong ba trai gai nam nu me o anh chi nguoi bac chu thanh nien tre hoc sinh khoang tam ngoai
    gan hon dan co du vo chong bo mu nhoc thang
    """)
_GLUED: Final = re.compile(r"(\d{1,3})(t|tuoi)\Z")
_OF_AGE: Final = ("tuổi", "tuoi", "tủi", "tui", "tủôi", "tuỏi")


def find(found: Found) -> None:
    """Add AGE spans; `norm` is the number of whole years."""
    view = found.view
    for index, word in enumerate(view.words):
        glued = _GLUED.match(word) if word[0].isdecimal() else None
        if glued:
            bracketed = index > 0 and "(" in view.gap(index - 1) and ")" in view.gap(index)
            named = index > 0 and view.capital(index - 1) and "," in view.gap(index - 1) and int(glued[1]) > 4
            if glued[2] == "tuoi" or bracketed or named or _person_before(view, index):
                _add(found, index, index + 1, int(glued[1]))
        elif word in ("tuoi", "tui", "t"):
            _before(found, index)


def _before(found: Found, index: int) -> None:
    view = found.view
    word, mark = view.words[index], view.marks[index]
    number = view.words[index - 1] if index else ""
    if word == "tuoi" and mark not in ("tuổi", "tuoi", "tuỏi"):
        return
    if word == "tuoi" and (number in ("thang", "ngay", "tuan")):
        return
    if number.isdecimal() and len(number) <= 3 and view.joined(index - 1, index + 1):
        if word == "tuoi" or (_person_before(view, index - 1) and mark in ("t", "tủi")):
            _add(found, index - 1, index + 1, int(number))
        return
    if word != "tuoi":
        return
    for first in range(max(0, index - 4), index):
        value = words_value(view, first, index)
        if value is not None and view.joined(first, index + 1):
            _add(found, first, index + 1, value)
            return
    if index + 1 < len(view.words) and view.words[index + 1].isdecimal() and view.joined(index, index + 2):
        _add(found, index, index + 2, int(view.words[index + 1][:4]))


def _person_before(view: View, index: int) -> bool:
    before = view.words[max(0, index - 3) : index]
    return "xe" not in before and any(word in _PEOPLE for word in before)


def _add(found: Found, first: int, last: int, years: int) -> None:
    if 0 < years <= 120:
        found.add("AGE", found.view.starts[first], found.view.ends[last - 1], years)
