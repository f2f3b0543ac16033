"""Rules of stopped frauds: how one was stopped. Pure."""

from enum import StrEnum
from typing import Final

from binhyen.kit.i18n_markers import N_

MAX_PROOF_CHARS: Final = 300


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
