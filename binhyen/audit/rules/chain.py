"""Hash chain: the fields covered by an entry's hash."""

import datetime as dt
import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

GENESIS = bytes(32)


@dataclass(frozen=True, slots=True)
class Entry:
    """The chained fields of an audit row."""

    at: dt.datetime
    actor: str
    verb: str
    object: str
    unit_id: int | None
    detail: dict[str, Any]


def entry_hash(entry: Entry, *, seq: int, previous: bytes) -> bytes:
    """Compute SHA-256 over the canonical JSON of position, entry and previous hash: 32 bytes."""
    fields = [
        seq,
        entry.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        entry.actor,
        entry.verb,
        entry.object,
        entry.unit_id,
        entry.detail,
        previous.hex(),
    ]
    canonical = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).digest()
