"""Bank accounts without a cue word: the destination of a payment, in a message about money."""

from typing import Final

from binhyen.language.aligned_text import View
from binhyen.language.phrase_trie import bag

_INTO: Final = bag("vo vao sang")
_OF_MONEY: Final = bag("tien coc chuyen ck nop khoan stk tk tkhoan hang trieu tr cu")


def paid_into(view: View, first: int, digits: str, cue: str | None) -> bool:
    """Return True for the account of a payment: «trả vô 4409 1187 2036», «vào số …», or digits near money words.

    It must be no phone and no sum of money. The number begins at word `first`.
    """
    if not 9 <= len(digits) <= 19:
        return False
    if digits.startswith("84") or view.plain[max(0, view.starts[first] - 1) : view.starts[first]] == "+":
        return False
    before = view.words[first - 1] if first else ""
    if before in _INTO or (before == "so" and first > 1 and view.words[first - 2] in _INTO):
        return True
    if cue is not None or (len(digits) == 12 and digits[0] == "0"):
        return False
    return len(digits) >= 10 and not _OF_MONEY.isdisjoint(view.words[max(0, first - 40) : first + 40])
