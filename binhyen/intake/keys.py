"""What a form's key becomes: the status link, and the marks by which the same sending is known again.

The key is made for each form and kept by the citizen's browser only. Everything is a keyed hash of it, so the same
sending gives the same link although the link itself is stored nowhere. Pure but for the secret.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256

from django.conf import settings

from binhyen.vault.boxes import Pair

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def _mac(purpose: str, *parts: bytes) -> bytes:
    mac = hmac.new(settings.SECRET_KEY.encode(), purpose.encode(), sha256)
    for part in parts:
        mac.update(len(part).to_bytes(8, "big") + part)
    return mac.digest()


def is_token(value: str) -> bool:
    """Has it the shape of a key or link token (32 bytes, URL-safe)?"""
    return _TOKEN.fullmatch(value) is not None


def link_of(key: str) -> str:
    """The status link's token of a report sent with this key (43 characters)."""
    return urlsafe_b64encode(_mac("status link", key.encode())).decode().rstrip("=")


def complaint_key(link: str) -> bytes:
    """What opens a complaint's words for who holds the status link (its token); stored nowhere."""
    return _mac("complaint words", link.encode())


def page_pair(link_key: bytes) -> Pair:
    """The status page's own key pair, made of `complaint_key`: what a complaint is seen in later is sealed to it."""
    return Pair.of(hmac.digest(link_key, b"status page", sha256))


def page_key(link: str) -> bytes:
    """The pair's public half, which is stored."""
    return page_pair(complaint_key(link)).public.raw


def outside_id(key: str, words: Iterable[bytes], besides: Sequence[bytes] = ()) -> str:
    """«<mark of the key>.<mark of the words><mark of what came besides>», 65 characters, or 49 where nothing did: the
    words alone are known again. Without the key no part can be guessed at.
    """
    said = f"{mark(key)}.{_mac('web words', key.encode(), *words).hex()[:16]}"
    return said + (_mac("web besides", key.encode(), *besides).hex()[:16] if besides else "")


def mark(key: str) -> str:
    return _mac("web message", key.encode()).hex()[:32]
