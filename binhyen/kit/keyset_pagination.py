"""Keyset pagination: a deep page costs as much as the first. A cursor is the encrypted sort key of the last row shown.

Plain row numbers would reveal how many rows lie between two of a user's own, including rows that they may not see.
"""

import base64
import binascii
import datetime as dt
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.utils.crypto import salted_hmac

T = TypeVar("T")
M = TypeVar("M", bound=Model)
Key = tuple[int, ...]
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows of one page and the cursor of the next, "" on the last page."""

    rows: Sequence[T]
    next: str


def encode_cursor(list_name: str, key: Key) -> str:
    """Return the cursor of a list, valid in no other. The same key gives the same cursor: page URLs are stable."""
    sealed = _cipher(settings.SECRET_KEY).encrypt(struct.pack(f">{len(key)}q", *key), [list_name.encode()])
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def decode_cursor(list_name: str, cursor: str, width: int) -> Key | None:
    """Return the key, or None for an empty, broken or foreign cursor: the reader then gets the first page."""
    try:
        sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return struct.unpack(f">{width}q", _cipher(settings.SECRET_KEY).decrypt(sealed, [list_name.encode()]))
    except (binascii.Error, ValueError, InvalidTag, struct.error):
        return None


def paginate_descending(list_name: str, rows: QuerySet[M], by: Sequence[str], *, cursor: str, limit: int) -> Page[M]:
    """Return a page in descending order. `by`: columns of numbers and moments; the last one is unique."""
    cursor_key = decode_cursor(list_name, cursor, len(by) * 2)
    if cursor_key:
        pairs = zip(cursor_key[::2], cursor_key[1::2], strict=True)
        last = dict(
            zip(
                by,
                (
                    _EPOCH + number * dt.timedelta(microseconds=1) if is_moment else number
                    for number, is_moment in pairs
                ),
                strict=True,
            )
        )
        next_rows = Q(pk__in=[])
        for place, name in enumerate(by):
            next_rows |= Q(**{column: last[column] for column in by[:place]}, **{f"{name}__lt": last[name]})
        rows = rows.filter(next_rows)
    page_rows = list(rows.order_by(*(f"-{name}" for name in by))[: limit + 1])
    if len(page_rows) <= limit:
        return Page(page_rows, "")
    return Page(
        page_rows[:limit],
        encode_cursor(
            list_name,
            tuple(number for name in by for number in _to_cursor_numbers(_get_path(page_rows[limit - 1], name))),
        ),
    )


def _get_path(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def _to_cursor_numbers(value: Any) -> tuple[int, int]:
    """Return a value as stored in a cursor: microseconds or the number, and which of the two it is."""
    if isinstance(value, dt.datetime):
        return (value - _EPOCH) // dt.timedelta(microseconds=1), 1
    return int(value), 0


@lru_cache(maxsize=4)
def _cipher(secret: str) -> AESSIV:
    return AESSIV(salted_hmac("binhyen.kit.keyset_pagination", "", secret, algorithm="sha512").digest())
