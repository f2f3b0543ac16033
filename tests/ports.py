"""Ports for servers that a test starts."""

import random
import socket
from contextlib import suppress

_FROM, _TO = 10_000, 32_000  # below those that the kernel gives to connections (32768 on)


def free_port() -> int:
    """Nobody listens there. A port of the kernel's own choice would be given to somebody's connection, now and then, in
    the second until the server starts.
    """
    drawn = random.SystemRandom()  # tests of several processes draw the same of the seeded one
    while True:
        port = drawn.randrange(_FROM, _TO)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
