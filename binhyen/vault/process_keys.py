"""Key files of the processes, one folder each; free of Django, because the gateway opens its secrets here too."""

import hmac
from functools import lru_cache
from hashlib import sha256

from binhyen import settings
from binhyen.kit import key_files
from binhyen.vault import envelopes
from binhyen.vault.envelopes import Pair

# The process that holds a group's private key in a file. People's groups are not listed: their first keys wait for the
# ceremony in a folder that no process uses (FORMERLY: in the folder of the custody process).
FOLDERS = {"DOOR": "door", "INTAKE": "worker", "DELIVERY": "courier"}
WAITING, FORMERLY = "ceremony", "custody"


def keep(group: str, pair: Pair) -> None:
    """Write the private half into its key file, durably."""
    key_files.write(FOLDERS.get(group, WAITING), _file(group, pair.public.id), pair.private)


@lru_cache(maxsize=64)
def pair_of(group: str, key_id: bytes) -> Pair:
    """Return the key pair whose private half lies in a file of this process. Raises key_files.KeyFileMissing."""
    try:
        return Pair.of(key_files.read(FOLDERS.get(group, WAITING), _file(group, key_id)))
    except key_files.NotHere:
        if group in FOLDERS:
            raise
        return Pair.of(key_files.read(FORMERLY, _file(group, key_id)))


def waiting() -> list[str]:
    """List people's groups whose first key still lies in a file here, in any folder.

    Control of this machine is enough to decrypt their envelopes.
    """
    found = (file for folder in (WAITING, FORMERLY) for file in (settings.KEYS_DIR / folder).glob("*-*.key"))
    return sorted({file.name.partition("-")[0].upper() for file in found})


def destroy(group: str, key_id: bytes) -> None:
    """Delete the private half: everything encrypted to it alone becomes unreadable."""
    key_files.forget(FOLDERS.get(group, WAITING), _file(group, key_id))
    if group not in FOLDERS:
        key_files.forget(FORMERLY, _file(group, key_id))
    pair_of.cache_clear()


def open_(group: str, sealed: bytes | memoryview, *, context: str) -> bytes:
    """Decrypt with this process's key file. Raises key_files.KeyFileMissing, envelopes.EnvelopeError."""
    return envelopes.open_(sealed, pair=pair_of(group, envelopes.key_id(sealed)), context=context)


def lookup_key(channel_id: int, outside_id: str) -> str:
    """Return the keyed hash (HMAC-SHA-256) under which an external id is found again.

    Only the worker has the key, so neither the database nor the web host can try ids against it. Raises
    key_files.KeyFileMissing.
    """
    return hmac.new(key_files.held("worker", "lookup"), f"{channel_id}\x00{outside_id}".encode(), sha256).hexdigest()


def prints_key() -> bytes:
    """Return the worker's key of text fingerprints (channels/dlp/source_fingerprints.py).

    Raises key_files.KeyFileMissing.
    """
    return key_files.held("worker", "prints")


def _file(group: str, key_id: bytes) -> str:
    return f"{group.lower()}-{key_id.hex()}"
