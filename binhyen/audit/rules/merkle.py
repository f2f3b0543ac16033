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


def hash_leaf(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def append_leaves(previous: Range, data: Iterable[bytes]) -> Range:
    """Append entries to the tree."""
    size, roots = previous.size, list(previous.roots)
    for entry in data:
        roots.append(hash_leaf(entry))
        remaining_bits = size
        while remaining_bits & 1:
            right = roots.pop()
            roots[-1] = hash_node(roots[-1], right)
            remaining_bits >>= 1
        size += 1
    return Range(size, tuple(roots))


def compute_root(tree: Range) -> bytes:
    """Return the Merkle tree hash."""
    return _fold_roots(tree.roots)


def consistency_proof(old: Range, later: Sequence[bytes]) -> list[bytes]:
    """Build the proof of RFC 6962, 2.1.2: the tree of `old` plus `later` begins with `old`. At most 63 hashes."""
    if not old.size:
        return []
    starts: list[int] = []
    for bit in range(old.size.bit_length() - 1, -1, -1):
        if old.size >> bit & 1:
            starts.append(old.size >> (bit + 1) << (bit + 1))

    def over(lower: int, upper: int) -> bytes:
        if lower >= old.size:
            return compute_root(append_leaves(Range(), later[lower - old.size : upper - old.size]))
        return _fold_roots(tuple(r for start, r in zip(starts, old.roots, strict=True) if lower <= start < upper))

    path: list[bytes] = []
    range_start, range_end, is_whole = 0, old.size + len(later), True
    while range_end != old.size:
        split = range_start + (1 << (range_end - range_start - 1).bit_length() - 1)
        if old.size <= split:
            path.append(over(split, range_end))
            range_end = split
        else:
            path.append(over(range_start, split))
            range_start, is_whole = split, False
    if not is_whole:
        path.append(over(range_start, range_end))
    return path[::-1]


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Verify a consistency proof by RFC 9162, 2.1.4.2: `path` proves that the new tree begins with the old one."""
    if old_size == new_size:
        return not path and old_root == new_root
    if old_size == 0:
        return not path
    if old_size > new_size or not path:
        return False
    steps = list(path) if old_size & (old_size - 1) else [old_root, *path]
    old_index, new_index = old_size - 1, new_size - 1
    while old_index & 1:
        old_index, new_index = old_index >> 1, new_index >> 1
    old_computed = new_computed = steps[0]
    for step in steps[1:]:
        if new_index == 0:
            return False
        if old_index & 1 or old_index == new_index:
            old_computed, new_computed = hash_node(step, old_computed), hash_node(step, new_computed)
            while old_index and not old_index & 1:
                old_index, new_index = old_index >> 1, new_index >> 1
        else:
            new_computed = hash_node(new_computed, step)
        old_index, new_index = old_index >> 1, new_index >> 1
    return new_index == 0 and old_computed == old_root and new_computed == new_root


def _fold_roots(roots: Sequence[bytes]) -> bytes:
    if not roots:
        return EMPTY_ROOT
    folded = roots[-1]
    for left in roots[-2::-1]:
        folded = hash_node(left, folded)
    return folded
