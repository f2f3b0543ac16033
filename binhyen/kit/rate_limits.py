"""Rate limits that store no address: token buckets in the memory of one process, keyed by a daily HMAC.

The HMAC key is random and replaced each day. Nothing is written to disk, so no log and no backup contains a client
address. Imports no Django.

Ours, because the package `limits` has no bound on its memory, follows the wall clock back and cannot take from two
limits together; it is 1.4 to 3 times as slow for new IPv4 addresses (docs/decisions/0031-libraries.md).
"""

import hmac
import secrets
from collections import Counter, OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock
from time import monotonic
from typing import Any

from binhyen import settings

_DAY = 86_400.0
_MAX_BUCKETS = 50_000  # buckets a process keeps; beyond that the least recently used is forgotten
_SUBNET = "/64"  # of IPv6: one phone or one household holds all 2**64 addresses of it
_SITE_BITS = 48  # of IPv6: what one customer gets at most, or a part of a mobile network
SITE_FACTOR = 8  # how many times the limit of a /64 all of a /48 have together


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A token bucket limit: `burst` at once, then `per_second` more."""

    burst: float
    per_second: float

    def retry_after(self) -> int:
        """Return the seconds until one more request is allowed, for `Retry-After`."""
        return max(1, round(1 / self.per_second))


@dataclass(slots=True)
class TokenBuckets:
    """Token buckets of one process, safe between threads. Times are seconds of any steady clock, handed in."""

    _left: OrderedDict[bytes, tuple[float, float]] = field(default_factory=OrderedDict)  # least recently used first
    _key: bytes = b""
    _key_created_at: float = -_DAY
    _lock: Lock = field(default_factory=Lock)

    def take(self, key: str, rate: RateLimit, *, count: int = 1, now: float) -> bool:
        """May `who` do `count` more? An unknown client (no proxy, or the proxy on this machine) is never stopped.

        A refused request takes nothing and opens no bucket, so that a /48 whose limit is used up cannot push the
        buckets of others out of memory.
        """
        if not key or count <= 0:
            return True
        with self._lock:
            limits = [(self._name(_bucket_key(bucket, limit), at=now), limit) for bucket, limit in _limits(key, rate)]
            left = [self._read(bucket, limit, at=now) for bucket, limit in limits]
            if any(tokens < count for tokens in left):
                return False
            for (bucket, _), tokens in zip(limits, left, strict=True):
                self._left[bucket] = (tokens - count, now)
                self._left.move_to_end(bucket)
            while len(self._left) > _MAX_BUCKETS:
                self._left.popitem(last=False)
            return True

    def is_empty(self, key: str, rate: RateLimit, *, now: float) -> bool:
        """Return whether no token is left for `key`, without taking one."""
        if not key:
            return False
        with self._lock:
            return any(
                self._read(self._name(_bucket_key(name, limit), at=now), limit, at=now) < 1
                for name, limit in _limits(key, rate)
            )

    def name(self, key: str, *, now: float) -> bytes:
        """Return today's pseudonym."""
        with self._lock:
            return self._name(key, at=now)

    def _read(self, name: bytes, rate: RateLimit, *, at: float) -> float:
        """Tokens left in a bucket. Reading one counts as its use, so that one that refuses stays in memory."""
        if name not in self._left:
            return rate.burst
        self._left.move_to_end(name)
        left, since = self._left[name]
        return min(rate.burst, left + (at - since) * rate.per_second)

    def _name(self, who: str, *, at: float) -> bytes:
        if at - self._key_created_at >= _DAY:
            self._left.clear()
            self._key, self._key_created_at = secrets.token_bytes(32), at
        return hmac.digest(self._key, who.encode(), "sha256")[:12]


def _bucket_key(key: str, rate: RateLimit) -> str:
    return f"{rate.burst}/{rate.per_second}/{key}"


def _limits(who: str, rate: RateLimit) -> list[tuple[str, RateLimit]]:
    """Return the buckets that a request of `who` counts in: its own and, of an IPv6 /64, that of the /48 around it."""
    site = site_of(who)
    if not site:
        return [(who, rate)]
    return [(who, rate), (site, RateLimit(rate.burst * SITE_FACTOR, rate.per_second * SITE_FACTOR))]


