"""Signing key of the audit log: a file of the worker process, created if there is no checkpoint yet.

Its name is the log's name: a new key begins a new log, so that a log restored from a backup can continue without
forgery.
"""

import secrets
from hashlib import sha256
from urllib.parse import urlsplit

from binhyen import settings
from binhyen.audit.rules.signed_notes import LOG, WITNESS, Key, Signer, read_key, read_signer
from binhyen.kit import key_files

_PROCESS, _NAME, _WITNESS = "worker", "audit", "witness"


def signer() -> Signer | None:
    """Return our signer, or None if the file is not on this host or not for this process. Raises BadNote on a broken
    file.
    """
    try:
        return read_signer(key_files.read(_PROCESS, _NAME).decode())
    except key_files.NotHere:
        return None


def make() -> Signer:
    """Create a new key and thereby a new log; the old one is kept under its number. Raises keyfiles.NotHere."""
    old = signer()
    if old is not None:
        key_files.write(_PROCESS, f"{_NAME}-{old.key.id.hex()}", _text(old))
        key_files.forget(_PROCESS, _NAME)
    made = _new(f"{urlsplit(settings.PUBLIC_URL).hostname or 'binhyen'}/{settings.PROVINCE_CODE}", LOG)
    return read_signer(key_files.once(_PROCESS, _NAME, lambda: _text(made)).decode())


def known() -> list[Key]:
    """Return public keys of this installation's logs, the present one and earlier ones."""
    files = sorted(key_files.folder(_PROCESS).glob(f"{_NAME}*.key"))
    return [read_signer(path.read_text()).key for path in files]


def witness_signer(name: str) -> Signer:
    """Return the cosigning key of a witness; created at its first start."""
    return read_signer(key_files.once(_WITNESS, _WITNESS, lambda: _text(_new(name, WITNESS))).decode())


def read_keys(text: str) -> list[Key]:
    """Parse public keys separated by blanks. Raises BadNote."""
    return [read_key(word) for word in text.split()]


def _new(prefix: str, kind: int) -> Signer:
    seed = secrets.token_bytes(32)
    return Signer(f"{prefix}/{sha256(seed).hexdigest()[:8]}", kind, seed)


def _text(signer: Signer) -> bytes:
    return f"{signer.secret()}\n".encode()
