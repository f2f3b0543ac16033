"""Services of tips: submission (with files), answers and extracts (answering), withdrawal and expiry (ending)."""

from binhyen.tips.services.expiry import clean, withdraw
from binhyen.tips.services.files import BadFile, Sent
from binhyen.tips.services.replies import answer, hand_on, note_answer, pass_on
from binhyen.tips.services.storage import hand_over
from binhyen.tips.services.submission import HasCode, Receipt, SentBefore, found, opened, send, write_more

__all__ = [
    "BadFile",
    "HasCode",
    "Receipt",
    "Sent",
    "SentBefore",
    "answer",
    "clean",
    "found",
    "hand_on",
    "hand_over",
    "note_answer",
    "opened",
    "pass_on",
    "send",
    "withdraw",
    "write_more",
]
