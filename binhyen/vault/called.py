"""What who told is called on screens: one name within one case, one group, one private talk, and in no two the same.

A group's members know each other by name, so whoever finds the author of its posts beside a word told in confidence
knows who told it. Nothing shown says that two of these names are one person; the custodians alone can tell.
"""

import hmac
import re
from hashlib import sha256

from django.conf import settings

from binhyen.kit.ids import ALPHABET
from binhyen.ui.words import pseudonym
from binhyen.vault.models import Reporter

_DIGITS, _LETTERS = ALPHABET[:8], ALPHABET[8:]
_FORM = (_LETTERS, _LETTERS, _DIGITS, _DIGITS, _LETTERS, _LETTERS)  # two digits more prove the rest: «KB47-MX93»
_NAME = re.compile(rf"(?=([{_LETTERS}]{{2}}[{_DIGITS}]{{2}}[{_LETTERS}]{{2}}[{_DIGITS}]{{2}}))")


def in_case(code: str) -> str:
    return f"case:{code}"


def in_group(group_id: int) -> str:
    return f"group:{group_id}"


def in_talk(conversation_id: int | None) -> str:
    return f"talk:{conversation_id}"


def known_as(reporter: Reporter, where: str) -> str:
    """«Người dân KB47-MX93»."""
    return pseudonym(called(reporter.pseudonym, where))


def called(seed: str, where: str) -> str:
    """The name alone, eight characters as `kit/ids.py: code`. `seed`: `Reporter.pseudonym`, which no screen shows."""
    mac = hmac.new(settings.SECRET_KEY.encode(), f"called:{where}:{seed}".encode(), sha256).digest()
    name = "".join(chars[byte % len(chars)] for chars, byte in zip(_FORM, mac, strict=False))
    return name + _proof(name)


def names_somebody(letters: str) -> bool:
    """Does such a name stand in these characters of the alphabet (blanks and signs left out)?"""
    return any(_proof(found[1][:6]) == found[1][6:] for found in _NAME.finditer(letters))


def _proof(name: str) -> str:
    return "".join(_DIGITS[byte % len(_DIGITS)] for byte in sha256(name.encode()).digest()[:2])
