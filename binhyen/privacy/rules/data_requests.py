"""Data subject requests: kinds and deadlines. Pure.

Law 91/2025/QH15 art. 4 (rights); Decree 356/2025: an answer within 2 working days. [R] whether the fulfilment itself
has a longer period: here it follows the answer at once.
"""

import datetime as dt
from collections.abc import Collection
from enum import StrEnum

from binhyen.kit import business_days
from binhyen.kit.i18n_markers import N_

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
    GRANTED = "GRANTED"  # the worker fulfils it in a moment
    DONE = "DONE"
    REFUSED = "REFUSED"


STATE_LABELS = {
    State.OPEN: N_("Chờ trả lời"),
    State.GRANTED: N_("Đã đồng ý, đang làm"),
    State.DONE: N_("Đã làm xong"),
    State.REFUSED: N_("Không làm được"),
}

# Whole texts in private chat, without diacritics or punctuation; anything longer is an ordinary message.
_SAID = {
    Kind.ACCESS: ("du lieu cua toi", "xem du lieu", "xem du lieu cua toi", "tai du lieu", "tai du lieu cua toi"),
    Kind.CORRECT: ("sua du lieu", "sua du lieu cua toi"),
    Kind.ERASE: ("xoa du lieu", "xoa du lieu cua toi", "xoa tin cua toi"),
    Kind.WITHDRAW: ("rut dong y", "rut lai dong y", "rut su dong y"),
}
_KINDS = {words: kind for kind, said in _SAID.items() for words in said}


def said(bare: str) -> Kind | None:
    """Return the request kind of a message, by its folded text without punctuation; None for nearly every message."""
    return _KINDS.get(bare)


def last_day(asked_on: dt.date, holidays: Collection[dt.date]) -> dt.date:
    """Return the second working day after the Vietnamese day of the request; the answer is late at its end."""
    return business_days.after(asked_on, WORKING_DAYS, holidays)
