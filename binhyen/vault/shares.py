"""Secrets that need two people: a secret is split in three, each seat holds all but one part. Pure.

Any two seats have all three parts and so the secret; one seat alone has noise (replicated secret sharing: the parts are
random, and only the XOR of all three is the secret). Several people may sit on one seat; they cannot act together.
"""

import secrets
from collections.abc import Mapping, Sequence
from functools import reduce

SEATS = (1, 2, 3)


def split(secret: bytes) -> tuple[bytes, bytes, bytes]:
    """Three parts of the secret's length."""
    first, second = secrets.token_bytes(len(secret)), secrets.token_bytes(len(secret))
    return first, second, _xor([secret, first, second])


def join(parts: Mapping[int, bytes]) -> bytes:
    """The secret of parts 1, 2 and 3. Raises ValueError where one is missing."""
    if set(parts) != set(SEATS):
        raise ValueError("all three parts are needed")
    return _xor(list(parts.values()))


def parts_of(seat: int) -> tuple[int, ...]:
    """Which parts somebody on this seat holds."""
    return tuple(part for part in SEATS if part != seat)


def _xor(values: Sequence[bytes]) -> bytes:
    return reduce(lambda a, b: bytes(x ^ y for x, y in zip(a, b, strict=True)), values)
