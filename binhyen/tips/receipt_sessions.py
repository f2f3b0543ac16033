"""Stateless sessions of a receipt, in the page's own hidden field: no cookie in the browser and no table row.

Each form also has a ticket that only our page issues: a form without one is foreign and is refused.

The field holds the tip and its opened key, encrypted with a key of the page processes, for ten minutes at a time and
thirty in all. Tasks before a further try (tips/tasks.py) are sealed the same way.
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

from binhyen.intake.idempotency import is_token
from binhyen.kit import key_files
from binhyen.tips.rules import is_session_expired
from binhyen.vault.envelopes import KeyPair

_VISIT, _TICKET, _CODE = b"tips.visit", b"tips.ticket", b"tips.code"
_SHAPE = struct.Struct(">dd32s32s16s")
_HALF = 16  # bytes of a ticket: as many of chance as of proof


@dataclass(frozen=True, slots=True)
class ReceiptSession:
    """A tip that was opened with its receipt. `mark`: detects the receipt's code in written text."""

    lookup: bytes
    pair: KeyPair
    mark: bytes
    started: dt.datetime


def create_ticket() -> str:
    """Create the key of one form (43 characters, URL-safe)."""
    random_half = secrets.token_bytes(_HALF)
    return base64.urlsafe_b64encode(random_half + mac(_TICKET, random_half)).decode().rstrip("=")


def is_valid_ticket(value: str) -> bool:
    """Return whether our page issued this key."""
    if not is_token(value):
        return False
    raw = base64.urlsafe_b64decode(f"{value}=")
    return hmac.compare_digest(raw[_HALF:], mac(_TICKET, raw[:_HALF]))


def compute_code_mark(code: str) -> bytes:
    """Return a digest of a code for comparison within one session; it is in no table."""
    return mac(_CODE, code.encode())


def seal_session(visit: ReceiptSession, *, now: dt.datetime) -> str:
    """Encrypt the session into the hidden field of the next page."""
    plain = _SHAPE.pack(visit.started.timestamp(), now.timestamp(), visit.lookup, visit.pair.private, visit.mark)
    return seal(plain, _VISIT)


def open_session(token: str, *, now: dt.datetime) -> ReceiptSession | None:
    """None where it is over, forged or nothing at all."""
    plain = open_(token, _VISIT)
    if plain is None or len(plain) != _SHAPE.size:
        return None
    started, last_seen, lookup, private, mark = _SHAPE.unpack(plain)
    started_at, last = (dt.datetime.fromtimestamp(moment, dt.UTC) for moment in (started, last_seen))
    if is_session_expired(started=started_at, last_seen=last, now=now):
        return None
    return ReceiptSession(lookup, KeyPair.of(private), mark, started_at)


def mac(purpose: bytes, value: bytes) -> bytes:
    """Prove that `value` is ours, for one purpose."""
    return hmac.digest(_load_key(), purpose + b":" + value, "sha256")[:_HALF]


def seal(plain: bytes, purpose: bytes) -> str:
    """Encrypt what a page carries, for one purpose."""
    nonce = secrets.token_bytes(24)
    return base64.urlsafe_b64encode(nonce + encrypt(plain, purpose, nonce, _load_key())).decode()


def open_(token: str, purpose: bytes) -> bytes | None:
    """Decrypt it; None where it is forged, or was sealed for something else."""
    try:
        blob = base64.urlsafe_b64decode(token[:400].encode())
        return bytes(decrypt(blob[24:], purpose, blob[:24], _load_key()))
    except (CryptoError, ValueError, TypeError, binascii.Error):
        return None


def _load_key() -> bytes:
    return key_files.get_or_create_key("pages", "tip-visits", lambda: secrets.token_bytes(32))
