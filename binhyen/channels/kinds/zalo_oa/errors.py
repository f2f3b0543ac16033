"""Zalo's error codes, typed by the next step. Operators read the reasons, so they are Vietnamese."""

import re
from collections.abc import Callable
from enum import StrEnum

from binhyen.channels.types import SendFailed
from binhyen.kit.i18n_markers import N_

_WINDOW = N_("Zalo chỉ cho gửi tới ai đã nhắn riêng cho OA trong 7 ngày, người này thì chưa")
WINDOW_CLOSED = ("-230", _WINDOW)
UNREACHABLE_CODES = frozenset(
    map(str, (-213, -217, -227, -230, -232, -244, -305, -311))
)  # the person accepts no message from us
_PERMISSION = N_("Ứng dụng hoặc OA chưa được cấp quyền gửi loại tin này")
_ACCOUNT = N_("OA hoặc ứng dụng Zalo đang bị khóa, hoặc cấu hình sai")
_TOKEN = N_("Zalo không nhận mã truy cập")
_CONTENT = N_("Zalo không nhận nội dung tin này")
_TOKEN_WORDS = re.compile(r"access[ _-]?token", re.IGNORECASE)
_MINUTE = 60.0
_HOUR = 3600.0


class NextStep(StrEnum):
    """The next step after an error code."""

    DONE = "DONE"
    NEVER = "NEVER"  # this message can never be sent
    LATER = "LATER"  # this message may be sent later
    PAUSE = "PAUSE"  # the whole channel waits
    SCOPE = "SCOPE"  # missing permission: pauses the channel, but a group permission concerns only groups
    TOKEN = "TOKEN"  # noqa: S105  a new token may help


# code → next step, seconds to wait (None: the usual backoff), reason
CODES: dict[int, tuple[NextStep, float | None, str]] = {
    0: (NextStep.DONE, None, ""),
    -32: (NextStep.PAUSE, _MINUTE, N_("Đã hết số lần gọi Zalo trong phút này")),
    -100: (NextStep.NEVER, None, N_("Tệp đính kèm đã quá hạn")),
    -200: (NextStep.LATER, None, N_("Zalo gửi không thành")),
    -201: (NextStep.NEVER, None, _CONTENT),
    -202: (NextStep.PAUSE, _HOUR, _ACCOUNT),
    -204: (NextStep.PAUSE, _HOUR, _ACCOUNT),
    -205: (NextStep.PAUSE, _HOUR, _ACCOUNT),
    -207: (NextStep.PAUSE, _HOUR, _ACCOUNT),
    -208: (NextStep.PAUSE, _HOUR, _ACCOUNT),
    -209: (NextStep.SCOPE, _HOUR, _PERMISSION),
    -210: (NextStep.NEVER, None, _CONTENT),
    -211: (NextStep.LATER, 6 * _HOUR, N_("OA đã hết lượt gửi của gói")),
    -212: (NextStep.SCOPE, _HOUR, _PERMISSION),
    -213: (NextStep.NEVER, None, _WINDOW),
    -214: (NextStep.LATER, _MINUTE, N_("Bài viết đang được Zalo xử lý")),
    -216: (NextStep.TOKEN, None, _TOKEN),
    -217: (NextStep.NEVER, None, N_("Người này chặn lời mời của OA")),
    -218: (NextStep.LATER, 6 * _HOUR, N_("Người này đã nhận đủ số tin trong ngày")),
    -219: (NextStep.PAUSE, _HOUR, _ACCOUNT),
    -220: (NextStep.TOKEN, None, _TOKEN),
    -221: (NextStep.SCOPE, _HOUR, N_("OA chưa được xác thực")),
    -223: (NextStep.SCOPE, _HOUR, _PERMISSION),
    -224: (NextStep.SCOPE, _HOUR, N_("Gói dịch vụ OA chưa cho gửi loại tin này")),
    -227: (NextStep.NEVER, None, N_("Tài khoản người này bị khóa hoặc ngừng dùng hơn 45 ngày")),
    -230: (NextStep.NEVER, None, _WINDOW),
    -232: (NextStep.NEVER, None, _WINDOW),
    -233: (NextStep.NEVER, None, _CONTENT),
    -234: (NextStep.LATER, _HOUR, N_("Zalo không cho gửi loại tin này ban đêm (22 giờ đến 6 giờ)")),
    -235: (NextStep.SCOPE, _HOUR, _PERMISSION),
    -237: (NextStep.NEVER, None, N_("Nhóm đã bị khóa (hết hạn gói nhóm)")),
    -238: (NextStep.NEVER, None, N_("Suất nhóm đã dùng hoặc đã bị khóa")),
    -240: (NextStep.NEVER, None, N_("Zalo đã bỏ cách gửi này")),
    -241: (NextStep.NEVER, None, N_("Suất nhóm đã dùng")),
    -242: (NextStep.PAUSE, _HOUR, N_("Khóa bí mật của ứng dụng không đúng")),
    -244: (NextStep.NEVER, None, N_("Người này không nhận tin của OA")),
    -248: (NextStep.NEVER, None, N_("Zalo cho rằng tin này vi phạm quy định")),
    -249: (NextStep.NEVER, None, _CONTENT),
    -305: (NextStep.NEVER, None, _WINDOW),
    -311: (NextStep.NEVER, None, _WINDOW),
    -320: (NextStep.LATER, 6 * _HOUR, N_("Ứng dụng chưa gắn tài khoản trả phí Zalo")),
    -321: (NextStep.LATER, 6 * _HOUR, N_("Tài khoản trả phí Zalo không trừ được tiền")),
    -403: (NextStep.NEVER, None, N_("OA không còn trong nhóm")),
    404: (NextStep.NEVER, None, N_("Zalo không còn lệnh này")),  # an unknown path, with HTTP 200
}

