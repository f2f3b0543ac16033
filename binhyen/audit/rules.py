"""The hash chain: what an entry's hash covers and how a chain is checked. Pure."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """What is chained of an audit row."""

    seq: int
    at: dt.datetime
    actor: str
    verb: str
    object: str
    unit_id: int | None
    detail: dict[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a chain is broken: the first `seq` that does not hold, and why."""

    seq: int
    reason: str


def entry_hash(entry: Entry) -> str:
    """SHA-256 over the canonical JSON of everything but the hash, the predecessor's hash included."""
    fields = [
        entry.seq,
        entry.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        entry.actor,
        entry.verb,
        entry.object,
        entry.unit_id,
        entry.detail,
        entry.previous,
    ]
    canonical = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()


def verify(entries: Iterable[Entry], *, head: tuple[int, str] | None = None) -> Fault | None:
    """The first broken link of a chain in `seq` order, or None. `head`: a checkpoint (seq, hash) that must be in it."""
    previous, expected = GENESIS, 1
    for entry in entries:
        if entry.seq != expected:
            return Fault(expected, "mất dòng")
        if entry.previous != previous or entry_hash(entry) != entry.hash:
            return Fault(entry.seq, "nội dung bị sửa")
        if head and entry.seq == head[0] and entry.hash != head[1]:
            return Fault(entry.seq, "không khớp điểm kiểm tra")
        previous, expected = entry.hash, expected + 1
    if head and expected <= head[0]:
        return Fault(expected, "thiếu phần cuối")
    return None
