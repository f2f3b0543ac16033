"""Key files of the processes, one folder each; free of Django, because the gateway opens its secrets here too."""

import hmac
from functools import lru_cache
from hashlib import sha256

from binhyen import settings
from binhyen.kit import key_files
from binhyen.vault import envelopes
from binhyen.vault.envelopes import KeyPair

# The process that holds a group's private key in a file. People's groups are not listed: their first keys wait for the
# ceremony in a folder that no process uses (FORMERLY: in the folder of the custody process).
PROCESS_FOLDERS = {"GATEWAY": "gateway", "INTAKE": "worker", "DELIVERY": "sender"}
CEREMONY_FOLDER, LEGACY_FOLDER = "ceremony", "custody"


def store_key_file(group: str, pair: KeyPair) -> None:
    """Write the private half into its key file, durably."""
    key_files.write_key(
        PROCESS_FOLDERS.get(group, CEREMONY_FOLDER), _format_file_name(group, pair.public.id), pair.private
    )


@lru_cache(maxsize=64)
def load_key_pair(group: str, key_id: bytes) -> KeyPair:
    """Return the key pair whose private half lies in a file of this process. Raises key_files.KeyFileMissing."""
    try:
        return KeyPair.of(
            key_files.read_key(PROCESS_FOLDERS.get(group, CEREMONY_FOLDER), _format_file_name(group, key_id))
        )
    except key_files.KeyFileMissing:
        if group in PROCESS_FOLDERS:
            raise
        return KeyPair.of(key_files.read_key(LEGACY_FOLDER, _format_file_name(group, key_id)))


def list_file_key_groups() -> list[str]:
    """List people's groups whose first key still lies in a file here, in any folder.

    Control of this machine is enough to decrypt their envelopes.
    """
    paths = (
        file for folder in (CEREMONY_FOLDER, LEGACY_FOLDER) for file in (settings.KEYS_DIR / folder).glob("*-*.key")
    )
    return sorted({file.name.partition("-")[0].upper() for file in paths})


def delete_key_file(group: str, key_id: bytes) -> None:
    """Delete the private half: everything encrypted to it alone becomes unreadable."""
    key_files.destroy_key(PROCESS_FOLDERS.get(group, CEREMONY_FOLDER), _format_file_name(group, key_id))
    if group not in PROCESS_FOLDERS:
        key_files.destroy_key(LEGACY_FOLDER, _format_file_name(group, key_id))
    load_key_pair.cache_clear()


def open_with_process_key(group: str, sealed: bytes | memoryview, *, context: str) -> bytes:
    """Decrypt with this process's key file. Raises key_files.KeyFileMissing, envelopes.EnvelopeError."""
    return envelopes.open_envelope(sealed, pair=load_key_pair(group, envelopes.read_key_id(sealed)), context=context)


def hash_external_id(channel_id: int, external_id: str) -> str:
    """Return the keyed hash (HMAC-SHA-256) under which an external id is found again.

    Only the worker has the key, so neither the database nor the web host can try ids against it. Raises
    key_files.KeyFileMissing.
    """
    return hmac.new(
        key_files.read_key_cached("worker", "lookup"), f"{channel_id}\x00{external_id}".encode(), sha256
    ).hexdigest()


def get_fingerprint_key() -> bytes:
    """Return the worker's key of text fingerprints (channels/dlp/source_fingerprints.py).

    Raises key_files.KeyFileMissing.
    """
    return key_files.read_key_cached("worker", "prints")


def _format_file_name(group: str, key_id: bytes) -> str:
    return f"{group.lower()}-{key_id.hex()}"
