"""No test reaches beyond this machine: a call to another host fails where it is made.

An audit hook of the interpreter sees every connection and every look-up of a name, whichever library asks. It cannot be
taken out again, so it is told when it counts.
"""

import sys
from ipaddress import ip_address
from typing import Any

_NAMES = frozenset({"", "localhost", "testserver", "0.0.0.0", "::"})
_EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"})
_watching = False


class ReachedOut(AssertionError):
    """A test tried to reach another host."""


def here(host: Any) -> bool:
    """Is this host the machine itself? Unix sockets are."""
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
    if not here(target):
        raise ReachedOut(f"a test reached out to {target}")


def watch() -> None:
    """From now on in this process."""
    global _watching  # noqa: PLW0603  one switch of one hook
    if not _watching:
        sys.addaudithook(_hook)
        _watching = True
