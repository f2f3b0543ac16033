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
MAX_TEXT_LENGTH = 1000


class DataRequestKind(StrEnum):
    ACCESS = "ACCESS"
    CORRECT = "CORRECT"
    ERASE = "ERASE"
    WITHDRAW = "WITHDRAW"


LABELS = {
    DataRequestKind.ACCESS: N_("Xin xem, nhận bản sao"),
    DataRequestKind.CORRECT: N_("Xin sửa dữ liệu"),
    DataRequestKind.ERASE: N_("Xin xóa dữ liệu"),
    DataRequestKind.WITHDRAW: N_("Rút đồng ý"),
}


class DataRequestState(StrEnum):
    OPEN = "OPEN"
    GRANTED = "GRANTED"  # the worker fulfils it in a moment
    DONE = "DONE"
    REFUSED = "REFUSED"


STATE_LABELS = {
    DataRequestState.OPEN: N_("Chờ trả lời"),
    DataRequestState.GRANTED: N_("Đã đồng ý, đang làm"),
    DataRequestState.DONE: N_("Đã làm xong"),
    DataRequestState.REFUSED: N_("Không làm được"),
}

# Whole texts in private chat, without diacritics or punctuation; anything longer is an ordinary message.
_CHAT_PHRASES = {
    DataRequestKind.ACCESS: (
        "du lieu cua toi",
        "xem du lieu",
        "xem du lieu cua toi",
        "tai du lieu",
        "tai du lieu cua toi",
    ),
    DataRequestKind.CORRECT: ("sua du lieu", "sua du lieu cua toi"),
    DataRequestKind.ERASE: ("xoa du lieu", "xoa du lieu cua toi", "xoa tin cua toi"),
    DataRequestKind.WITHDRAW: ("rut dong y", "rut lai dong y", "rut su dong y"),
}
_KINDS = {words: kind for kind, phrases in _CHAT_PHRASES.items() for words in phrases}


def parse_chat_request(normalized_text: str) -> DataRequestKind | None:
    """Return the request kind of a message, by its folded text without punctuation; None for nearly every message."""
    return _KINDS.get(normalized_text)


def get_last_answer_day(asked_on: dt.date, holidays: Collection[dt.date]) -> dt.date:
    """Return the second working day after the Vietnamese day of the request; the answer is late at its end."""
    return business_days.add_business_days(asked_on, WORKING_DAYS, holidays)
