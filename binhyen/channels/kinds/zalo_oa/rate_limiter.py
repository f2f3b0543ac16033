"""Rate limiter of API calls per minute: own count, corrected by Zalo's X-RateLimit headers.

Pure: `now` is an argument.
"""

import datetime as dt
import threading
from collections import deque
from collections.abc import Mapping

from binhyen.channels.adapter import ChannelAccount

PER_MINUTE = 4000  # for the app; packages of the account allow less: settings["per_minute"]
_MINUTE = dt.timedelta(seconds=60)


class SlidingWindowLimiter:
    """Sliding-window rate limiter: at most `per_minute` calls within any 60 s; 0 = no own limit."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._calls: deque[dt.datetime] = deque()
        self._closed_until: dt.datetime | None = None
        self._lock = threading.Lock()

    def take(self, now: dt.datetime) -> float:
        """Count a call and return 0.0, or return the seconds to wait and count nothing."""
        with self._lock:
            self._forget_future(now)
            if self._closed_until and now < self._closed_until:
                return (self._closed_until - now).total_seconds()
            while self._calls and now - self._calls[0] >= _MINUTE:
                self._calls.popleft()
            if self.per_minute and len(self._calls) >= self.per_minute:
                return (self._calls[0] + _MINUTE - now).total_seconds()
            self._calls.append(now)
            return 0.0

    def _forget_future(self, now: dt.datetime) -> None:
        """Forget times later than now: a clock set back since would close the minute for hours."""
        if self._calls and self._calls[-1] > now:
            self._calls.clear()
        if self._closed_until and self._closed_until - now > 2 * _MINUTE:
            self._closed_until = None

    def update_from_headers(self, headers: Mapping[str, str], now: dt.datetime) -> None:
        """Update the limit from a response: a smaller limit holds from now on; nothing remaining closes the minute.

        Zalo does not tell the start of its minute, so after the last call it is assumed to end a minute after our
        first.
        """
        limit, remaining = (
            _parse_count(headers.get("X-RateLimit-Limit")),
            _parse_count(headers.get("X-RateLimit-Remain")),
        )
        with self._lock:
            if limit and (not self.per_minute or limit < self.per_minute):
                self.per_minute = limit
            if remaining == 0 and limit:
                first_call = self._calls[0] if self._calls else now
                self._closed_until = max(first_call + _MINUTE, now + dt.timedelta(seconds=1))


def _parse_count(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 10 else None


_limiters: dict[tuple[str, str], SlidingWindowLimiter] = {}


def get_limiter(account: ChannelAccount) -> SlidingWindowLimiter:
    """Return the single limiter of this process for an app on a host."""
    key = (str(account.settings.get("openapi_url", "")), str(account.settings.get("app_id", "")))
    if key not in _limiters:
        configured = account.settings.get("per_minute", PER_MINUTE)
        _limiters[key] = SlidingWindowLimiter(
            configured if isinstance(configured, int) and configured > 0 else PER_MINUTE
        )
    return _limiters[key]
