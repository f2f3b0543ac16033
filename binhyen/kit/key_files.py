"""Secret key files outside the database: one folder per process, mode 0400, each created once.

A process may use the folders listed in BINHYEN_KEYS; the supervisor gives each process its own. In production each
folder belongs to the system user of that process, and does not exist on other hosts.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from binhyen import settings


class NotHere(RuntimeError):
    """This process holds no such key. That is an access boundary, not a fault: it must not have asked."""


def folder(process: str) -> Path:
    """Return the key folder of a process. Raises KeyFileMissing if this process may not read it."""
    if settings.KEY_FOLDERS and process not in settings.KEY_FOLDERS:
        raise NotHere(f"this process may not read the keys of «{process}»")
    return settings.KEYS_DIR / process


def read(process: str, name: str) -> bytes:
    """Return the key. Raises KeyFileMissing."""
    try:
        return (folder(process) / f"{name}.key").read_bytes()
    except (FileNotFoundError, PermissionError) as problem:
        raise NotHere(f"key «{name}» of «{process}» does not exist here") from problem


def held(process: str, name: str) -> bytes:
    """Return the key, cached in memory for keys needed with every message. Raises KeyFileMissing."""
    return _held(folder(process), name)


@lru_cache(maxsize=8)
def _held(place: Path, name: str) -> bytes:
    return read(place.name, name)


def write(process: str, name: str, value: bytes) -> None:
    """Store a new key, durably before anything is sealed to it. Raises FileExistsError: no key is ever overwritten."""
    place = folder(process)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = place / f".{name}.{os.getpid()}"
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o400)
    with os.fdopen(descriptor, "wb") as file:
        if os.geteuid() == 0:  # a command of the operator: the key belongs to the owner of its folder
            owner = place.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        file.write(value)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(partial, place / f"{name}.key")  # complete or not at all, and never over an existing key
    finally:
        partial.unlink()
    inode = os.open(place, os.O_RDONLY)
    os.fsync(inode)
    os.close(inode)


def once(process: str, name: str, make: Callable[[], bytes]) -> bytes:
    """Return the key, created at the first call; two concurrent callers end with the same key."""
    try:
        return read(process, name)
    except NotHere:
        with suppress(FileExistsError):
            write(process, name, make())
        return read(process, name)


def forget(process: str, name: str) -> None:
    """Destroy a key. Data sealed to it alone can never be read again."""
    (folder(process) / f"{name}.key").unlink(missing_ok=True)
    _held.cache_clear()
