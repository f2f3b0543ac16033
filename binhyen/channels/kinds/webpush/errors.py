"""Answers of a push service (RFC 8030), each typed by the next step."""

import datetime as dt
from email.utils import parsedate_to_datetime

from binhyen.channels.types import GONE, SendFailed
from binhyen.kit.i18n_markers import N_

ACCEPTED = frozenset({200, 201, 202, 204})
_MAX_RETRY_AFTER = 6 * 3600.0  # seconds

_PERMANENT = {
    404: (GONE, N_("máy đã thôi nhận thông báo")),
    410: (GONE, N_("máy đã thôi nhận thông báo")),
    413: ("TOO_LONG", N_("thông báo dài quá mức nhà cung cấp cho phép")),
    400: ("400", N_("nhà cung cấp thông báo từ chối yêu cầu")),
    401: ("401", N_("nhà cung cấp thông báo không nhận chữ ký của ta")),
    403: ("403", N_("máy đăng ký dưới khóa khác")),
}


def to_status_failure(status: int, retry_after: str, *, now: dt.datetime) -> SendFailed:
    """Return the failure of an HTTP status that accepts nothing."""
    if status in _PERMANENT:
        code, reason = _PERMANENT[status]
        return SendFailed(reason, code=code, is_permanent=True)
    if status == 429:
        wait = parse_retry_after(retry_after, now=now)
        return SendFailed(N_("nhà cung cấp thông báo bảo chờ"), code="429", retry_after=wait)
    if status >= 500:
        wait = parse_retry_after(retry_after, now=now)
        return SendFailed(N_("nhà cung cấp thông báo đang lỗi"), code=str(status), retry_after=wait)
    return SendFailed(N_("nhà cung cấp thông báo trả lời lạ"), code=str(status), is_permanent=True)


def to_no_answer_failure(*, was_sent: bool) -> SendFailed:
    """Return the failure of a request without an answer. `was_sent`: the service may have taken the message."""
    return SendFailed(N_("nhà cung cấp thông báo không trả lời"), code="NO_ANSWER", delivery_unknown=was_sent)


def parse_retry_after(value: str, *, now: dt.datetime) -> float | None:
    """Return the seconds of a Retry-After header (seconds or a date), at most six hours; None without a usable one."""
    value = value.strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return min(float(value), _MAX_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return min(max((moment - now).total_seconds(), 0.0), _MAX_RETRY_AFTER)
