"""Bank accounts without a cue word: the destination of a payment, in a message about money."""

from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.phrase_trie import word_set

_DESTINATION_WORDS: Final = word_set("vo vao sang")
_MONEY_WORDS: Final = word_set("tien coc chuyen ck nop khoan stk tk tkhoan hang trieu tr cu")


def is_payment_account(view: AlignedText, first: int, digits: str, cue: str | None) -> bool:
    """Return True for the account of a payment: «trả vô 4409 1187 2036», «vào số …», or digits near money words.

    It must be no phone and no sum of money. The number begins at word `first`.
    """
    if not 9 <= len(digits) <= 19:
        return False
    if digits.startswith("84") or view.plain[max(0, view.starts[first] - 1) : view.starts[first]] == "+":
        return False
    previous_word = view.words[first - 1] if first else ""
    if previous_word in _DESTINATION_WORDS or (
        previous_word == "so" and first > 1 and view.words[first - 2] in _DESTINATION_WORDS
    ):
        return True
    if cue is not None or (len(digits) == 12 and digits[0] == "0"):
        return False
    return len(digits) >= 10 and not _MONEY_WORDS.isdisjoint(view.words[max(0, first - 40) : first + 40])
