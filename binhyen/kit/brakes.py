"""Brakes that keep no address: buckets in the memory of one process, under a keyed hash whose key is made anew daily.

Nothing of it is ever written down, so no log and no backup can say who called. Imports no Django.
"""

import hmac
import secrets
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from time import monotonic

_DAY = 86_400.0
_MOST = 50_000  # buckets a process keeps; beyond that it forgets them all rather than stop anybody new


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, then `per_second` more."""

    burst: float
    per_second: float

    def wait(self) -> int:
        """Seconds until one more is allowed, for `Retry-After`."""
        return max(1, round(1 / self.per_second))


@dataclass(slots=True)
class Buckets:
    """Token buckets of one process. Times are seconds of any steady clock, handed in."""

    _left: dict[bytes, tuple[float, float]] = field(default_factory=dict)
    _key: bytes = b""
    _made_at: float = -_DAY

    def take(self, who: str, rate: Rate, *, count: int = 1, at: float) -> bool:
        """May `who` do `count` more? Nobody known (no proxy, or the proxy on this machine) is never stopped."""
        if not who or count <= 0:
            return True
        name = self.name(_label(who, rate), at=at)
        left, since = self._left.get(name, (rate.burst, at))
        left = min(rate.burst, left + (at - since) * rate.per_second)
        allowed = left >= count
        self._left[name] = (left - count if allowed else left, at)
        return allowed

    def spent(self, who: str, rate: Rate, *, at: float) -> bool:
        """Is nothing left for `who`? Takes nothing."""
        if not who:
            return False
        left, since = self._left.get(self.name(_label(who, rate), at=at), (rate.burst, at))
        return left + (at - since) * rate.per_second < 1

    def name(self, who: str, *, at: float) -> bytes:
        """What stands for somebody today."""
        if at - self._made_at >= _DAY or len(self._left) > _MOST:
            self._left.clear()
            self._key, self._made_at = secrets.token_bytes(32), at
        return hmac.digest(self._key, who.encode(), "sha256")[:12]


def _label(who: str, rate: Rate) -> str:
    return f"{rate.burst}/{rate.per_second}/{who}"


class Open:
    """How many of something each has open at once; keys are names of the day or hashes, never addresses."""

    def __init__(self) -> None:
        self._count: Counter[Hashable] = Counter()

    def enter(self, *limits: tuple[Hashable, int]) -> bool:
        """One more for each key, if each stays within its limit; else none. Key None has no limit."""
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
    """The peer as the door saw it: the last hop of X-Forwarded-For; what stands before it anybody can invent.

    A loop-back address is a proxy that hides its callers: one bucket for all of them would stop everybody.
    """
    peer = forwarded.rpartition(",")[2].strip()
    return "" if peer.startswith("127.") or peer == "::1" else peer


buckets = Buckets()


def allows(who: str, rate: Rate, *, count: int = 1) -> bool:
    """May this one do `count` more now? By the buckets of this process; "" is never stopped."""
    return buckets.take(who, rate, count=count, at=monotonic())


def spent(who: str, rate: Rate) -> bool:
    """Is nothing left for this one?"""
    return buckets.spent(who, rate, at=monotonic())


def today(who: str) -> bytes | None:
    """What stands for an address today, for `Open`; None for nobody known."""
    return buckets.name(who, at=monotonic()) if who else None
