"""Secret sharing, 2 of 3: a secret is split in three parts, each share index holds all but one. Pure.

Any two share indexes have all three parts and so the secret; one alone has noise (replicated secret sharing: the parts
are random, and only the XOR of all three is the secret). Several people may have one share index; they cannot act
together.
"""

import secrets
from collections.abc import Mapping, Sequence
from functools import reduce

SEATS = (1, 2, 3)


def split(secret: bytes) -> tuple[bytes, bytes, bytes]:
    """Split a secret into three parts of its length."""
    first, second = secrets.token_bytes(len(secret)), secrets.token_bytes(len(secret))
    return first, second, _xor([secret, first, second])


def join(parts: Mapping[int, bytes]) -> bytes:
    """Join parts 1, 2 and 3 to the secret. Raises ValueError where one is missing."""
    if set(parts) != set(SEATS):
        raise ValueError("all three parts are needed")
    return _xor(list(parts.values()))


def parts_of(seat: int) -> tuple[int, ...]:
    """Return the parts that belong to this share index."""
    return tuple(part for part in SEATS if part != seat)


def _xor(values: Sequence[bytes]) -> bytes:
    return reduce(lambda a, b: bytes(x ^ y for x, y in zip(a, b, strict=True)), values)
