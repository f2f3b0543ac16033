"""Message encryption for web push (RFC 8291, content coding aes128gcm of RFC 8188), over `cryptography`. Pure."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

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
