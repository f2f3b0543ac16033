"""Brakes of the citizen's form that keep no address: buckets in memory under a salted hash that changes every hour.

Photos stop first, words last: a thousand people may sit behind one address of a mobile network.
"""

import secrets
from dataclasses import dataclass, field
from hashlib import blake2b
from time import monotonic

_HOUR = 3600.0
_MOST = 50_000  # buckets a process keeps; beyond that it forgets them all rather than stop anybody new


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, then `per_second` more."""

    burst: float
    per_second: float


WORDS = Rate(burst=300, per_second=5)
PHOTOS = Rate(burst=40, per_second=0.2)


@dataclass(slots=True)
class Buckets:
    """Token buckets of one process. Times are seconds of any steady clock, handed in."""

    _left: dict[bytes, tuple[float, float]] = field(default_factory=dict)
    _salt: bytes = b""
    _salted_at: float = -_HOUR

    def take(self, peer: str, rate: Rate, *, count: int = 1, at: float) -> bool:
        """May this peer do `count` more? Nobody known (no proxy, or the proxy on this machine) is never stopped."""
        if not peer or count <= 0:
            return True
        if at - self._salted_at >= _HOUR or len(self._left) > _MOST:
            self._left.clear()
            self._salt, self._salted_at = secrets.token_bytes(16), at
        key = blake2b(f"{rate}{peer}".encode(), key=self._salt, digest_size=8).digest()
        left, since = self._left.get(key, (rate.burst, at))
        left = min(rate.burst, left + (at - since) * rate.per_second)
        allowed = left >= count
        self._left[key] = (left - count if allowed else left, at)
        return allowed


def peer_of(forwarded: str) -> str:
    """The peer as the door saw it: the last hop of X-Forwarded-For; what stands before it anybody can invent.

    A loop-back address is a proxy that hides its callers: one bucket for all of them would stop everybody.
    """
    peer = forwarded.rpartition(",")[2].strip()
    return "" if peer.startswith("127.") or peer == "::1" else peer


buckets = Buckets()


def allows(forwarded: str, rate: Rate, *, count: int = 1) -> bool:
    return buckets.take(peer_of(forwarded), rate, count=count, at=monotonic())
