"""Replies of an SMTP server (RFC 5321, enhanced codes of RFC 3463), each typed by the next step."""

import re
from enum import StrEnum

import aiosmtplib

from binhyen.channels.types import GONE, SendFailed
from binhyen.kit.i18n_markers import N_

ACCOUNT_RETRY_DELAY = 600.0  # seconds: the operator corrects the account meanwhile
_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})\b")
_NO_MAILBOX_REPLIES = frozenset({550, 551, 553})
_NO_MAILBOX_DETAILS = frozenset({(1, 0), (1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 1)})


class SmtpStep(StrEnum):
    """Command that a reply answers."""

    SENDER = "SENDER"
    RECIPIENT = "RECIPIENT"
    DATA = "DATA"


def to_reply_failure(code: int, text: str, step: SmtpStep) -> SendFailed:
    """Return the failure of a reply: 4xx is tried again (greylisting), 5xx ends; a missing mailbox has ended."""
    label = _format_code(code, text)
    if 400 <= code < 500:
        return SendFailed(N_("máy chủ thư yêu cầu gửi lại sau"), code=label)
    if step is SmtpStep.SENDER:
        return SendFailed(N_("máy chủ thư không nhận người gửi"), code=label, retry_after=ACCOUNT_RETRY_DELAY)
    if step is SmtpStep.RECIPIENT and _is_missing_mailbox(code, text):
        return SendFailed(N_("hộp thư không còn"), code=GONE, is_permanent=True)
    return SendFailed(N_("máy chủ thư từ chối"), code=label, is_permanent=True)


def _is_missing_mailbox(code: int, text: str) -> bool:
    """Return whether the reply says that the mailbox does not exist; without enhanced code by the reply alone."""
    match = _ENHANCED.match(text.strip())
    if match is None:
        return code in _NO_MAILBOX_REPLIES
    return (int(match[2]), int(match[3])) in _NO_MAILBOX_DETAILS


def _format_code(code: int, text: str) -> str:
    match = _ENHANCED.match(text.strip())
    return f"{code} {match[0]}" if match else str(code)


def to_connect_failure(error: Exception) -> SendFailed:
    """Return the failure of a connection that never carried the letter."""
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return SendFailed(N_("máy chủ thư không nhận mật khẩu"), code="AUTH", retry_after=ACCOUNT_RETRY_DELAY)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return SendFailed(N_("máy chủ thư yêu cầu gửi lại sau"), code=str(error.code))
    return to_missing_reply_failure(was_sent=False)


def to_missing_reply_failure(*, was_sent: bool) -> SendFailed:
    """Return the failure without a reply. `was_sent`: the letter may have arrived, so it is not sent again."""
    return SendFailed(
        N_("máy chủ thư không trả lời"), code="NO_ANSWER", is_permanent=was_sent, delivery_unknown=was_sent
    )
