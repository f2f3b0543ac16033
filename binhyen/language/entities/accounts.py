"""Accounts without a word that says so: where money went, in a message that speaks of money."""

from typing import Final

from binhyen.language.entities.placewords import FAMILY
from binhyen.language.phrases import bag
from binhyen.language.view import View

_PAYING: Final = bag("tien coc phi nap rut chuyen ck gui dong nop")
_INTO: Final = bag("vo vao sang")
_OF_MONEY: Final = bag("tien coc chuyen ck nop khoan stk tk tkhoan hang trieu tr cu")


def long_number(view: View, first: int, digits: str) -> bool:
    """Twelve to sixteen digits where money is spoken of; a citizen's card has twelve that begin with 0."""
    if not 12 <= len(digits) <= 16 or (len(digits) == 12 and digits[0] == "0"):
        return False
    return any(word in _PAYING for word in view.words[max(0, first - 9) : first])


def paid_into(view: View, span: tuple[int, int], digits: str, cue: str | None) -> bool:
    """«trả vô 4409 1187 2036», «vào số …», a number with its holder in capitals after it: no phone, no sum of money."""
    first, end = span
    if not 9 <= len(digits) <= 19:
        return False
    if digits.startswith("84") or view.plain[max(0, view.starts[first] - 1) : view.starts[first]] == "+":
        return False
    before = view.words[first - 1] if first else ""
    if before in _INTO or (before == "so" and first > 1 and view.words[first - 2] in _INTO):
        return True
    if cue is not None or (len(digits) == 12 and digits[0] == "0"):
        return False
    after = range(end, min(end + 2, len(view.words)))
    holder = len(after) == 2 and all(view.words[k].isalpha() and _upper(view, k) for k in after)
    if holder and view.words[end] in FAMILY:
        return True
    return len(digits) >= 10 and not _OF_MONEY.isdisjoint(view.words[max(0, first - 40) : first + 40])


def _upper(view: View, index: int) -> bool:
    return view.cased[view.starts[index] : view.ends[index]].isupper()
