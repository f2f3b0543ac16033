"""Secret sharing, 2 of 3: a secret is split in three parts, each share index holds all but one. Pure.

Any two share indexes have all three parts and so the secret; one alone has noise (replicated secret sharing: the parts
are random, and only the XOR of all three is the secret). Several people may have one share index; they cannot act
together.
"""

import secrets
from collections.abc import Mapping, Sequence
from functools import reduce

SHARE_INDEXES = (1, 2, 3)


def split_secret(secret: bytes) -> tuple[bytes, bytes, bytes]:
    """Split a secret into three parts of its length."""
    first, second = secrets.token_bytes(len(secret)), secrets.token_bytes(len(secret))
    return first, second, _xor_all([secret, first, second])


def join_parts(parts: Mapping[int, bytes]) -> bytes:
    """Join parts 1, 2 and 3 to the secret. Raises ValueError where one is missing."""
    if set(parts) != set(SHARE_INDEXES):
        raise ValueError("all three parts are needed")
    return _xor_all(list(parts.values()))


def get_parts(seat: int) -> tuple[int, ...]:
    """Return the parts that belong to this share index."""
    return tuple(part for part in SHARE_INDEXES if part != seat)


def _xor_all(values: Sequence[bytes]) -> bytes:
    return reduce(
        lambda left, right: bytes(left_byte ^ right_byte for left_byte, right_byte in zip(left, right, strict=True)),
        values,
    )
