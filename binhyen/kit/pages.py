"""Keyset pages: a deep page costs what the first costs. A cursor is the sort key of the last row shown, sealed: row
numbers would tell how many rows lie between two of somebody's own, also such as they may not see.
"""

import base64
import binascii
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.utils.crypto import salted_hmac

T = TypeVar("T")
Key = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows of one page and the cursor of the next, "" on the last page."""

    rows: Sequence[T]
    next: str


def encode(of: str, key: Key) -> str:
    """The cursor of a list, good in no other. The same key gives the same cursor: a page keeps its address."""
    sealed = _box(settings.SECRET_KEY).encrypt(struct.pack(f">{len(key)}q", *key), [of.encode()])
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def decode(of: str, cursor: str, width: int) -> Key | None:
    """The key, or None for an empty, broken or foreign cursor: the reader then gets the first page."""
    try:
        sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return struct.unpack(f">{width}q", _box(settings.SECRET_KEY).decrypt(sealed, [of.encode()]))
    except (binascii.Error, ValueError, InvalidTag, struct.error):
        return None


@lru_cache(maxsize=4)
def _box(secret: str) -> AESSIV:
    return AESSIV(salted_hmac("binhyen.kit.pages", "", secret, algorithm="sha512").digest())
