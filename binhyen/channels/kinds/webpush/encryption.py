"""Message encryption for web push (RFC 8291, content coding aes128gcm of RFC 8188), over `cryptography`. Pure."""

import datetime as dt
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

RECORD_SIZE = 4096  # push services accept a body of 4096 bytes
_HEADER_LENGTH = 16 + 4 + 1 + 65
_LAST_RECORD = b"\x02"
MAX_PLAINTEXT = RECORD_SIZE - _HEADER_LENGTH - 16 - len(_LAST_RECORD)
_PUBLIC_LENGTH, _AUTH_LENGTH = 65, 16


def decode_base64url(text: str) -> bytes:
    """Decode base64url with or without padding. Raises ValueError."""
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def encode_base64url(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def check_device_keys(p256dh: str, auth: str) -> None:
    """Raise ValueError unless these are keys of a push subscription: a point of P-256 and 16 bytes."""
    public, secret = decode_base64url(p256dh), decode_base64url(auth)
    if len(public) != _PUBLIC_LENGTH or len(secret) != _AUTH_LENGTH:
        raise ValueError("keys of a push subscription have 65 and 16 bytes")
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)


def encrypt_payload(
    plaintext: bytes,
    *,
    p256dh: str,
    auth: str,
    sender_key: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """Encrypt a payload for one device; `sender_key` and `salt` are fresh unless a test fixes them.

    Raises ValueError for a payload over `MAX_PLAINTEXT` or broken keys.
    """
    if len(plaintext) > MAX_PLAINTEXT:
        raise ValueError(f"a push message has at most {MAX_PLAINTEXT} bytes")
    device_public = decode_base64url(p256dh)
    device_key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), device_public)
    own_key = sender_key or ec.generate_private_key(ec.SECP256R1())
    own_public = own_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    key, nonce, salt = derive_message_keys(
        own_key.exchange(ec.ECDH(), device_key),
        auth=decode_base64url(auth),
        device_public=device_public,
        sender_public=own_public,
        salt=salt or os.urandom(16),
    )
    header = salt + RECORD_SIZE.to_bytes(4, "big") + bytes([len(own_public)]) + own_public
    return header + AESGCM(key).encrypt(nonce, plaintext + _LAST_RECORD, None)


def derive_message_keys(
    shared_secret: bytes, *, auth: bytes, device_public: bytes, sender_public: bytes, salt: bytes
) -> tuple[bytes, bytes, bytes]:
    """Return content key, nonce and salt of one message (RFC 8291, section 3.4)."""
    info = b"WebPush: info\x00" + device_public + sender_public
    input_key = _derive(shared_secret, salt=auth, info=info, length=32)
    return (
        _derive(input_key, salt=salt, info=b"Content-Encoding: aes128gcm\x00", length=16),
        _derive(input_key, salt=salt, info=b"Content-Encoding: nonce\x00", length=12),
        salt,
    )


def _derive(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=_get_hash(), length=length, salt=salt, info=info).derive(secret)


@lru_cache(maxsize=1)
def _get_hash() -> hashes.SHA256:
    return hashes.SHA256()


# Voluntary application server identification (RFC 8292): key pairs, and the signed header of a request.
#
# A subscription is bound to the public key under which its browser made it. So a new key is used for new
# subscriptions only; the old one signs for the others until they are renewed.

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
