"""Rules of receipts, attempts and retention of anonymous tips. Pure.

20 digits are 66 bits; two derivations of a code; work instead of a lockout, which would keep the tipster out.
"""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from hashlib import sha256

from binhyen.kit.text import normalize

DIGITS = 20
SIZE = 10**DIGITS
TEXT_LIMIT = 5000
MAX_CODES_TRIED = 4  # numbers in one text that are tried as other receipts: each costs as much as a receipt
MAX_FILES = 30  # of one tip, over all its messages
IDLE_TIMEOUT, ABSOLUTE_TIMEOUT = (
    dt.timedelta(minutes=10),
    dt.timedelta(minutes=30),
)  # idle and absolute timeout of a session
RETENTION = dt.timedelta(days=180)  # after the last message of either side
RETENTION_AFTER_CLOSING = dt.timedelta(days=90)
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_LONG_NUMBER = re.compile(r"\d(?:[\s.,;:/|_\-–—]{0,3}\d){19,}")


def format_receipt_code(code: str) -> str:
    """Format a code: «1234 5678 9012 3456 7890»."""
    return " ".join(code[offset : offset + 4] for offset in range(0, DIGITS, 4))


def parse_receipt_code(typed: str) -> str | None:
    """Return the twenty digits typed, ignoring separators; None if there are not twenty."""
    plain = normalize("NFKC", typed[:200])
    digits = "".join(char for char in plain if char.isascii() and char.isdigit())
    return digits if len(digits) == DIGITS and not any(char.isalpha() for char in plain) else None


def find_possible_codes(text: str) -> list[str]:
    """Find runs of twenty digits in a text, with any separators: possible codes of receipts.

    Runs of exactly twenty come first.
    """
    plain = normalize("NFKC", text)
    runs = [
        "".join(str(unicodedata.decimal(char)) for char in run if char.isdecimal())
        for run in _LONG_NUMBER.findall(plain)
    ]
    runs.sort(key=len)
    return list(dict.fromkeys(run[offset : offset + DIGITS] for run in runs for offset in range(len(run) - DIGITS + 1)))


@dataclass(frozen=True, slots=True)
class ProofOfWork:
    """Work before the next attempt: find a number (a phone does it by script), or wait."""

    bits: int
    seconds: int


FREE_ATTEMPTS = 5  # failed attempts without a task
_TASKS = (ProofOfWork(14, 5), ProofOfWork(16, 15), ProofOfWork(18, 45), ProofOfWork(19, 120))


def get_task(wrong: int) -> ProofOfWork | None:
    """Return the task after so many failed attempts; at most two minutes, so that there is no lockout."""
    if wrong < FREE_ATTEMPTS:
        return None
    return _TASKS[min((wrong - FREE_ATTEMPTS) // FREE_ATTEMPTS, len(_TASKS) - 1)]


def is_solution(nonce: str, answer: str, bits: int) -> bool:
    """Return whether the first `bits` bits of SHA-256(«nonce:answer») are zero."""
    if len(answer) > 32:
        return False
    return int.from_bytes(sha256(f"{nonce}:{answer}".encode()).digest()[:8], "big") >> (64 - bits) == 0


def is_session_expired(*, started: dt.datetime, last_seen: dt.datetime, now: dt.datetime) -> bool:
    return (
        now - last_seen > IDLE_TIMEOUT or now - started > ABSOLUTE_TIMEOUT or last_seen > now + dt.timedelta(minutes=1)
    )


def compute_expiry(
    *,
    last_word: dt.datetime,
    closed: dt.datetime | None,
    retention: dt.timedelta = RETENTION,
    after_closing: dt.timedelta = RETENTION_AFTER_CLOSING,
) -> dt.datetime:
    """Return when a tip's key is destroyed: 180 days after the last message, or 90 after closing if that is sooner."""
    return min(last_word + retention, closed + after_closing) if closed else last_word + retention
