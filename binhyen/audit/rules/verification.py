"""Verification of the audit log: entry by entry against the chain, and as a whole against external copies."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from binhyen.audit.rules.chain import GENESIS, Entry, entry_hash
from binhyen.audit.rules.merkle import EMPTY, Range, extend, root
from binhyen.audit.rules.signed_notes import Head

MOST_FAULTS = 50


class Wrong(StrEnum):
    EDITED = "dòng bị sửa, hoặc không nối với dòng trước"
    DELETED = "nội dung dòng bị xoá"
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
    wrong: Wrong

    def __str__(self) -> str:
        if not self.last:
            return self.wrong.value
        place = f"dòng {self.first}" if self.first == self.last else f"dòng {self.first}–{self.last}"
        return f"{place}: {self.wrong.value}"


@dataclass(frozen=True, slots=True)
class Row:
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
class Verdict:
    """`size`, `root`: of the book as it was read; `confirmed`: up to which checkpoint it fits, our own among them;
    `faults` by place; `held`: up to which of those that others brought; `waiting`: entries that wait to be linked. That
    is no fault of the book: they are a moment old, or the chainer stands still.
    """

    size: int
    root: bytes
    confirmed: int
    faults: tuple[Fault, ...]
    held: int = 0
    waiting: int = 0

    def also(self, *faults: Fault) -> "Verdict":
        return replace(self, faults=_by_place([*self.faults, *faults]))


def judge(
    rows: Iterable[Row],
    *,
    heads: Sequence[Head] = (),
    hashes: Mapping[int, bytes] | None = None,
    start: Start = BEGINNING,
) -> Verdict:
    """Verify rows in their order. `heads`: checkpoints of external copies; `hashes`: entry hashes of external copies.

    A break in the chain is located by the chain; a chain recomputed by the database owner is located by the first
    differing hash, or between the last matching checkpoint and the first that differs.
    """
    held = hashes or {}
    faults: list[Fault] = []
    outside = _Outside(heads, held, faults, confirmed=start.tree.size)
    previous: bytes | None = start.head
    tree, read = start.tree, start.tree.size
    for row in rows:
        if row.seq != read + 1:
            faults.append(_misplaced(row, read))
            outside.give_up()  # the tree of a log with holes matches no checkpoint
            previous = None
        if row.entry is None:
            faults.append(Fault(row.seq, row.seq, Wrong.DELETED))
        # nosemgrep: secret-compared-plainly  hashes known to the verifier
        elif previous is not None and entry_hash(row.entry, seq=row.seq, previous=previous) != row.hash:
            # Either this entry was edited, or the previous one together with its hash.
            exact = row.seq == start.tree.size + 1 or held.get(row.seq - 1) == previous
            faults.append(Fault(row.seq if exact else row.seq - 1, row.seq, Wrong.EDITED))
        previous, tree, read = row.hash, extend(tree, (row.hash,)), max(read, row.seq)
        outside.compare(row, tree)
        if len(faults) >= MOST_FAULTS:
            break
    else:
        outside.finish(read)
    return Verdict(read, root(tree), outside.confirmed, _by_place(faults))


def _by_place(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(faults, key=lambda fault: (fault.first, fault.last)))


def _misplaced(row: Row, read: int) -> Fault:
    if row.seq > read + 1:
        return Fault(read + 1, row.seq - 1, Wrong.MISSING)
    return Fault(row.seq, row.seq, Wrong.OUT_OF_PLACE)


class _Outside:
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

    def give_up(self) -> None:
        self._done = True

    def compare(self, row: Row, tree: Range) -> None:
        if self._done:
            return
        held = self._hashes.get(row.seq)
        # nosemgrep: secret-compared-plainly  hashes known to the verifier
        if not self._differs and held is not None and held != row.hash:
            self._differs = row.seq
        if row.seq not in self._heads:
            return
        if self._heads[row.seq] == {root(tree)}:
            if self._differs:
                self._faults.append(Fault(self._differs, self._differs, Wrong.DAMAGED))
            self.confirmed, self._differs = row.seq, 0
        else:
            first = self._differs or self.confirmed + 1
            self._faults.append(Fault(first, self._differs or row.seq, Wrong.REWRITTEN))
            self._done = True  # every later checkpoint differs with it

    def finish(self, size: int) -> None:
        if self._differs and not self._done:  # the checkpoint that would confirm them is beyond the end
            self._faults.append(Fault(self._differs, self._differs, Wrong.REWRITTEN))
        longest = max([*self._heads, *self._hashes], default=0)
        if longest > size:
            self._faults.append(Fault(size + 1, longest, Wrong.CUT))
