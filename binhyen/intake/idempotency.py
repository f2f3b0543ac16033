"""Idempotency keys of forms: the status link, and the ids by which a repeated submission is recognised.

The key is created for each form and stored by the citizen's browser only. All values are keyed hashes of it, so the
same submission gives the same link although the link itself is stored nowhere. Pure except for the secret.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256

from django.conf import settings

from binhyen.vault.envelopes import KeyPair

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def _hmac(purpose: str, *parts: bytes) -> bytes:
    mac = hmac.new(settings.SECRET_KEY.encode(), purpose.encode(), sha256)
    for part in parts:
        mac.update(len(part).to_bytes(8, "big") + part)
    return mac.digest()


def is_token(value: str) -> bool:
    """Return whether the value has the form of a key or link token (32 bytes, URL-safe)."""
    return _TOKEN.fullmatch(value) is not None


def derive_link(key: str) -> str:
    """Return the status link token of a report sent with this key (43 characters)."""
    return urlsafe_b64encode(_hmac("status link", key.encode())).decode().rstrip("=")


def derive_complaint_key(link: str) -> bytes:
    """Return the key that decrypts a complaint for the holder of the status link (its token); stored nowhere."""
    return _hmac("complaint words", link.encode())


def derive_recovery_key(stretched_word: bytes) -> bytes:
    """Return the key that encrypts a status link for the holder of its word."""
    return _hmac("recovery word", stretched_word)


def derive_page_key_pair(link_key: bytes) -> KeyPair:
    """Return the key pair of the status page, derived from its link key: later complaint texts are sealed to it."""
    return KeyPair.of(hmac.digest(link_key, b"status page", sha256))


def derive_page_public_key(link: str) -> bytes:
    """Return the public half of that pair, which is stored."""
    return derive_page_key_pair(derive_complaint_key(link)).public.raw


def derive_external_id(key: str, texts: Iterable[bytes], attachments: Sequence[bytes] = ()) -> str:
    """Return «<key mark>.<text mark><attachment mark>», 65 characters, or 49 without attachments.

    The text alone can be recognised again. Without the key no part can be guessed.
    """
    text_part = f"{derive_key_mark(key)}.{_hmac('web words', key.encode(), *texts).hex()[:16]}"
    return text_part + (_hmac("web besides", key.encode(), *attachments).hex()[:16] if attachments else "")


def derive_key_mark(key: str) -> str:
    return _hmac("web message", key.encode()).hex()[:32]
