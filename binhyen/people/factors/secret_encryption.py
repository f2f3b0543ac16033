"""Encryption at rest of second factor secrets: XChaCha20-Poly1305 under a key file of the pages process
(`factors.key`).

The database or a backup alone is not enough to make codes. The owner's id is encrypted with the secret, so that a row
moved to another person cannot be used.
"""

import base64
import secrets
from hashlib import blake2b

from nacl.exceptions import CryptoError
from nacl.secret import Aead

from binhyen.kit import key_files

_VERSION = "v1"
_PROCESS, _NAME = "pages", "factors"


class DecryptionError(ValueError):
    """Encrypted under another key, changed, or of another owner."""


def ensure_key() -> None:
    """Create the key file if it is missing; called at program start."""
    _load_key()


def encrypt_secret(text: str) -> str:
    """Encrypt a text to «v1:key id:base64»."""
    key = _load_key()
    ciphertext = Aead(key).encrypt(text.encode(), _VERSION.encode())
    return f"{_VERSION}:{_key_id(key)}:{base64.b64encode(ciphertext).decode()}"


def decrypt_secret(token: str) -> str:
    """Decrypt a text. Raises `Unreadable`."""
    version, _, remaining = token.partition(":")
    key_id, _, body = remaining.partition(":")
    key = _load_key()
    if version != _VERSION or key_id != _key_id(key):
        raise DecryptionError("encrypted under another key than that of this installation")
    try:
        return Aead(key).decrypt(base64.b64decode(body, validate=True), _VERSION.encode()).decode()
    except (CryptoError, ValueError) as error:
        raise DecryptionError("changed") from error


def bind_to_owner(owner: object, secret: str) -> str:
    """Join the owner and the secret to the text that is encrypted."""
    return f"{owner}|{secret}"


def unbind_from_owner(owner: object, text: str) -> str:
    """Return the secret after checking its owner. Raises `Unreadable`."""
    bound_owner, _, secret = text.rpartition("|")
    if bound_owner != str(owner):
        raise DecryptionError("belongs to another owner")
    return secret


def _key_id(key: bytes) -> str:
    return blake2b(key, digest_size=4, person=b"factors").hexdigest()


def _load_key() -> bytes:
    return key_files.get_or_create_key(_PROCESS, _NAME, lambda: secrets.token_bytes(Aead.KEY_SIZE))
