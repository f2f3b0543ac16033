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
from binhyen.kit.text import collapse_spaces, to_nfc

MAX_BYTES = 20 * 1024 * 1024  # bytes per file
TIMEOUT_SECONDS = 10  # for one picture
_MAX_NAME = 120
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
_PICTURE_SIGNATURE = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF....WEBP", re.DOTALL)
_HEIC_SIGNATURE = re.compile(rb"....ftyp(hei[cfmsx]|hev[cmsx]|mif1|msf1)", re.DOTALL)
_IS_HEIC = N_("Ảnh kiểu HEIC chưa mở được. Bạn chụp màn hình ảnh đó rồi gửi ảnh chụp.")
_NO_PICTURE = N_("Tệp này không phải ảnh xem được.")
_TOO_LARGE = N_("Ảnh quá lớn.")
_DISK_FULL_TEXT = N_("Máy đang hết chỗ chứa ảnh.")
# The sandbox starts with only the standard library and Pillow: 40 ms less than a full Python start.
_SANDBOX_CODE = "import sys; sys.path += sys.argv[1:]; import image_sandbox; image_sandbox.main()"
_SANDBOX_PATH = (str(Path(PIL.__file__).parents[1]), str(Path(image_sandbox.__file__).parent))
log = logs.get_logger("files")


class NotAPicture(Exception):
    """The bytes are no picture that we can show, whichever the name. The message is Vietnamese, for the sender."""


class DiskFull(NotAPicture):
    """The disk is full. Text is still accepted: the sender is asked to send it without pictures."""

    def __init__(self) -> None:
        super().__init__(_DISK_FULL_TEXT)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture re-encoded as JPEG without metadata."""

    data: bytes
    width: int
    height: int


def clean_picture(data: bytes) -> Picture:
    """Decode, turn upright, shrink to 2048 px and re-encode, all in another process. Raises NotAPicture."""
    if len(data) > MAX_BYTES:
        raise NotAPicture(N_("Ảnh quá lớn (tối đa 20 MB)."))
    if _HEIC_SIGNATURE.match(data):
        raise NotAPicture(_IS_HEIC)
    if not _PICTURE_SIGNATURE.match(data):
        raise NotAPicture(_NO_PICTURE)
    try:
        process = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _SANDBOX_CODE, *_SANDBOX_PATH],
            input=data,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
            env={"MALLOC_ARENA_MAX": "1"},
            cwd="/",
        )
    except subprocess.TimeoutExpired:
        log.warning("picture_timeout")
        raise NotAPicture(_TOO_LARGE) from None
    if process.returncode != 0:
        if process.returncode not in {image_sandbox.TOO_LARGE, image_sandbox.UNREADABLE}:
            log.warning("picture_decoder_crashed", status=process.returncode)
        raise NotAPicture(_TOO_LARGE if process.returncode == image_sandbox.TOO_LARGE else _NO_PICTURE)
    width, height = image_sandbox.SIZE_HEADER.unpack_from(process.stdout)
    return Picture(process.stdout[image_sandbox.SIZE_HEADER.size :], width, height)


def safe_file_name(name: str) -> str:
    """Return a safe file name: the last path part, without invisible or direction marks, at most 120 characters."""
    return collapse_spaces(to_nfc(re.split(r"[/\\]", name)[-1]))[:_MAX_NAME]


def anonymous_file_name(name: str) -> str:
    """Return only the type from the file name of an unknown sender; the name may identify them."""
    _, dot, extension = safe_file_name(name).rpartition(".")
    return (
        f"tệp .{extension.lower()}"
        if dot and extension.isascii() and extension.isalnum() and len(extension) <= 5
        else ""
    )


def sha256_hex(data: bytes) -> str:
    return sha256(data).hexdigest()


def store_file(data: bytes, folder: str) -> str:
    """Write durably under a random name; return it relative to FILES_ROOT. A half-written file is never visible.

    Raises NoRoom if the disk is full.
    """
    name = f"{folder}/{uuid4().hex}"
    try:
        _write_durably(data, Path(settings.FILES_ROOT) / name)
    except OSError as problem:
        if problem.errno not in _DISK_FULL:
            raise
        log.error("files_no_room")
        raise DiskFull from problem
    return name


def _write_durably(data: bytes, target: Path) -> None:
    if not target.parent.is_dir():
        root = target.parent.parent
        is_shared = root.is_dir() and root.stat().st_mode & stat.S_ISGID  # one user per process: docs/operations.md
        target.parent.mkdir(mode=0o770 if is_shared else 0o700, parents=True, exist_ok=True)
        sync_directory(root)
    partial = target.with_suffix(".part")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        hour = int(clock.now().timestamp()) // 3600 * 3600  # the file's time must not reveal the minute of a report
        os.utime(partial, (hour, hour))
        partial.rename(target)
        sync_directory(target.parent)
    finally:
        partial.unlink(missing_ok=True)


def sync_directory(folder: Path) -> None:
    """Sync the directory, so that the file name survives a power cut: its row is committed after this."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_exists(name: str) -> bool:
    return (Path(settings.FILES_ROOT) / name).is_file()


