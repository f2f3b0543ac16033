"""Key derivation from a receipt: a lookup key that finds the tip, and a key that opens it. The code is never stored.

Two Argon2id derivations with two salts of this installation; the salts lie in key files, so that a stolen database
alone does not allow guessing. Known deviation from ASVS 6.5.2 (a random salt a row): a code must be found without a
name. Both derivations always run, so a wrong code costs as much as a right one. At most two run at a time over all page
processes: each takes 64 MiB.
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

from binhyen.kit import key_files
from binhyen.tips.rules import DIGITS, SIZE

PASSES, MEMORY = 2, 64 * 1024 * 1024
MAX_CONCURRENT = 2
SLOT_TIMEOUT, _PAUSE = 2.0, 0.05  # seconds: timeout for a slot, and poll interval
_process_semaphore = threading.Semaphore(1)  # one in this process; the lock files below limit it to two on this machine

TIME_STEP = 0.4  # seconds: a response leaves at a multiple of this, so timing reveals only the derivations


class Busy(RuntimeError):
    """Both slots are in use; try again in a moment. It reveals nothing about the code."""


class EqualSalts(RuntimeError):
    """Equal salts: the lookup keys in the database would open the tips. The program does not start."""


@dataclass(frozen=True, slots=True)
class ReceiptKeys:
    """Derived keys: `lookup` is stored, `wrap` never."""

    lookup: bytes
    wrap: bytes


def derive_code(key: str) -> str:
    """Derive the receipt's twenty digits from the secret form key; the same form gives the same code."""
    secret = key_files.get_or_create_key("pages", "tip-codes", lambda: secrets.token_bytes(32))
    number = int.from_bytes(hmac.digest(secret, key.encode(), "sha256"), "big")  # 256 bits: no digit is favoured
    return str(number % SIZE).zfill(DIGITS)


def derive_keys(code: str) -> ReceiptKeys:
    """Derive both keys. Raises Busy."""
    first, second = load_salts()
    with _hold_slot():
        return ReceiptKeys(derive(code, first), derive(code, second))


def derive(code: str, salt: bytes) -> bytes:
    """Derive 32 bytes with Argon2id, at the cost above."""
    return argon2id.kdf(32, code.encode(), salt, PASSES, MEMORY)


def load_salts() -> tuple[bytes, bytes]:
    """Return both salts, created at the first start. Raises EqualSalts, key_files.KeyFileMissing."""
    first, second = (
        key_files.get_or_create_key("pages", name, lambda: secrets.token_bytes(argon2id.SALTBYTES))
        for name in ("tip-lookup-salt", "tip-wrap-salt")
    )
    if first == second or len(first) != argon2id.SALTBYTES or len(second) != argon2id.SALTBYTES:
        raise EqualSalts("keys/pages/tip-lookup-salt.key and tip-wrap-salt.key must be two different salts")
    return first, second


@contextmanager
def pad_duration() -> Iterator[None]:
    """Round the duration of the block up to a multiple of TIME_STEP, for every result (timing side channel)."""
    started = time.monotonic()
    try:
        yield
    finally:
        if TIME_STEP:
            time.sleep(-(time.monotonic() - started) % TIME_STEP)


@contextmanager
def _hold_slot() -> Iterator[None]:
    """Hold one of the two slots of this machine, or raise Busy: a waiting page thread serves no other request."""
    if not _process_semaphore.acquire(timeout=SLOT_TIMEOUT):
        raise Busy
    try:
        with _lock_slot():
            yield
    finally:
        _process_semaphore.release()


def get_lock_folder() -> Path:
    """Return the folder of the lock files shared by the page processes: an installation's own folder."""
    return Path(settings.VAR_DIR) / "run"


@contextmanager
def _lock_slot() -> Iterator[None]:
    folder = get_lock_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = next(filter(None, _poll_slots(folder)), None)
    if descriptor is None:
        raise Busy
    try:
        yield
    finally:
        os.close(descriptor)  # releases the lock, as does a killed process


def _poll_slots(folder: Path) -> Iterator[int | None]:
    """Poll the slots until the timeout; yield a locked descriptor, or None for a slot in use."""
    for step in range(max(1, round(SLOT_TIMEOUT / _PAUSE))):
        if step:
            time.sleep(_PAUSE)
        for number in range(MAX_CONCURRENT):
            descriptor = os.open(folder / f"receipt-{number}", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                yield None
                continue
            yield descriptor
