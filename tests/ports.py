"""Ports for servers that a test starts."""

import random
import socket
from contextlib import suppress

_FIRST_PORT, _LAST_PORT = 10_000, 32_000  # below those that the kernel assigns to connections (32768 on)


def free_port() -> int:
    """Return a port on which no process listens. A port chosen by the kernel could be assigned to another connection
    before the server starts.
    """
    drawn = random.SystemRandom()  # processes with the same seed would draw the same ports
    while True:
        port = drawn.randrange(_FIRST_PORT, _LAST_PORT)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
