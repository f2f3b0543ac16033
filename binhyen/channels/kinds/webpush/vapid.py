"""Voluntary application server identification (RFC 8292): key pairs, and the signed header of a request.

A subscription is bound to the public key under which its browser made it. So a new key is used for new subscriptions
only; the old one signs for the others until they are renewed.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from binhyen.channels.kinds.webpush.encryption import encode_base64url

TOKEN_LIFETIME = dt.timedelta(hours=12)  # RFC 8292 allows 24 hours
_RENEW_BEFORE = dt.timedelta(hours=1)
_HEADER = {"alg": "ES256", "typ": "JWT"}


def generate_vapid_key() -> tuple[dict[str, str], str]:
    """Return a new public entry for the channel's settings, {"kid", "public"}, and its secret as JSON."""
    private = ec.generate_private_key(ec.SECP256R1())
    numbers = private.private_numbers()
    x, y = (number.to_bytes(32, "big") for number in (numbers.public_numbers.x, numbers.public_numbers.y))
    public = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    secret = {
        "kty": "EC",
        "crv": "P-256",
        "x": encode_base64url(x),
        "y": encode_base64url(y),
        "d": encode_base64url(numbers.private_value.to_bytes(32, "big")),
    }
    return {"kid": sha256(public).hexdigest()[:8], "public": encode_base64url(public)}, orjson.dumps(secret).decode()


def name_secret(kid: str) -> str:
    """Return the name under which the channel's secrets hold a private key."""
    return f"vapid_{kid}_secret"


def list_vapid_keys(settings: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    """Return the public entries of a channel, the current one first."""
    keys = settings.get("vapid")
    return keys if isinstance(keys, list) else []


def get_current_key(settings: Mapping[str, Any]) -> Mapping[str, str] | None:
    return next(iter(list_vapid_keys(settings)), None)


class VapidSigner:
    """Signs one token per push service and key, and reuses it until shortly before it expires."""

    def __init__(self) -> None:
        self._tokens: dict[tuple[str, str], tuple[dt.datetime, str]] = {}

    def build_header(self, *, origin: str, kid: str, public: str, secret: str, subject: str, now: dt.datetime) -> str:
        """Return the Authorization header for requests to `origin`."""
        key = (origin, kid)
        cached = self._tokens.get(key)
        # A token from the future was made before the clock was set back.
        if cached is None or not now + _RENEW_BEFORE < cached[0] <= now + TOKEN_LIFETIME:
            expires_at = now + TOKEN_LIFETIME
            claims = {"aud": origin, "exp": int(expires_at.timestamp()), "sub": subject}
            token = jwt.encode(_HEADER, claims, ECKey.import_key(orjson.loads(secret)))
            cached = self._tokens[key] = (expires_at, token)
        return f"vapid t={cached[1]}, k={public}"
