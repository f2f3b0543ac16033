"""What a receipt becomes: the name a tip is found by, and the key that opens it. The code itself is stored nowhere.

Two Argon2id derivations with two salts of this installation; the salts lie in key files, so that a stolen database
alone cannot be tried against. Known deviation from ASVS 6.5.2 (a random salt a row): a code must be found without a
name. Both are always made, so a wrong code costs what a right one does. At most two at a time over all page processes:
each takes 64 MiB.
"""

import fcntl
import hmac
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

# nosemgrep: primitives-elsewhere  the two derivations of a receipt, in this file only
from nacl.pwhash import argon2id

from binhyen.kit import keyfiles
from binhyen.tips.rules import DIGITS, SIZE

PASSES, MEMORY = 2, 64 * 1024 * 1024
AT_ONCE = 2
PATIENCE, _PAUSE = 2.0, 0.05  # seconds: for a turn, and between two looks for one
_here = threading.Semaphore(1)  # one in this process; the files below keep it to two on this machine

STEP = 0.4  # seconds: an answer to a receipt leaves at a whole step, so its time tells of no work but the derivations


class Busy(RuntimeError):
    """Two are being checked already; come again in a moment. Says nothing of the code."""


class EqualSalts(RuntimeError):
    """The two salts are one: whoever reads the database could open what they find. The program does not start."""


@dataclass(frozen=True, slots=True)
class Keys:
    """`lookup` is stored, `wrap` never."""

    lookup: bytes
    wrap: bytes


def code_of(key: str) -> str:
    """The receipt of a form: twenty digits that only who holds the form's key can have; the same form, the same."""
    secret = keyfiles.once("pages", "tip-codes", lambda: secrets.token_bytes(32))
    number = int.from_bytes(hmac.digest(secret, key.encode(), "sha256"), "big")  # 256 bits: no digit is favoured
    return str(number % SIZE).zfill(DIGITS)


def keys_of(code: str) -> Keys:
    """Both derivations. Raises Busy."""
    first, second = salts()
    with _turn():
        return Keys(derive(code, first), derive(code, second))


def derive(code: str, salt: bytes) -> bytes:
    """32 bytes of Argon2id, at the price above."""
    return argon2id.kdf(32, code.encode(), salt, PASSES, MEMORY)


def salts() -> tuple[bytes, bytes]:
    """Made at the first start. Raises EqualSalts, keyfiles.NotHere."""
    first, second = (
        keyfiles.once("pages", name, lambda: secrets.token_bytes(argon2id.SALTBYTES))
        for name in ("tip-lookup-salt", "tip-wrap-salt")
    )
    if first == second or len(first) != argon2id.SALTBYTES or len(second) != argon2id.SALTBYTES:
        raise EqualSalts("keys/pages/tip-lookup-salt.key and tip-wrap-salt.key must be two different salts")
    return first, second


@contextmanager
def in_step() -> Iterator[None]:
    """What is done inside takes a whole number of steps, whatever came of it."""
    began = time.monotonic()
    try:
        yield
    finally:
        if STEP:
            time.sleep(-(time.monotonic() - began) % STEP)


@contextmanager
def _turn() -> Iterator[None]:
    """One of the two places of this machine, or Busy: a page thread that waits is one that serves nobody."""
    if not _here.acquire(timeout=PATIENCE):
        raise Busy
    try:
        with _place():
            yield
    finally:
        _here.release()


def places() -> Path:
    """Where the page processes of this machine meet: an installation's own folder."""
    return Path(settings.VAR_DIR) / "run"


@contextmanager
def _place() -> Iterator[None]:
    folder = places()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = next(filter(None, _looking(folder)), None)
    if descriptor is None:
        raise Busy
    try:
        yield
    finally:
        os.close(descriptor)  # the lock goes with it, also when the process is killed


def _looking(folder: Path) -> Iterator[int | None]:
    """Each place in turn until the patience is over: its descriptor, locked, or None where somebody is on it."""
    for step in range(max(1, round(PATIENCE / _PAUSE))):
        if step:
            time.sleep(_PAUSE)
        for number in range(AT_ONCE):
            descriptor = os.open(folder / f"receipt-{number}", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                yield None
                continue
            yield descriptor
