"""Hash chain over append-only steps: each digest covers the digest before it. Pure."""

import hmac
from collections.abc import Iterable, Sequence
from hashlib import sha256


def compute_step_digest(previous_digest: str, parts: Sequence[str]) -> str:
    """Return the digest of a step: SHA-256 over the digest before it and its fields, each with its length."""
    digest = sha256(previous_digest.encode())
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()


def find_broken_step(steps: Iterable[tuple[Sequence[str], str]]) -> int | None:
    """Return the number of the first step whose digest is wrong, from 1; None for an intact chain."""
    previous = ""
    for number, (parts, digest) in enumerate(steps, start=1):
        if not hmac.compare_digest(compute_step_digest(previous, parts), digest):
            return number
        previous = digest
    return None
