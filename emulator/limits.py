"""Rate limits of calls per minute: per app and, if switched on, per OA package. Fixed windows on the emulated clock."""

from emulator.switches import Switches

MINUTE_MS = 60_000


class FixedWindowLimiter:
    def __init__(self) -> None:
        self._minute = -1
        self._used = 0

    def count(self, switches: Switches, now_ms: int) -> tuple[bool, int, int]:
        """Count one call; return (within the limit, limit, remaining). Limit 0 means none."""
        minute = now_ms // MINUTE_MS
        if minute != self._minute:
            self._minute, self._used = minute, 0
        self._used += 1
        limits = [limit for limit in (switches.rate_limit, switches.oa_rate_limit) if limit]
        if not limits:
            return True, 0, 0
        limit = min(limits)
        return self._used <= limit, limit, max(0, limit - self._used)
