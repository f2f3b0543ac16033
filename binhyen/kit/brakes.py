"""Rate limits that store no address: token buckets in the memory of one process, keyed by a daily HMAC.

The HMAC key is random and replaced each day. Nothing is written to disk, so no log and no backup contains a client
address. Imports no Django.
"""

import hmac
import secrets
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from time import monotonic

_DAY = 86_400.0
_MOST = 50_000  # buckets per process; above that all are cleared, because rejecting new clients would be worse


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket limit: `burst` at once, then `per_second` more."""

    burst: float
    per_second: float

    def wait(self) -> int:
        """Return the seconds until one more request is allowed, for `Retry-After`."""
        return max(1, round(1 / self.per_second))


@dataclass(slots=True)
class Buckets:
    """Token buckets of one process. Times are seconds of a monotonic clock, passed in by the caller."""

    _left: dict[bytes, tuple[float, float]] = field(default_factory=dict)
    _key: bytes = b""
    _made_at: float = -_DAY

    def take(self, who: str, rate: Rate, *, count: int = 1, at: float) -> bool:
        """Take `count` tokens of `key` if available. An unknown client (no proxy, or a local one) is never limited."""
        if not who or count <= 0:
            return True
        name = self.name(_label(who, rate), at=at)
        left, since = self._left.get(name, (rate.burst, at))
        left = min(rate.burst, left + (at - since) * rate.per_second)
        allowed = left >= count
        self._left[name] = (left - count if allowed else left, at)
        return allowed

    def spent(self, who: str, rate: Rate, *, at: float) -> bool:
        """Return whether no token is left for `key`, without taking one."""
        if not who:
            return False
        left, since = self._left.get(self.name(_label(who, rate), at=at), (rate.burst, at))
        return left + (at - since) * rate.per_second < 1

    def name(self, who: str, *, at: float) -> bytes:
        """Return the pseudonym of `key` for today."""
        if at - self._made_at >= _DAY or len(self._left) > _MOST:
            self._left.clear()
            self._key, self._made_at = secrets.token_bytes(32), at
        return hmac.digest(self._key, who.encode(), "sha256")[:12]


def _label(who: str, rate: Rate) -> str:
    return f"{rate.burst}/{rate.per_second}/{who}"


class Open:
    """Concurrency limits for each key; keys are daily pseudonyms or hashes, never addresses."""

    def __init__(self) -> None:
        self._count: Counter[Hashable] = Counter()

    def enter(self, *limits: tuple[Hashable, int]) -> bool:
        """Count one more for each key if all stay within their limits; else count none. Key None has no limit."""
        keys = [(key, most) for key, most in limits if key is not None]
        if any(self._count[key] >= most for key, most in keys):
            return False
        self._count.update(key for key, _ in keys)
        return True

    def leave(self, *keys: Hashable) -> None:
        for key in keys:
            if key is not None:
                self._count[key] -= 1
                if self._count[key] <= 0:
                    del self._count[key]


def peer_of(forwarded: str) -> str:
    """Return the peer address seen by the gateway: the last hop of X-Forwarded-For; clients can forge earlier hops.

    A loopback address is a proxy that hides its clients: one shared bucket would limit all of them.
    """
    peer = forwarded.rpartition(",")[2].strip()
    return "" if peer.startswith("127.") or peer == "::1" else peer


buckets = Buckets()


def allows(who: str, rate: Rate, *, count: int = 1) -> bool:
    """Take `count` tokens from the buckets of this process; return whether they were available. "" is never limited."""
    return buckets.take(who, rate, count=count, at=monotonic())


def spent(who: str, rate: Rate) -> bool:
    """Return whether no token is left for `key`."""
    return buckets.spent(who, rate, at=monotonic())


def today(who: str) -> bytes | None:
    """Return the pseudonym of an address for today, for `ConcurrencyLimit`; None for an unknown client."""
    return buckets.name(who, at=monotonic()) if who else None
