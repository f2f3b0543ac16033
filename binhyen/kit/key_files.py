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


class KeyFileMissing(RuntimeError):
    """This process holds no such key. That is an access boundary, not a fault: it must not have asked."""


def get_key_folder(process: str) -> Path:
    """Return the key folder of a process. Raises KeyFileMissing if this process may not read it."""
    if settings.KEY_FOLDERS and process not in settings.KEY_FOLDERS:
        raise KeyFileMissing(f"this process may not read the keys of «{process}»")
    return settings.KEYS_DIR / process


def read_key(process: str, name: str) -> bytes:
    """Return the key. Raises KeyFileMissing."""
    try:
        return (get_key_folder(process) / f"{name}.key").read_bytes()
    except (FileNotFoundError, PermissionError) as problem:
        raise KeyFileMissing(f"key «{name}» of «{process}» does not exist here") from problem


def read_key_cached(process: str, name: str) -> bytes:
    """Return the key, cached in memory for keys needed with every message. Raises KeyFileMissing."""
    return _read_key_cached(get_key_folder(process), name)


@lru_cache(maxsize=8)
def _read_key_cached(key_folder: Path, name: str) -> bytes:
    return read_key(key_folder.name, name)


def write_key(process: str, name: str, value: bytes) -> None:
    """Store a new key, durably before anything is sealed to it. Raises FileExistsError: no key is ever overwritten."""
    key_folder = get_key_folder(process)
    key_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = key_folder / f".{name}.{os.getpid()}"
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o400)
    with os.fdopen(descriptor, "wb") as file:
        if os.geteuid() == 0:  # a command of the operator: the key belongs to the owner of its folder
            owner = key_folder.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        file.write(value)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(partial, key_folder / f"{name}.key")  # complete or not at all, and never over an existing key
    finally:
        partial.unlink()
    inode = os.open(key_folder, os.O_RDONLY)
    os.fsync(inode)
    os.close(inode)


def get_or_create_key(process: str, name: str, generate: Callable[[], bytes]) -> bytes:
    """Return the key, created at the first call; two concurrent callers end with the same key."""
    try:
        return read_key(process, name)
    except KeyFileMissing:
        with suppress(FileExistsError):
            write_key(process, name, generate())
        return read_key(process, name)


def destroy_key(process: str, name: str) -> None:
    """Destroy a key. Data sealed to it alone can never be read again."""
    (get_key_folder(process) / f"{name}.key").unlink(missing_ok=True)
    _read_key_cached.cache_clear()