def read_file(name: str) -> bytes:
    return (Path(settings.FILES_ROOT) / name).read_bytes()


def read_file_if_exists(name: str) -> bytes | None:
    """Return the content, or None if the file was lost with a disk or is missing after a restore.

    Other work on the text beside it (sealing it, restricting a complaint) must not wait for the file.
    """
    try:
        return read_file(name)
    except FileNotFoundError:
        return None


def delete_file(name: str) -> None:
    if name:
        (Path(settings.FILES_ROOT) / name).unlink(missing_ok=True)


def delete_files_on_commit(names: Iterable[str]) -> None:
    """Delete files after the caller's transaction commits, and not at all if it fails.

    Files left behind by a dead process are found by `channels/services/pruning.py: orphans`.
    """
    file_names = list(names)

    def delete_all() -> None:
        for name in file_names:
            delete_file(name)

    transaction.on_commit(delete_all)


# File types by magic bytes for files that are not pictures: stored unchanged, sealed, never displayed by us.
#
# Nothing is decoded here: the first bytes and the file extension must agree, no more. Opening such a file
# is the risk of a disposable machine.

PICTURE, PDF, AUDIO, VIDEO = "image", "pdf", "audio", "video"
LABELS = {PDF: N_("PDF"), AUDIO: N_("ghi âm"), VIDEO: N_("video")}
_EXTENSIONS = {
    "pdf": PDF,
    "mp3": AUDIO,
    "ogg": AUDIO,
    "oga": AUDIO,
    "opus": AUDIO,
    "m4a": AUDIO,
    "amr": AUDIO,
    "aac": AUDIO,  # voice messages of Zalo
    "mp4": VIDEO,
    "3gp": VIDEO,
    "mov": VIDEO,
}
# one container format (ISO base media): the extension tells its content
_ISO_MEDIA = frozenset({"m4a", "mp4", "3gp", "mov"})
ACCEPTED_TYPES = "image/*,application/pdf,audio/*,video/mp4,video/3gpp,video/quicktime," + ",".join(
    f".{e}" for e in _EXTENSIONS
)
_SIGNATURES = (
    (re.compile(rb"%PDF-\d\.\d"), frozenset({"pdf"})),
    (re.compile(rb"ID3[\x02-\x04]|\xff[\xfa\xfb\xf2\xf3\xe2\xe3]"), frozenset({"mp3"})),
    (re.compile(rb"OggS\x00"), frozenset({"ogg", "oga", "opus"})),
    (re.compile(rb"#!AMR(-WB)?\n"), frozenset({"amr"})),
    (re.compile(rb"\xff[\xf0\xf1\xf8\xf9]"), frozenset({"aac"})),
    (
        re.compile(
            rb"\x00\x00[\x00-\x0f].ftyp(isom|iso[2-9]|mp4[12]|avc1|M4[ABV] |3g[2eghprs][0-9a-z]|qt  |MSNV|dash)",
            re.DOTALL,
        ),
        _ISO_MEDIA,
    ),
)
_FILE_TOO_LARGE = N_("Tệp quá lớn (tối đa 20 MB).")
_WRONG_EXTENSION = N_("Tệp này không đúng như đuôi tên của nó, nên chưa nhận.")


def detect_file_type(name: str, data: bytes) -> str:
    """Return the file type; PICTURE for any other extension, the image sandbox checks that. Raises NotAPicture."""
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    possible_extensions = next(
        (extensions for signature, extensions in _SIGNATURES if signature.match(data)), frozenset()
    )
    if extension not in _EXTENSIONS:
        if possible_extensions:
            raise NotAPicture(_WRONG_EXTENSION)
        return PICTURE
    if len(data) > MAX_BYTES:
        raise NotAPicture(_FILE_TOO_LARGE)
    if extension not in possible_extensions:
        raise NotAPicture(_WRONG_EXTENSION)
    return _EXTENSIONS[extension]
