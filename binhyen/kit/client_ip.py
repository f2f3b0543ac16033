"""Client IP for rate limits only: from the trusted proxy in front, else the peer of the socket. Never stored."""

from ipaddress import ip_address
from typing import Any

from binhyen import settings

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
