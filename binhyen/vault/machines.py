"""Key files of the machines, each process its own; no Django, for the door opens its secrets here too."""

import hmac
from functools import lru_cache
from hashlib import sha256

from binhyen import settings
from binhyen.kit import keyfiles
from binhyen.vault import boxes
from binhyen.vault.boxes import Pair

# Which process holds a group's private key in a file. The people's groups are not here: their first keys, which wait
# for the ceremony, lie in a folder that no process uses (FORMERLY: in that of the process where people open theirs).
FOLDERS = {"DOOR": "door", "INTAKE": "worker", "DELIVERY": "courier"}
WAITING, FORMERLY = "ceremony", "custody"


def keep(group: str, pair: Pair) -> None:
    """Write the private half into its file, durably."""
    keyfiles.write(FOLDERS.get(group, WAITING), _file(group, pair.public.id), pair.private)


@lru_cache(maxsize=64)
def pair_of(group: str, key_id: bytes) -> Pair:
    """The pair whose private half lies in a file of this process. Raises keyfiles.NotHere."""
    try:
        return Pair.of(keyfiles.read(FOLDERS.get(group, WAITING), _file(group, key_id)))
    except keyfiles.NotHere:
        if group in FOLDERS:
            raise
        return Pair.of(keyfiles.read(FORMERLY, _file(group, key_id)))


def waiting() -> list[str]:
    """Groups of people whose first key still lies in a file on this machine: whoever has the machine opens what is
    sealed to them. Whatever folders this process may use.
    """
    found = (file for folder in (WAITING, FORMERLY) for file in (settings.KEYS_DIR / folder).glob("*-*.key"))
    return sorted({file.name.partition("-")[0].upper() for file in found})


def destroy(group: str, key_id: bytes) -> None:
    """Delete the private half: what is sealed to it alone is gone."""
    keyfiles.forget(FOLDERS.get(group, WAITING), _file(group, key_id))
    if group not in FOLDERS:
        keyfiles.forget(FORMERLY, _file(group, key_id))
    pair_of.cache_clear()


def open_(group: str, sealed: bytes | memoryview, *, context: str) -> bytes:
    """Open with this process's key file. Raises keyfiles.NotHere, boxes.Refused."""
    return boxes.open_(sealed, pair=pair_of(group, boxes.key_id(sealed)), context=context)


def lookup_key(channel_id: int, outside_id: str) -> str:
    """Keyed hash under which an outside id is found again; the key is the worker's alone, so neither the database nor
    the web host can try ids against it. Raises keyfiles.NotHere.
    """
    return hmac.new(keyfiles.held("worker", "lookup"), f"{channel_id}\x00{outside_id}".encode(), sha256).hexdigest()


def prints_key() -> bytes:
    """Under which imprints of what was told are made and found again (channels/gate/origins.py); the worker's alone.
    Raises keyfiles.NotHere.
    """
    return keyfiles.held("worker", "prints")


def _file(group: str, key_id: bytes) -> str:
    return f"{group.lower()}-{key_id.hex()}"
