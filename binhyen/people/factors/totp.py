"""One-time codes of an authenticator app (TOTP, RFC 6238: SHA-1, 30 s, six digits). A code works once."""

import hmac
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value

PERIOD = 30
DEMO_AGE = 40  # steps: a demo accepts the code of a page that is open for twenty minutes
_DRIFT = 1  # accepted clock drift of a phone in steps, either way


@dataclass(frozen=True, slots=True)
class QrCode:
    """QR code as one SVG path in a square of `size` units."""

    size: int
    path: str


def new_secret() -> str:
    """Return a secret of 160 bits (RFC 4226) in base 32."""
    return str(generate_totp_secret(20))


def generate_totp(secret: str, counter: int) -> str:
    return str(format_hotp_value(hotp_value(secret, counter)))


def match_counter(secret: str, code: str, *, seconds: float, last_step: int, age: int = _DRIFT) -> int | None:
    """Return the time step of a code; None if it is wrong or not later than `last_step`, the last accepted step.

    `seconds`: now, since the epoch; `age`: accepted steps of the past. allauth remembers used codes in a cache, and
    each of our processes has its own cache: the row holds the last step instead.
    """
    digits = "".join(char for char in code if char.isascii() and char.isdigit())
    current_step = int(seconds) // PERIOD
    matched = None
    for counter in range(current_step - age, current_step + _DRIFT + 1):
        if hmac.compare_digest(generate_totp(secret, counter), digits) and counter > last_step:
            matched = counter
    return matched


def next_code(secret: str, *, seconds: float, last_step: int) -> str:
    """Return an unused code that is accepted now; for demo pages."""
    current_step = int(seconds) // PERIOD
    return generate_totp(secret, min(max(last_step + 1, current_step - _DRIFT), current_step + _DRIFT))


def format_otpauth_uri(secret: str, *, name: str) -> str:
    """Format the text of the QR code (Key Uri Format)."""
    issuer = "Bình Yên"
    query = urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(name)}?{query}"


def build_qr_code(text: str) -> QrCode:
    import qrcode  # with it comes Pillow, which other processes should not load

    qr = qrcode.QRCode(border=3, error_correction=qrcode.constants.ERROR_CORRECT_M)
    qr.add_data(text)
    rows = qr.get_matrix()
    dots = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return QrCode(len(rows), "".join(dots))
