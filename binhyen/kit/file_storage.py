"""File storage for uploads: random names outside the web root; pictures are shown only re-encoded.

Re-encoding drops metadata (GPS, serial numbers) and anything else hidden in the file. It happens in a process of its
own (`kit/image_sandbox.py`), so that a hostile picture reaches neither our memory nor our network. A file whose bytes
are not a picture is stored as evidence and never served.
"""

import errno
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import PIL
from django.conf import settings
from django.db import transaction

from binhyen.kit import clock, image_sandbox, logs
from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import nfc, squeeze

LIMIT = 20 * 1024 * 1024  # bytes per file
SECONDS = 10  # for one picture
_NAME = 120
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
_KNOWN = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF....WEBP", re.DOTALL)
_HEIC = re.compile(rb"....ftyp(hei[cfmsx]|hev[cmsx]|mif1|msf1)", re.DOTALL)
_IS_HEIC = N_("Ảnh kiểu HEIC chưa mở được. Bạn chụp màn hình ảnh đó rồi gửi ảnh chụp.")
_NO_PICTURE = N_("Tệp này không phải ảnh xem được.")
_TOO_LARGE = N_("Ảnh quá lớn.")
_NO_ROOM = N_("Máy đang hết chỗ chứa ảnh.")
# The sandbox starts with only the standard library and Pillow: 40 ms less than a full Python start.
_RUN = "import sys; sys.path += sys.argv[1:]; import decoder; decoder.main()"
_PATH = (str(Path(PIL.__file__).parents[1]), str(Path(image_sandbox.__file__).parent))
log = logs.get("files")


class NotAPicture(Exception):
    """The bytes are no picture that we can show, whichever the name. The message is Vietnamese, for the sender."""


class NoRoom(NotAPicture):
    """The disk is full. Text is still accepted: the sender is asked to send it without pictures."""

    def __init__(self) -> None:
        super().__init__(_NO_ROOM)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture re-encoded as JPEG without metadata."""

    data: bytes
    width: int
    height: int


def clean_picture(data: bytes) -> Picture:
    """Decode, turn upright, shrink to 2048 px and re-encode, all in another process. Raises NotAPicture."""
    if len(data) > LIMIT:
        raise NotAPicture(N_("Ảnh quá lớn (tối đa 20 MB)."))
    if _HEIC.match(data):
        raise NotAPicture(_IS_HEIC)
    if not _KNOWN.match(data):
        raise NotAPicture(_NO_PICTURE)
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _RUN, *_PATH], input=data, capture_output=True, timeout=SECONDS,
            check=False, env={"MALLOC_ARENA_MAX": "1"}, cwd="/",
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        log.warning("picture_timeout")
        raise NotAPicture(_TOO_LARGE) from None
    if done.returncode != 0:
        if done.returncode not in {image_sandbox.TOO_LARGE, image_sandbox.UNREADABLE}:
            log.warning("picture_decoder_crashed", status=done.returncode)
        raise NotAPicture(_TOO_LARGE if done.returncode == image_sandbox.TOO_LARGE else _NO_PICTURE)
    width, height = image_sandbox.SIZE.unpack_from(done.stdout)
    return Picture(done.stdout[image_sandbox.SIZE.size :], width, height)


def plain_name(name: str) -> str:
    """Return a safe file name: the last path part, without invisible or direction marks, at most 120 characters."""
    return squeeze(nfc(re.split(r"[/\\]", name)[-1]))[:_NAME]


def nameless(name: str) -> str:
    """Return only the type from the file name of an unknown sender; the name may identify them."""
    _, dot, kind = plain_name(name).rpartition(".")
    return f"tệp .{kind.lower()}" if dot and kind.isascii() and kind.isalnum() and len(kind) <= 5 else ""


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def store(data: bytes, folder: str) -> str:
    """Write durably under a random name; return it relative to FILES_ROOT. A half-written file is never visible.

    Raises NoRoom if the disk is full.
    """
    name = f"{folder}/{uuid4().hex}"
    try:
        _write(data, Path(settings.FILES_ROOT) / name)
    except OSError as problem:
        if problem.errno not in _FULL:
            raise
        log.error("files_no_room")
        raise NoRoom from problem
    return name


def _write(data: bytes, target: Path) -> None:
    if not target.parent.is_dir():
        root = target.parent.parent
        shared = root.is_dir() and root.stat().st_mode & stat.S_ISGID  # one user per process: docs/operations.md
        target.parent.mkdir(mode=0o770 if shared else 0o700, parents=True, exist_ok=True)
        keep_names(root)
    part = target.with_suffix(".part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        hour = int(clock.now().timestamp()) // 3600 * 3600  # when to the minute somebody told is nobody's business
        os.utime(part, (hour, hour))
        part.rename(target)
        keep_names(target.parent)
    finally:
        part.unlink(missing_ok=True)


def keep_names(folder: Path) -> None:
    """Sync the directory, so that the file name survives a power cut: its row is committed after this."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_there(name: str) -> bool:
    return (Path(settings.FILES_ROOT) / name).is_file()


def read(name: str) -> bytes:
    return (Path(settings.FILES_ROOT) / name).read_bytes()


def still(name: str) -> bytes | None:
    """Return the content, or None if the file was lost with a disk or is missing after a restore.

    Other work on the text beside it (sealing it, restricting a complaint) must not wait for the file.
    """
    try:
        return read(name)
    except FileNotFoundError:
        return None


def remove(name: str) -> None:
    if name:
        (Path(settings.FILES_ROOT) / name).unlink(missing_ok=True)


def remove_later(names: Iterable[str]) -> None:
    """Delete files after the caller's transaction commits, and not at all if it fails.

    Files left behind by a dead process are found by `channels/services/pruning.py: orphans`.
    """
    kept = list(names)

    def remove_all() -> None:
        for name in kept:
            remove(name)

    transaction.on_commit(remove_all)
