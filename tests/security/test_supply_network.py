"""Tests reach only this machine, by every method of connecting; the same applies to programs they start."""

import asyncio
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from tests.loopback import NetworkAccessError, is_local_host

ROOT = Path(__file__).resolve().parents[2]
OTHER = "192.0.2.1"  # TEST-NET-1 (RFC 5737): unassigned


def call_by_aiohttp() -> None:
    async def send_request() -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
            await session.get(f"http://{OTHER}/")

    asyncio.run(send_request())


def send_datagram() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", (OTHER, 53))


WAYS: dict[str, Callable[[], object]] = {
    "connect": lambda: socket.create_connection((OTHER, 80), timeout=2),
    "name": lambda: socket.getaddrinfo("binhyen.example.vn", 443),
    "urllib": lambda: urllib.request.urlopen(f"http://{OTHER}/", timeout=2),
    "datagram": send_datagram,
    "aiohttp": call_by_aiohttp,
}


@pytest.mark.parametrize("way", WAYS)
def test_whoever_reaches_out_fails(way: str) -> None:
    with pytest.raises(NetworkAccessError):
        WAYS[way]()


def test_this_machine_is_free(free_port: int) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", free_port))
        server.listen()
        socket.create_connection(("localhost", free_port), timeout=2).close()


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        (b"localhost", True),
        (None, True),
        ("127.9.9.9", True),
        (OTHER, False),
        ("10.0.0.1", False),
        ("localhost.example.vn", False),
        ("example.vn", False),
    ],
)
def test_what_counts_as_this_machine(host: str | bytes | None, ours: bool) -> None:
    assert is_local_host(host) is ours


def test_without_the_guard_the_same_calls_are_not_stopped_by_it() -> None:
    """The control: the guard stops them, not a missing network of the machine."""
    code = f"import socket\ntry:\n    socket.create_connection(('{OTHER}', 80), timeout=0.2)\nexcept OSError as e:\n    print('machine')"
    bare = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, env=bare, check=False)
    assert done.stdout.strip() in {"machine", ""} and "NetworkAccessError" not in done.stderr


def test_programs_that_tests_start_are_guarded_too() -> None:
    code = f"import socket; socket.create_connection(('{OTHER}', 80), timeout=2)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode != 0 and "NetworkAccessError" in done.stderr
