"""Who calls, for brakes only: what the proxy in front says, where there is one, else the peer. Never kept."""

from ipaddress import ip_address
from typing import Any

from binhyen import settings

# What a caller might say of itself; kept only from the proxy, which overwrites them.
_FORWARDED = frozenset({b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port", b"x-real-ip", b"forwarded"})


def from_proxy(scope: dict[str, Any]) -> bool:
    """Does this connection come from our proxy? Anybody else's `X-Forwarded-…` is made up."""
    if not settings.BEHIND_PROXY:
        return False
    peer = _peer(scope)
    if not peer:
        return True  # a Unix socket: nobody but the proxy can reach it
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    return any(address in network for network in settings.PROXY_ADDRESSES)


def believed(scope: dict[str, Any], *, but: frozenset[bytes]) -> list[tuple[str, str]]:
    """The headers that the pages may hear, without `but`. Who called stands in none: `caller` says it.

    No name with a `_`: to the pages it is the same as `-`, so `X_Forwarded_Proto` would be the proxy's word.
    """
    dropped = but | {b"x-forwarded-for"} | (frozenset() if from_proxy(scope) else _FORWARDED)
    heard = [(name, value) for name, value in scope["headers"] if name not in dropped and b"_" not in name]
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in heard]


def caller(scope: dict[str, Any]) -> str:
    """The caller's address, "" where unknown. Of a list the proxy's own entry, the last, counts."""
    if from_proxy(scope):
        told = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        if told:
            return str(told[-1].decode("latin-1").rpartition(",")[2].strip())
    return _peer(scope)


def _peer(scope: dict[str, Any]) -> str:
    return str(scope["client"][0]) if scope.get("client") else ""
