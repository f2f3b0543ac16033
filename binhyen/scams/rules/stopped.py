"""Rules of stopped frauds: how one was stopped, the sum and the proof. Pure."""

import re
from enum import StrEnum
from typing import Final

from binhyen.kit.i18n_markers import N_

MAX_PROOF_CHARS: Final = 300
MAX_AMOUNT: Final = 1_000_000_000_000  # đồng: a larger sum is a typing error


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
    match = re.fullmatch(r"([\d., ]*\d)?\s*(triệu|tr|tỷ|tỉ|nghìn|k|đ|đồng)?", text.strip().lower())
    if match is None:
        return None
    number, unit = match[1] or "", match[2] or ""
    if not number:
        return None if unit else 0
    factor = {"triệu": 10**6, "tr": 10**6, "tỷ": 10**9, "tỉ": 10**9, "nghìn": 1000, "k": 1000}.get(unit, 1)
    if factor > 1:
        try:
            amount = round(float(number.replace(" ", "").replace(",", ".")) * factor)
        except ValueError:
            return None
    else:
        amount = int(re.sub(r"\D", "", number))
    return amount if amount <= MAX_AMOUNT else None