_FAILURE_BUILDERS: dict[NextStep, Callable[[str, str, float | None], SendFailed]] = {
    NextStep.NEVER: lambda reason, code, _: SendFailed(reason, code=code, is_permanent=True),
    NextStep.LATER: lambda reason, code, wait: SendFailed(reason, code=code, retry_after=wait),
    NextStep.PAUSE: lambda reason, code, wait: SendFailed(reason, code=code, retry_after=wait, pause_channel=True),
    NextStep.TOKEN: lambda _, code, __: token_refused(code),
}


def to_failure(code: int, *, group: bool = False, words: str = "") -> SendFailed:
    """Return the failure that a code of an OA call means. An unknown code is retried on the usual ladder, never for
    ever; one whose `words` name the access token gets a fresh token first.
    """
    if code not in CODES and _TOKEN_WORDS.search(words):
        return token_refused(str(code))
    next_step, wait_seconds, reason = CODES.get(code, (NextStep.LATER, None, N_("Zalo báo lỗi không rõ")))
    if next_step is NextStep.DONE:
        raise ValueError("0 is success")
    if next_step is NextStep.SCOPE:
        next_step = NextStep.NEVER if group else NextStep.PAUSE
    return _FAILURE_BUILDERS[next_step](reason, str(code), wait_seconds)


def token_refused(code: str) -> SendFailed:
    return SendFailed(_TOKEN, code=code, is_token_rejected=True)


def to_http_failure(status: int, retry_after: str, *, has_effect: bool) -> SendFailed:
    """Return the failure for a status other than 200.

    `has_effect`: the call may have changed data, so after a crash behind a proxy the delivery is unknown.
    """
    code = f"HTTP {status}"
    if status == 429:
        wait_seconds = float(retry_after) if retry_after.isdecimal() and len(retry_after) < 5 else _MINUTE
        return SendFailed(
            N_("Zalo yêu cầu gọi chậm lại"), code=code, retry_after=max(wait_seconds, 1.0), pause_channel=True
        )
    return SendFailed(N_("Zalo đang trục trặc"), code=code, delivery_unknown=has_effect and status >= 500)


def to_unreadable_failure(*, has_effect: bool) -> SendFailed:
    """Return the failure for a response of 200 that is not a JSON object with `error`."""
    return SendFailed(N_("Không đọc được trả lời của Zalo"), code="BODY", delivery_unknown=has_effect)


def to_no_response_failure(error_name: str, *, has_effect: bool) -> SendFailed:
    """Return the failure for a missing response."""
    return SendFailed(N_("Không có trả lời của Zalo"), code=error_name[:20], delivery_unknown=has_effect)
