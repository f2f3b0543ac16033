"""Public ids: UUIDv7, short human codes without look-alike letters, unguessable link tokens."""

import os
import secrets
import time
import uuid
from hashlib import sha256

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0/O, 1/I/L, U
CODE_LENGTH = 8


def generate_uuid7() -> uuid.UUID:
    """Return a UUID version 7 (RFC 9562 §5.7): 48 bits of milliseconds, then random; sorts by creation time."""
    value = int(time.time() * 1000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def generate_code() -> str:
    """Return a random code of eight characters to read aloud, e.g. «K7M29QXD». It reveals no count and no order."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def format_code(value: str) -> str:
    """Return «K7M29QXD» as shown to people: «K7M2-9QXD»."""
    return f"{value[:4]}-{value[4:]}"


def normalize_code(text: str) -> str:
    """Return a typed code in its stored form: case, blanks and hyphens do not matter."""
    return "".join(char for char in text.upper() if char.isalnum())


def code_range(text: str) -> tuple[str, str] | None:
    """Return the first and last code with a typed prefix of half a code or more; None if no code can match."""
    prefix = normalize_code(text[:24])
    if not CODE_LENGTH // 2 <= len(prefix) <= CODE_LENGTH or not set(prefix) <= set(ALPHABET):
        return None
    return prefix.ljust(CODE_LENGTH, ALPHABET[0]), prefix.ljust(CODE_LENGTH, ALPHABET[-1])


def generate_token() -> str:
    """Return a link token of 32 bytes (43 characters, URL-safe)."""
    return secrets.token_urlsafe(32)


def hash_token(value: str) -> str:
    """Return the stored hash of a token, so that a reader of the database cannot open the link."""
    return sha256(value.encode()).hexdigest()
