"""Stateless sessions of a receipt, in the page's own hidden field: no cookie in the browser and no table row.

Each form also has a ticket that only our page issues: a form without one is foreign and is refused.

The field holds the tip and its opened key, encrypted with a key of the page processes, for ten minutes idle and thirty
in all. Proof-of-work tasks before a further attempt are encrypted the same way.
"""

import base64
import binascii
import datetime as dt
import hmac
import secrets
import struct
from dataclasses import dataclass

# nosemgrep: primitives-elsewhere  the session that a page carries, in this file only
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as decrypt

# nosemgrep: primitives-elsewhere  the session that a page carries, in this file only
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt as encrypt

# nosemgrep: primitives-elsewhere  the session that a page carries, in this file only
from nacl.exceptions import CryptoError

from binhyen.intake.keys import is_token
from binhyen.kit import keyfiles
from binhyen.kit.brakes import Rate, allows, spent
from binhyen.tips.rules import EASY, Task, solves, task, visit_over
from binhyen.vault.boxes import Pair

_VISIT, _TASK, _TICKET, _CODE = b"tips.visit", b"tips.task", b"tips.ticket", b"tips.code"
_SHAPE = struct.Struct(">dd32s32s16s")
_HALF = 16  # bytes of a ticket: half random, half MAC
_TASK_SHAPE = struct.Struct(">dBH16s")
_TASK_LIFE = 900.0
# Recent failed attempts, measured by the number of used-up buckets: per client, and in total against distributed ones.
_MINE = tuple(Rate(burst=EASY * n, per_second=EASY * n / 3600) for n in range(1, 5))
_ALL = tuple(Rate(burst=200 * n, per_second=200 * n / 3600) for n in range(1, 5))
_NOBODY = "unknown"  # without a client address all share one bucket
_used: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class Visit:
    """A tip that was opened with its receipt. `mark`: detects the receipt's code in written text."""

    lookup: bytes
    pair: Pair
    mark: bytes
    started: dt.datetime


def ticket() -> str:
    """Create the key of one form (43 characters, URL-safe)."""
    chance = secrets.token_bytes(_HALF)
    return base64.urlsafe_b64encode(chance + _mac(_TICKET, chance)).decode().rstrip("=")


def is_ticket(value: str) -> bool:
    """Return whether our page issued this key."""
    if not is_token(value):
        return False
    raw = base64.urlsafe_b64decode(f"{value}=")
    return hmac.compare_digest(raw[_HALF:], _mac(_TICKET, raw[:_HALF]))


def mark_of(code: str) -> bytes:
    """Return the MAC that stands for a code inside a session, quick to compare; stored in no table."""
    return _mac(_CODE, code.encode())


def token_of(visit: Visit, *, now: dt.datetime) -> str:
    """Encrypt the session into the hidden field of the next page."""
    plain = _SHAPE.pack(visit.started.timestamp(), now.timestamp(), visit.lookup, visit.pair.private, visit.mark)
    return _seal(plain, _VISIT)


def visit_of(token: str, *, now: dt.datetime) -> Visit | None:
    """Decrypt a session; None where it is expired, forged or malformed."""
    plain = _open(token, _VISIT)
    if plain is None or len(plain) != _SHAPE.size:
        return None
    started, seen, lookup, private, mark = _SHAPE.unpack(plain)
    begun, last = (dt.datetime.fromtimestamp(moment, dt.UTC) for moment in (started, seen))
    if visit_over(started=begun, seen=last, now=now):
        return None
    return Visit(lookup, Pair.of(private), mark, begun)


@dataclass(frozen=True, slots=True)
class Given:
    """A task as the page shows it: `token` comes back with the `nonce`'s solution, or after the wait."""

    token: str
    nonce: str
    task: Task


def demanded(peer: str) -> Task | None:
    """Return the task before the next attempt, by recent failures of this client and of all clients."""
    who = peer or _NOBODY
    mine = sum(spent(f"tips/{who}", rate) for rate in _MINE)
    everybody = sum(spent("tips/*", rate) for rate in _ALL)
    level = max(mine, everybody)
    return task(level * EASY) if level else None


def count_wrong(peer: str) -> None:
    for rate in _MINE:
        allows(f"tips/{peer or _NOBODY}", rate)
    for rate in _ALL:
        allows("tips/*", rate)


def give(wanted: Task, *, now: dt.datetime) -> Given:
    nonce = secrets.token_bytes(16)
    plain = _TASK_SHAPE.pack(now.timestamp(), wanted.bits, wanted.seconds, nonce)
    return Given(_seal(plain, _TASK), nonce.hex(), wanted)


def done(token: str, answer: str, *, wanted: Task, now: dt.datetime) -> bool:
    """Return whether a task at least as hard as `required` was solved for the first time."""
    plain = _open(token, _TASK)
    if plain is None or len(plain) != _TASK_SHAPE.size:
        return False
    given_at, bits, seconds, nonce = _TASK_SHAPE.unpack(plain)
    age = now.timestamp() - given_at
    enough = bits >= wanted.bits and seconds >= wanted.seconds and 0 <= age <= _TASK_LIFE
    if not enough or not (age >= seconds or solves(nonce.hex(), answer, bits)):
        return False
    return _first_use(nonce.hex(), now.timestamp())


def _first_use(nonce: str, at: float) -> bool:
    for old in [n for n, used_at in _used.items() if at - used_at > _TASK_LIFE]:
        del _used[old]
    if nonce in _used:
        return False
    _used[nonce] = at
    return True


def _mac(purpose: bytes, value: bytes) -> bytes:
    return hmac.digest(_key(), purpose + b":" + value, "sha256")[:_HALF]


def _seal(plain: bytes, purpose: bytes) -> str:
    nonce = secrets.token_bytes(24)
    return base64.urlsafe_b64encode(nonce + encrypt(plain, purpose, nonce, _key())).decode()


def _open(token: str, purpose: bytes) -> bytes | None:
    try:
        blob = base64.urlsafe_b64decode(token[:400].encode())
        return bytes(decrypt(blob[24:], purpose, blob[:24], _key()))
    except (CryptoError, ValueError, TypeError, binascii.Error):
        return None


def _key() -> bytes:
    return keyfiles.once("pages", "tip-visits", lambda: secrets.token_bytes(32))
