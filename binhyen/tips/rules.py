"""Rules of receipts, attempts and retention of anonymous tips. Pure.

Source of the figures: security reference, A.3 (20 digits are 66 bits; two derivations; work instead of a lockout).
"""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from hashlib import sha256

from binhyen.kit.unicode import normalize

DIGITS = 20
SIZE = 10**DIGITS
TEXT_LIMIT = 5000
PHOTOS = 5
TRIED = 4  # numbers in one text that are tried as other receipts: each costs as much as a receipt
MOST_FILES = 30  # of one tip, over all its messages
IDLE, LONGEST = dt.timedelta(minutes=10), dt.timedelta(minutes=30)  # idle and absolute timeout of a session
KEPT = dt.timedelta(days=180)  # after the last message of either side
AFTER_CLOSING = dt.timedelta(days=90)
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_LONG_NUMBER = re.compile(r"\d(?:[\s.,;:/|_\-–—]{0,3}\d){19,}")


def show(code: str) -> str:
    """Format a code: «1234 5678 9012 3456 7890»."""
    return " ".join(code[i : i + 4] for i in range(0, DIGITS, 4))


def read(typed: str) -> str | None:
    """The twenty digits of what somebody typed, whatever stands between them; None where these are not twenty."""
    plain = normalize("NFKC", typed[:200])
    digits = "".join(c for c in plain if c.isascii() and c.isdigit())
    return digits if len(digits) == DIGITS and not any(c.isalpha() for c in plain) else None


def numbers_like_a_code(text: str) -> list[str]:
    """Find runs of twenty digits in a text, with any separators: possible codes of receipts.

    Runs of exactly twenty come first.
    """
    plain = normalize("NFKC", text)
    runs = ["".join(str(unicodedata.decimal(c)) for c in run if c.isdecimal()) for run in _LONG_NUMBER.findall(plain)]
    runs.sort(key=len)
    return list(dict.fromkeys(run[i : i + DIGITS] for run in runs for i in range(len(run) - DIGITS + 1)))


@dataclass(frozen=True, slots=True)
class Task:
    """Work before the next attempt: find a number (a phone does it by script), or wait."""

    bits: int
    seconds: int


EASY = 5  # failed attempts without a task
_TASKS = (Task(14, 5), Task(16, 15), Task(18, 45), Task(19, 120))


def task(wrong: int) -> Task | None:
    """Return the task after so many failed attempts; at most two minutes, so that there is no lockout."""
    if wrong < EASY:
        return None
    return _TASKS[min((wrong - EASY) // EASY, len(_TASKS) - 1)]


def solves(nonce: str, answer: str, bits: int) -> bool:
    """Return whether the first `bits` bits of SHA-256(«nonce:answer») are zero."""
    if len(answer) > 32:
        return False
    return int.from_bytes(sha256(f"{nonce}:{answer}".encode()).digest()[:8], "big") >> (64 - bits) == 0


def visit_over(*, started: dt.datetime, seen: dt.datetime, now: dt.datetime) -> bool:
    return now - seen > IDLE or now - started > LONGEST or seen > now + dt.timedelta(minutes=1)


def ends(
    *, last_word: dt.datetime, closed: dt.datetime | None, kept: dt.timedelta = KEPT,
    after_closing: dt.timedelta = AFTER_CLOSING,
) -> dt.datetime:  # fmt: skip
    """Return when a tip's key is destroyed: 180 days after the last message, or 90 after closing if that is sooner."""
    return min(last_word + kept, closed + after_closing) if closed else last_word + kept
