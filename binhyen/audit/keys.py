"""Signing key of the audit log: a file of the worker process, created if there is no checkpoint yet.

Its name is the log's name: a new key begins a new log, so that a log restored from a backup can continue without
forgery.
"""

import secrets
from hashlib import sha256
from urllib.parse import urlsplit

from binhyen import settings
from binhyen.audit.rules.signed_notes import LOG, WITNESS, Key, Signer, parse_key, parse_signer
from binhyen.kit import key_files

_PROCESS, _NAME, _WITNESS = "worker", "audit", "witness"


def load_signer() -> Signer | None:
    """Return our signer, or None if the file is not on this host or not for this process. Raises BadNote on a broken
    file.
    """
    try:
        return parse_signer(key_files.read_key(_PROCESS, _NAME).decode())
    except key_files.KeyFileMissing:
        return None


def create_log_key() -> Signer:
    """Create a new key and thereby a new log; the old one is kept under its number. Raises keyfiles.NotHere."""
    previous_signer = load_signer()
    if previous_signer is not None:
        key_files.write_key(_PROCESS, f"{_NAME}-{previous_signer.key.id.hex()}", _format_key_file(previous_signer))
        key_files.destroy_key(_PROCESS, _NAME)
    new_signer = _generate_signer(
        f"{urlsplit(settings.PUBLIC_URL).hostname or 'binhyen'}/{settings.PROVINCE_CODE}", LOG
    )
    return parse_signer(key_files.get_or_create_key(_PROCESS, _NAME, lambda: _format_key_file(new_signer)).decode())


def list_log_keys() -> list[Key]:
    """Return public keys of this installation's logs, the present one and earlier ones."""
    files = sorted(key_files.get_key_folder(_PROCESS).glob(f"{_NAME}*.key"))
    return [parse_signer(path.read_text()).key for path in files]


def load_witness_signer(name: str) -> Signer:
    """Return the cosigning key of a witness; created at its first start."""
    return parse_signer(
        key_files.get_or_create_key(
            _WITNESS, _WITNESS, lambda: _format_key_file(_generate_signer(name, WITNESS))
        ).decode()
    )


def parse_keys(text: str) -> list[Key]:
    """Parse public keys separated by blanks. Raises BadNote."""
    return [parse_key(word) for word in text.split()]


def _generate_signer(prefix: str, kind: int) -> Signer:
    seed = secrets.token_bytes(32)
    return Signer(f"{prefix}/{sha256(seed).hexdigest()[:8]}", kind, seed)


def _format_key_file(signer: Signer) -> bytes:
    return f"{signer.secret()}\n".encode()
