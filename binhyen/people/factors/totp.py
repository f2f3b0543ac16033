"""Codes of an authenticator app (RFC 6238: SHA-1, 30 s, six digits). A code works once."""

import hmac
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value

PERIOD = 30
_DRIFT = 1  # steps that a phone's clock may be off, either way


@dataclass(frozen=True, slots=True)
class Picture:
    """A QR code as one SVG path in a square of `size` units."""

    size: int
    path: str


def new_secret() -> str:
    """160 bits, as RFC 4226 asks; base 32."""
    return str(generate_totp_secret(20))


def code_at(secret: str, counter: int) -> str:
    return str(format_hotp_value(hotp_value(secret, counter)))


def counter_of(secret: str, code: str, *, seconds: float, after: int) -> int | None:
    """Which step a code is of; None if it is wrong, or not later than `after`, the last step that let somebody in.

    `seconds`: now, since the epoch. allauth remembers used codes in a cache, and each of our processes has its own:
    the last step stands in the row instead.
    """
    typed = "".join(c for c in code if c.isascii() and c.isdigit())
    present = int(seconds) // PERIOD
    found = None
    for counter in range(present - _DRIFT, present + _DRIFT + 1):
        if hmac.compare_digest(code_at(secret, counter), typed) and counter > after:
            found = counter
    return found


def next_code(secret: str, *, seconds: float, after: int) -> str:
    """A code that is accepted now and was not used; for a demonstration's page."""
    present = int(seconds) // PERIOD
    return code_at(secret, min(max(after + 1, present - _DRIFT), present + _DRIFT))


def address(secret: str, *, name: str) -> str:
    """What the QR code says (Key Uri Format)."""
    issuer = "Bình Yên"
    query = urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(name)}?{query}"


def picture(text: str) -> Picture:
    import qrcode  # with it comes Pillow, which no process holds that draws no code

    made = qrcode.QRCode(border=3, error_correction=qrcode.constants.ERROR_CORRECT_M)
    made.add_data(text)
    rows = made.get_matrix()
    dots = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return Picture(len(rows), "".join(dots))
