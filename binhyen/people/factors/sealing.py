"""Secrets of second factors at rest: XChaCha20-Poly1305 under a key file of the pages (`factors.key`).

Whoever has the database or a backup alone cannot make anybody's codes. The owner's id is sealed in with the secret, so
that a row moved to another person opens nothing.
"""

import base64
import secrets
from hashlib import blake2b

from nacl.exceptions import CryptoError
from nacl.secret import Aead

from binhyen.kit import keyfiles

_VERSION = "v1"
_PROCESS, _NAME = "pages", "factors"


class Unreadable(ValueError):
    """Sealed under another key, changed, or somebody else's."""


def ensure_key() -> None:
    """Make the key file if there is none; the program's start does it."""
    _key()


def seal(text: str) -> str:
    """«v1:key id:base64»."""
    key = _key()
    sealed = Aead(key).encrypt(text.encode(), _VERSION.encode())
    return f"{_VERSION}:{_id(key)}:{base64.b64encode(sealed).decode()}"


def open_(sealed: str) -> str:
    """Raises `Unreadable`."""
    version, _, rest = sealed.partition(":")
    key_id, _, body = rest.partition(":")
    key = _key()
    if version != _VERSION or key_id != _id(key):
        raise Unreadable("not sealed under the key of this installation")
    try:
        return Aead(key).decrypt(base64.b64decode(body, validate=True), _VERSION.encode()).decode()
    except (CryptoError, ValueError) as problem:
        raise Unreadable("changed") from problem


def bind(owner: object, secret: str) -> str:
    """The text to seal: whose secret it is, and the secret."""
    return f"{owner}|{secret}"


def unbind(owner: object, text: str) -> str:
    """The secret, if it is this person's. Raises `Unreadable`."""
    whose, _, secret = text.rpartition("|")
    if whose != str(owner):
        raise Unreadable("somebody else's")
    return secret


def _id(key: bytes) -> str:
    return blake2b(key, digest_size=4, person=b"factors").hexdigest()


def _key() -> bytes:
    return keyfiles.once(_PROCESS, _NAME, lambda: secrets.token_bytes(Aead.KEY_SIZE))
