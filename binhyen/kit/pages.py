"""Keyset pages: a deep page costs what the first costs. A cursor is the sort key of the last row shown."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import orjson

T = TypeVar("T")
Key = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows of one page and the cursor of the next, "" on the last page."""

    rows: Sequence[T]
    next: str


def encode(key: Key) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def decode(cursor: str, width: int) -> Key | None:
    """The key, or None for an empty, broken or foreign cursor: the reader then gets the first page."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        return None
    if isinstance(values, list) and len(values) == width and all(type(v) is int and abs(v) < 2**63 for v in values):
        return tuple(values)
    return None
