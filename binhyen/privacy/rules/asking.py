"""What people may ask about their data, and until when they are answered. Pure.

Law 91/2025/QH15 art. 4 (rights); Decree 356/2025: an answer within 2 working days. [R] whether the deed itself has a
longer period: here the deed follows the answer at once.
"""

import datetime as dt
from collections.abc import Collection
from enum import StrEnum

from binhyen.kit import workdays
from binhyen.kit.wording import N_

WORKING_DAYS = 2
LONGEST = 1000


class Kind(StrEnum):
    ACCESS = "ACCESS"
    CORRECT = "CORRECT"
    ERASE = "ERASE"
    WITHDRAW = "WITHDRAW"


LABELS = {
    Kind.ACCESS: N_("Xin xem, nhận bản sao"),
    Kind.CORRECT: N_("Xin sửa dữ liệu"),
    Kind.ERASE: N_("Xin xóa dữ liệu"),
    Kind.WITHDRAW: N_("Rút đồng ý"),
}


class State(StrEnum):
    OPEN = "OPEN"
    GRANTED = "GRANTED"  # agreed to; the worker does it in a moment
    DONE = "DONE"
    REFUSED = "REFUSED"


STATE_LABELS = {
    State.OPEN: N_("Chờ trả lời"),
    State.GRANTED: N_("Đã đồng ý, đang làm"),
    State.DONE: N_("Đã làm xong"),
    State.REFUSED: N_("Không làm được"),
}

# Said alone in private chat, without marks or signs; anything longer is a telling like any other.
_SAID = {
    Kind.ACCESS: ("du lieu cua toi", "xem du lieu", "xem du lieu cua toi", "tai du lieu", "tai du lieu cua toi"),
    Kind.CORRECT: ("sua du lieu", "sua du lieu cua toi"),
    Kind.ERASE: ("xoa du lieu", "xoa du lieu cua toi", "xoa tin cua toi"),
    Kind.WITHDRAW: ("rut dong y", "rut lai dong y", "rut su dong y"),
}
_KINDS = {words: kind for kind, said in _SAID.items() for words in said}


def said(bare: str) -> Kind | None:
    """What a message asks for, by its words folded and without signs; None for nearly every message."""
    return _KINDS.get(bare)


def last_day(asked_on: dt.date, holidays: Collection[dt.date]) -> dt.date:
    """The second working day after the Vietnamese day it was asked on; at its end the answer is late."""
    return workdays.after(asked_on, WORKING_DAYS, holidays)