def site_of(who: str) -> str:
    """Return the /48 around the IPv6 /64 that `who` ends with (a prefix «tips/2001:db8::/64» stays), else ""."""
    if not who.endswith(_SUBNET):
        return ""
    prefix, slash, network = who.removesuffix(_SUBNET).rpartition("/")
    try:
        address = IPv6Address(network)
    except ValueError:
        return ""
    return f"{prefix}{slash}{ip_network((address, _SITE_BITS), strict=False)}"


class ConcurrencyLimit:
    """Concurrency limits for each key; keys are daily pseudonyms or hashes, never addresses."""

    def __init__(self) -> None:
        self._count: Counter[Hashable] = Counter()

    def try_enter(self, *limits: tuple[Hashable, int]) -> bool:
        """Count one more for each key if all stay within their limits; else count none. Key None has no limit."""
        keys = [(key, limit) for key, limit in limits if key is not None]
        if any(self._count[key] >= limit for key, limit in keys):
            return False
        self._count.update(key for key, _ in keys)
        return True

    def leave(self, *keys: Hashable) -> None:
        for key in keys:
            if key is not None:
                self._count[key] -= 1
                if self._count[key] <= 0:
                    del self._count[key]


def peer_from_forwarded(forwarded: str) -> str:
    """Return the peer address seen by the gateway: the last hop of X-Forwarded-For; clients can forge earlier hops.

    An IPv4 address as it is, an IPv6 address as its /64: a client with one of its addresses has them all. A loop-back
    address is a proxy that hides its callers: one bucket for all of them would stop everybody.
    """
    peer = forwarded.rpartition(",")[2].strip()
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return "" if address.is_loopback else f"{ip_network((address, 64), strict=False)}"
        address = address.ipv4_mapped
    return "" if address.is_loopback else f"{address}"


buckets = TokenBuckets()


def try_acquire(key: str, rate: RateLimit, *, count: int = 1) -> bool:
    """Take `count` tokens from the buckets of this process; return whether they were available. "" is never limited."""
    return buckets.take(key, rate, count=count, now=monotonic())


def is_exhausted(key: str, rate: RateLimit) -> bool:
    """Return whether no token is left for `key`."""
    return buckets.is_empty(key, rate, now=monotonic())


def networks_today(who: str) -> list[bytes]:
    """Return today's pseudonyms of an address and of the IPv6 site around it, narrowest first; none if unknown."""
    return [buckets.name(network, now=monotonic()) for network in (who, site_of(who)) if network]


# Client IP for rate limits only: from the trusted proxy in front, else the peer of the socket. Never stored.

# A client can forge these; they are accepted only from the proxy, which overwrites them.
_FORWARDED = frozenset({b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port", b"x-real-ip", b"forwarded"})


def is_from_proxy(scope: dict[str, Any]) -> bool:
    """Return whether this connection comes from our proxy. `X-Forwarded-…` from any other peer is forged."""
    if not settings.BEHIND_PROXY:
        return False
    peer = _peer_address(scope)
    if not peer:
        return True  # a Unix socket: only the proxy can reach it
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    return any(address in network for network in settings.PROXY_ADDRESSES)


def trusted_headers(scope: dict[str, Any], *, exclude: frozenset[bytes]) -> list[tuple[str, str]]:
    """Return the headers to pass to the pages, without those in `exclude`; none holds the client IP, see `client_ip`.

    Names with `_` are dropped: for the pages they equal `-`, so `X_Forwarded_Proto` would pass as the header of the
    proxy.
    """
    dropped = exclude | {b"x-forwarded-for"} | (frozenset() if is_from_proxy(scope) else _FORWARDED)
    headers = [(name, value) for name, value in scope["headers"] if name not in dropped and b"_" not in name]
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def client_ip(scope: dict[str, Any]) -> str:
    """Return the client address, "" if unknown. In a list the last entry counts, because the proxy itself added it."""
    if is_from_proxy(scope):
        forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        if forwarded:
            return str(forwarded[-1].decode("latin-1").rpartition(",")[2].strip())
    return _peer_address(scope)


def _peer_address(scope: dict[str, Any]) -> str:
    return str(scope["client"][0]) if scope.get("client") else ""
