"""Secret keys as files outside the database: one folder a process, mode 0400, made once.

A process may use the folders that BINHYEN_KEYS names; the program's own starter gives each process its own. On a real
installation each folder belongs to that process's system user, and on other hosts to nobody.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from binhyen import settings


class NotHere(RuntimeError):
    """This process holds no such key. That is a wall, not a fault: it must not have asked."""


def folder(process: str) -> Path:
    """Where the keys of a process lie. Raises NotHere where this process may not look."""
    if settings.KEY_FOLDERS and process not in settings.KEY_FOLDERS:
        raise NotHere(f"keys of «{process}» are not for this process")
    return settings.KEYS_DIR / process


def read(process: str, name: str) -> bytes:
    """The key. Raises NotHere."""
    try:
        return (folder(process) / f"{name}.key").read_bytes()
    except (FileNotFoundError, PermissionError) as problem:
        raise NotHere(f"no key «{name}» of «{process}» here") from problem


def held(process: str, name: str) -> bytes:
    """As `read`, and kept in memory: for what is asked with every message. Raises NotHere."""
    return _held(folder(process), name)


@lru_cache(maxsize=8)
def _held(place: Path, name: str) -> bytes:
    return read(place.name, name)


def write(process: str, name: str, value: bytes) -> None:
    """Keep a new key, durably before anything is sealed to it. Raises FileExistsError: no key is ever overwritten."""
    place = folder(process)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = place / f".{name}.{os.getpid()}"
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o400)
    with os.fdopen(descriptor, "wb") as file:
        if os.geteuid() == 0:  # a command of the operator: the key is for whom its folder is
            owner = place.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        file.write(value)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(partial, place / f"{name}.key")  # whole or not at all, and never over another
    finally:
        partial.unlink()
    inode = os.open(place, os.O_RDONLY)
    os.fsync(inode)
    os.close(inode)


def once(process: str, name: str, make: Callable[[], bytes]) -> bytes:
    """The key, made at the first call; two who make it at once end with the same."""
    try:
        return read(process, name)
    except NotHere:
        with suppress(FileExistsError):
            write(process, name, make())
        return read(process, name)


def forget(process: str, name: str) -> None:
    """Destroy a key. What is sealed to it alone can never be read again."""
    (folder(process) / f"{name}.key").unlink(missing_ok=True)
    _held.cache_clear()
