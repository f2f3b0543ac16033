"""Rules of stopped frauds: how one was stopped, the sum and the proof. Pure."""

import re
from enum import StrEnum
from typing import Final

from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import fold_text

MAX_PROOF_CHARS: Final = 300
MAX_AMOUNT: Final = 1_000_000_000_000  # đồng: a larger sum is a typing error
_FACTORS: Final = {
    "": 1,
    "d": 1,
    "dong": 1,
    "k": 10**3,
    "nghin": 10**3,
    "tr": 10**6,
    "trieu": 10**6,
    "ty": 10**9,
    "ti": 10**9,
}


class StopMethod(StrEnum):
    NOT_SENT = "NOT_SENT"
    CANCELLED = "CANCELLED"
    FROZEN = "FROZEN"
    REPAID = "REPAID"


METHOD_LABELS: Final = {
    StopMethod.NOT_SENT: N_("Người dân dừng lại, chưa chuyển tiền"),
    StopMethod.CANCELLED: N_("Ngân hàng hủy lệnh chuyển"),
    StopMethod.FROZEN: N_("Ngân hàng phong tỏa tài khoản"),
    StopMethod.REPAID: N_("Đã thu lại tiền"),
}


def parse_amount(text: str) -> int | None:
    """Return đồng of «20.000.000», «20 triệu» or «»; None for anything else, a negative or an impossible sum."""
    match = re.fullmatch(r"([\d., ]*\d)?\s*([a-z]*)", fold_text(text).strip())
    if match is None or match[2] not in _FACTORS:
        return None
    number, factor = match[1] or "", _FACTORS[match[2]]
    if not number:
        return None if match[2] else 0
    if factor == 1:
        amount = int(re.sub(r"\D", "", number))
    else:
        try:
            amount = round(float(number.replace(" ", "").replace(",", ".")) * factor)
        except ValueError:
            return None
    return amount if amount <= MAX_AMOUNT else None
