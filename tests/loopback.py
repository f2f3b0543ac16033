"""A network guard: a call from a test to another host fails at the call.

An audit hook of the interpreter sees every connection and every name look-up, whichever library makes it. A hook cannot
be removed, so a flag switches it on and off.
"""

import sys
from ipaddress import ip_address
from typing import Any

_NAMES = frozenset({"", "localhost", "testserver", "0.0.0.0", "::"})
_EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"})
_watching = False


class NetworkAccessError(AssertionError):
    """A test's attempt to reach another host."""


def is_local_host(host: Any) -> bool:
    """Return whether this host is the machine itself. Unix sockets are."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name is None or name in _NAMES:
        return True
    try:
        return bool(ip_address(str(name).partition("%")[0]).is_loopback)
    except ValueError:
        return False


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching or event not in _EVENTS:
        return
    target = arguments[1] if event in {"socket.connect", "socket.sendto"} else arguments[0]
    if event in {"socket.connect", "socket.sendto"}:
        if not isinstance(target, tuple):
            return  # a path: a Unix socket
        target = target[0]
    if not is_local_host(target):
        raise NetworkAccessError(f"a test reached out to {target}")


def start_guard() -> None:
    """Start the guard in this process."""
    global _watching  # noqa: PLW0603  one switch of one hook
    if not _watching:
        sys.addaudithook(_hook)
        _watching = True
