"""Merkle tree of RFC 6962, section 2.1, stored as compact range: the roots of its complete subtrees.

A log of a million entries needs 20 hashes or fewer; appending to it, or proving that it only grew, reads no old entry.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

EMPTY_ROOT = sha256().digest()


@dataclass(frozen=True, slots=True)
class Range:
    """A tree of `size` leaves. `roots`: of its complete subtrees, the largest (and oldest) first."""

    size: int = 0
    roots: tuple[bytes, ...] = ()


EMPTY = Range()


def leaf(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def extend(before: Range, data: Iterable[bytes]) -> Range:
    """Append entries to the tree."""
    size, roots = before.size, list(before.roots)
    for entry in data:
        roots.append(leaf(entry))
        full = size
        while full & 1:
            right = roots.pop()
            roots[-1] = node(roots[-1], right)
            full >>= 1
        size += 1
    return Range(size, tuple(roots))


def root(tree: Range) -> bytes:
    """Return the Merkle tree hash."""
    return _fold(tree.roots)


def proof(old: Range, later: Sequence[bytes]) -> list[bytes]:
    """Build the proof of RFC 6962, 2.1.2: the tree of `old` plus `later` begins with `old`. At most 63 hashes."""
    if not old.size:
        return []
    starts: list[int] = []
    for bit in range(old.size.bit_length() - 1, -1, -1):
        if old.size >> bit & 1:
            starts.append(old.size >> (bit + 1) << (bit + 1))

    def over(first: int, end: int) -> bytes:
        if first >= old.size:
            return root(extend(Range(), later[first - old.size : end - old.size]))
        return _fold(tuple(r for start, r in zip(starts, old.roots, strict=True) if first <= start < end))

    path: list[bytes] = []
    first, end, whole = 0, old.size + len(later), True
    while end != old.size:
        split = first + (1 << (end - first - 1).bit_length() - 1)
        if old.size <= split:
            path.append(over(split, end))
            end = split
        else:
            path.append(over(first, split))
            first, whole = split, False
    if not whole:
        path.append(over(first, end))
    return path[::-1]


def grew(old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Verify a consistency proof by RFC 9162, 2.1.4.2: `path` proves that the new tree begins with the old one."""
    if old_size == new_size:
        return not path and old_root == new_root
    if old_size == 0:
        return not path
    if old_size > new_size or not path:
        return False
    steps = list(path) if old_size & (old_size - 1) else [old_root, *path]
    before, after = old_size - 1, new_size - 1
    while before & 1:
        before, after = before >> 1, after >> 1
    old_made = new_made = steps[0]
    for step in steps[1:]:
        if after == 0:
            return False
        if before & 1 or before == after:
            old_made, new_made = node(step, old_made), node(step, new_made)
            while before and not before & 1:
                before, after = before >> 1, after >> 1
        else:
            new_made = node(new_made, step)
        before, after = before >> 1, after >> 1
    return after == 0 and old_made == old_root and new_made == new_root


def _fold(roots: Sequence[bytes]) -> bytes:
    if not roots:
        return EMPTY_ROOT
    made = roots[-1]
    for left in roots[-2::-1]:
        made = node(left, made)
    return made
