"""What a verifier concludes: entry by entry against the chain, and the whole against what others hold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from binhyen.audit.rules.chain import GENESIS, Entry, entry_hash
from binhyen.audit.rules.merkle import EMPTY, Range, extend, root
from binhyen.audit.rules.notes import Head

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
    """What was tampered with lies in `first`–`last` (equal where the place is known exactly)."""

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
    """One link of the chain with the entry it stands for, None where that is gone."""

    seq: int
    hash: bytes
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Start:
    """Where reading begins: the whole book, or after what was put into an archive."""

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
    """Rows in their order. `heads`: checkpoints that others hold; `hashes`: entries' hashes that they hold.

    What does not fit its own chain is placed by the chain; a chain written anew by who owns the database is placed by
    the first hash that differs, or between the last checkpoint that fits and the first that does not.
    """
    held = hashes or {}
    faults: list[Fault] = []
    outside = _Outside(heads, held, faults, confirmed=start.tree.size)
    previous: bytes | None = start.head
    tree, read = start.tree, start.tree.size
    for row in rows:
        if row.seq != read + 1:
            faults.append(_misplaced(row, read))
            outside.give_up()  # the tree of a book with holes is no book that anybody ever held
            previous = None
        if row.entry is None:
            faults.append(Fault(row.seq, row.seq, Wrong.DELETED))
        # nosemgrep: secret-compared-plainly  hashes of a book that whoever verifies it holds
        elif previous is not None and entry_hash(row.entry, seq=row.seq, previous=previous) != row.hash:
            # Either this one was edited, or the one before and its hash with it.
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
    """Compares the book with what others hold, as it is read."""

    def __init__(
        self, heads: Sequence[Head], hashes: Mapping[int, bytes], faults: list[Fault], *, confirmed: int
    ) -> None:
        self._heads: dict[int, set[bytes]] = {}
        for head in heads:
            self._heads.setdefault(head.size, set()).add(head.root)
        self._hashes, self._faults, self.confirmed = hashes, faults, confirmed
        self._differs = 0  # the first entry whose hash others hold otherwise, since the last checkpoint that fits
        self._done = False

    def give_up(self) -> None:
        self._done = True

    def compare(self, row: Row, tree: Range) -> None:
        if self._done:
            return
        held = self._hashes.get(row.seq)
        # nosemgrep: secret-compared-plainly  hashes of a book that whoever verifies it holds
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
        if self._differs and not self._done:  # the checkpoint that would confirm them lies beyond the end
            self._faults.append(Fault(self._differs, self._differs, Wrong.REWRITTEN))
        longest = max([*self._heads, *self._hashes], default=0)
        if longest > size:
            self._faults.append(Fault(size + 1, longest, Wrong.CUT))
