"""Services of tips: submission (with files), answers and extracts (answering), withdrawal and expiry (ending)."""

from binhyen.tips.services.replies import (
    answer_tip,
    destroy_expired_tips,
    open_waiting_extracts,
    queue_extract,
    record_tip_answer,
    withdraw_tip,
)
from binhyen.tips.services.storage import BadFile, UploadedTipFile, transfer_to_custodians
from binhyen.tips.services.submission import (
    AlreadySubmitted,
    ContainsReceiptCode,
    TipReceipt,
    add_to_tip,
    find_by_lookup,
    open_receipt,
    submit_tip,
)

__all__ = [
    "AlreadySubmitted",
    "BadFile",
    "ContainsReceiptCode",
    "TipReceipt",
    "UploadedTipFile",
    "add_to_tip",
    "answer_tip",
    "destroy_expired_tips",
    "find_by_lookup",
    "open_receipt",
    "open_waiting_extracts",
    "queue_extract",
    "record_tip_answer",
    "submit_tip",
    "transfer_to_custodians",
    "withdraw_tip",
]
