"""Hash chain: the fields covered by an entry's hash."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Any

from binhyen.audit.rules.merkle import EMPTY, Range, append_leaves, compute_root
from binhyen.audit.rules.signed_notes import Head

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


# Verification of the audit log: entry by entry against the chain, and as a whole against external copies.

MAX_FAULTS = 50


class FaultKind(StrEnum):
    EDITED = "dòng bị sửa, hoặc không nối với dòng trước"
    DELETED = "nội dung dòng bị xóa"
    MISSING = "mất dòng"
    OUT_OF_PLACE = "dòng thừa hoặc sai thứ tự"
    REWRITTEN = "khác với bản đã giao ra ngoài"
    CUT = "thiếu phần cuối: bản đã giao ra ngoài dài hơn"
    UNCHAINED = "có dòng chưa được nối vào chuỗi"
    DAMAGED = "tệp mã dòng giữ bên ngoài không khớp với điểm kiểm tra cùng giữ"
    UNREADABLE = "tệp giữ bên ngoài không đọc được"
    SIGNATURE = "điểm kiểm tra không có chữ ký của sổ này"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault located in `first`–`last` (equal if the position is known exactly)."""

    first: int
    last: int
    wrong: FaultKind

    def __str__(self) -> str:
        if not self.last:
            return self.wrong.value
        place = f"dòng {self.first}" if self.first == self.last else f"dòng {self.first}–{self.last}"
        return f"{place}: {self.wrong.value}"


@dataclass(frozen=True, slots=True)
class ChainRow:
    """One link of the chain with its entry, None if the entry is gone."""

    seq: int
    hash: bytes
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Start:
    """Starting point: the beginning of the log, or the end of its archived part."""

    head: bytes = GENESIS
    tree: Range = EMPTY


BEGINNING = Start()


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """`size`, `root`: of the book as it was read; `confirmed`: up to which checkpoint it fits, our own among them;
    `faults` by place; `held`: up to which of those that others brought; `waiting`: entries that wait to be linked. That
    is no fault of the book: they are a moment old, or the chainer stands still.
    """

    size: int
    root: bytes
    confirmed: int
    faults: tuple[Fault, ...]
    external_size: int = 0
    waiting: int = 0

    def with_faults(self, *faults: Fault) -> "VerificationResult":
        return replace(self, faults=_sort_faults([*self.faults, *faults]))


def verify_log(
    rows: Iterable[ChainRow],
    *,
    heads: Sequence[Head] = (),
    hashes: Mapping[int, bytes] | None = None,
    start: Start = BEGINNING,
) -> VerificationResult:
    """Verify rows in their order. `heads`: checkpoints of external copies; `hashes`: entry hashes of external copies.

    A break in the chain is located by the chain; a chain recomputed by the database owner is located by the first
    differing hash, or between the last matching checkpoint and the first that differs.
    """
    external_hashes = hashes or {}
    faults: list[Fault] = []
    comparison = _ExternalComparison(heads, external_hashes, faults, confirmed=start.tree.size)
    previous: bytes | None = start.head
    tree, last_seq = start.tree, start.tree.size
    for row in rows:
        if row.seq != last_seq + 1:
            faults.append(_build_order_fault(row, last_seq))
            comparison.stop_comparing()  # the tree of a log with holes matches no checkpoint
            previous = None
        if row.entry is None:
            faults.append(Fault(row.seq, row.seq, FaultKind.DELETED))
        # nosemgrep: secret-compared-plainly  hashes known to the verifier
        elif previous is not None and entry_hash(row.entry, seq=row.seq, previous=previous) != row.hash:
            # Either this entry was edited, or the previous one together with its hash.
            is_exact = row.seq == start.tree.size + 1 or external_hashes.get(row.seq - 1) == previous
            faults.append(Fault(row.seq if is_exact else row.seq - 1, row.seq, FaultKind.EDITED))
        previous, tree, last_seq = row.hash, append_leaves(tree, (row.hash,)), max(last_seq, row.seq)
        comparison.compare_row(row, tree)
        if len(faults) >= MAX_FAULTS:
            break
    else:
        comparison.report_missing_end(last_seq)
    return VerificationResult(last_seq, compute_root(tree), comparison.confirmed, _sort_faults(faults))


def _sort_faults(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(faults, key=lambda fault: (fault.first, fault.last)))


def _build_order_fault(row: ChainRow, last_seq: int) -> Fault:
    if row.seq > last_seq + 1:
        return Fault(last_seq + 1, row.seq - 1, FaultKind.MISSING)
    return Fault(row.seq, row.seq, FaultKind.OUT_OF_PLACE)


class _ExternalComparison:
    """Comparison of the log with external copies while it is read."""

    def __init__(
        self, heads: Sequence[Head], hashes: Mapping[int, bytes], faults: list[Fault], *, confirmed: int
    ) -> None:
        self._heads: dict[int, set[bytes]] = {}
        for head in heads:
            self._heads.setdefault(head.size, set()).add(head.root)
        self._hashes, self._faults, self.confirmed = hashes, faults, confirmed
        self._differs = 0  # first entry with a different external hash since the last matching checkpoint
        self._done = False

    def stop_comparing(self) -> None:
        self._done = True

    def compare_row(self, row: ChainRow, tree: Range) -> None:
        if self._done:
            return
        external_hash = self._hashes.get(row.seq)
        # nosemgrep: secret-compared-plainly  hashes known to the verifier
        if not self._differs and external_hash is not None and external_hash != row.hash:
            self._differs = row.seq
        if row.seq not in self._heads:
            return
        if self._heads[row.seq] == {compute_root(tree)}:
            if self._differs:
                self._faults.append(Fault(self._differs, self._differs, FaultKind.DAMAGED))
            self.confirmed, self._differs = row.seq, 0
        else:
            first_seq = self._differs or self.confirmed + 1
            self._faults.append(Fault(first_seq, self._differs or row.seq, FaultKind.REWRITTEN))
            self._done = True  # every later checkpoint differs with it

    def report_missing_end(self, size: int) -> None:
        if self._differs and not self._done:  # the checkpoint that would confirm them is beyond the end
            self._faults.append(Fault(self._differs, self._differs, FaultKind.REWRITTEN))
        longest = max([*self._heads, *self._hashes], default=0)
        if longest > size:
            self._faults.append(Fault(size + 1, longest, FaultKind.CUT))
