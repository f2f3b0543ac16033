"""Pseudonyms of reporters on screens: one within one case, one group, one private chat, and never the same in two.

A group's members know each other by name, so matching the author of its posts with a confidential report would reveal
the reporter. No screen links two pseudonyms of one person; only the custodians can.
"""

import hmac
import re
from hashlib import sha256

from django.conf import settings

from binhyen.kit.ids import ALPHABET
from binhyen.ui.formatting import format_reporter_name
from binhyen.vault.models import Reporter

_DIGITS, _LETTERS = ALPHABET[:8], ALPHABET[8:]
_FORM = (_LETTERS, _LETTERS, _DIGITS, _DIGITS, _LETTERS, _LETTERS)  # two more digits are a checksum: «KB47-MX93»
_NAME = re.compile(rf"(?=([{_LETTERS}]{{2}}[{_DIGITS}]{{2}}[{_LETTERS}]{{2}}[{_DIGITS}]{{2}}))")


def format_case_scope(code: str) -> str:
    return f"case:{code}"


def format_group_scope(group_id: int) -> str:
    return f"group:{group_id}"


def format_conversation_scope(conversation_id: int | None) -> str:
    return f"talk:{conversation_id}"


def format_pseudonym(reporter: Reporter, scope: str) -> str:
    """Format as shown on screens: «Người dân KB47-MX93»."""
    return format_reporter_name(derive_pseudonym(reporter.pseudonym, scope))


def derive_pseudonym(seed: str, scope: str) -> str:
    """Return the bare pseudonym, eight characters as `kit/ids.py: code`. `seed`: `Reporter.pseudonym`, never shown."""
    mac = hmac.new(settings.SECRET_KEY.encode(), f"called:{scope}:{seed}".encode(), sha256).digest()
    name = "".join(chars[byte % len(chars)] for chars, byte in zip(_FORM, mac, strict=False))
    return name + _compute_check_digits(name)


def contains_pseudonym(letters: str) -> bool:
    """Return whether a valid pseudonym occurs in these characters of the alphabet (spaces and punctuation removed)."""
    return any(_compute_check_digits(match[1][:6]) == match[1][6:] for match in _NAME.finditer(letters))


def _compute_check_digits(name: str) -> str:
    return "".join(_DIGITS[byte % len(_DIGITS)] for byte in sha256(name.encode()).digest()[:2])
