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


class Unreadable(ValueError):
    """Encrypted under another key, changed, or of another owner."""


def ensure_key() -> None:
    """Create the key file if it is missing; called at program start."""
    _key()


def seal(text: str) -> str:
    """Encrypt a text to «v1:key id:base64»."""
    key = _key()
    sealed = Aead(key).encrypt(text.encode(), _VERSION.encode())
    return f"{_VERSION}:{_id(key)}:{base64.b64encode(sealed).decode()}"


def open_(sealed: str) -> str:
    """Decrypt a text. Raises `Unreadable`."""
    version, _, rest = sealed.partition(":")
    key_id, _, body = rest.partition(":")
    key = _key()
    if version != _VERSION or key_id != _id(key):
        raise Unreadable("encrypted under another key than that of this installation")
    try:
        return Aead(key).decrypt(base64.b64decode(body, validate=True), _VERSION.encode()).decode()
    except (CryptoError, ValueError) as problem:
        raise Unreadable("changed") from problem


def bind(owner: object, secret: str) -> str:
    """Join the owner and the secret to the text that is encrypted."""
    return f"{owner}|{secret}"


def unbind(owner: object, text: str) -> str:
    """Return the secret after checking its owner. Raises `Unreadable`."""
    whose, _, secret = text.rpartition("|")
    if whose != str(owner):
        raise Unreadable("belongs to another owner")
    return secret


def _id(key: bytes) -> str:
    return blake2b(key, digest_size=4, person=b"factors").hexdigest()


def _key() -> bytes:
    return key_files.once(_PROCESS, _NAME, lambda: secrets.token_bytes(Aead.KEY_SIZE))
