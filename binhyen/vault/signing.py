"""Signatures of key holders on files that travel between the network and an isolated machine. Pure.

The Ed25519 seed is derived from the holder's private key, so that one passphrase opens both.
"""

from hashlib import blake2b

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey


def _derive_signing_key(private: bytes) -> SigningKey:
    return SigningKey(blake2b(private, digest_size=32, person=b"binhyen-sign").digest())


def get_verify_key(private: bytes) -> bytes:
    """Return the 32 bytes that others verify this holder's signatures with."""
    return bytes(_derive_signing_key(private).verify_key)


def sign_message(message: bytes, *, private: bytes) -> bytes:
    return _derive_signing_key(private).sign(message).signature


def is_signature_valid(verify: bytes, message: bytes, signature: bytes) -> bool:
    try:
        VerifyKey(verify).verify(message, signature)
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True
