"""Archive format: a compressed tar in age format beside a checksum file; unencrypted only on demand.

An age header names neither date nor key, so the checksum file does, for retention and for error messages:

    <sha256>  <file name>
    # made: <time of the dump, ISO 8601, UTC>
    # key: <public key>                               (one line a key; none for an unencrypted archive)

`sha256sum --check` reads it. A restore trusts only the date inside of the archive.
"""

import datetime as dt
import gzip
import re
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from hashlib import sha256
from pathlib import Path

from pyrage.x25519 import Identity, Recipient

from binhyen import settings
from binhyen.backup import age_files
from binhyen.backup.age_files import AgeError
from binhyen.env import SettingsError
from binhyen.kit import clock
from binhyen.kit.erasure_log import BACKUP_RETENTION

MAX_PAUSE = dt.timedelta(days=8)  # weekly backups have no such pause
_MADE, _KEY = re.compile(r"^# made: (\S+)$", re.M), re.compile(r"^# key: (\S+)$", re.M)


def compute_digest(path: Path) -> str:
    value = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            value.update(block)
    return value.hexdigest()


def get_checksum_path(archive: Path) -> Path:
    return archive.with_suffix(archive.suffix + ".sha256")


def format_checksum(digest: str, name: str, made: dt.datetime, recipients: Sequence[Recipient]) -> str:
    lines = [f"{digest}  {name}", f"# made: {made.isoformat()}", *(f"# key: {recipient}" for recipient in recipients)]
    return "\n".join(lines) + "\n"


def read_checksum(archive: Path) -> str | None:
    """Return the expected digest; None if there is no checksum file."""
    path = get_checksum_path(archive)
    return path.read_text().partition(" ")[0].strip() if path.exists() else None


def read_noted_keys(archive: Path) -> list[str]:
    """Return the public keys that the checksum file names; not authenticated, for messages only."""
    path = get_checksum_path(archive)
    return _KEY.findall(path.read_text()) if path.exists() else []


def load_backup_keys() -> tuple[Recipient, ...]:
    """Return the public keys for encryption; none if none is configured.

    An unreadable key stops the command: no backup is better than a plaintext one.
    """
    if not settings.BACKUP_KEY:
        return ()
    try:
        return age_files.read_recipients(Path(settings.BACKUP_KEY).read_text())
    except (OSError, ValueError) as problem:
        raise SettingsError(
            "BINHYEN_BACKUP_KEY",
            f"{settings.BACKUP_KEY} is no public key ({type(problem).__name__})",
            "name the .pub file that ./dev backup --new-key made",
        ) from problem


def demand_keys(*, plain: bool) -> tuple[Recipient, ...]:
    """Return the keys to encrypt to; none where a plain archive was asked for. Raises SettingsError without any."""
    recipients = () if plain else load_backup_keys()
    if not recipients and not plain:
        raise SettingsError(
            "BINHYEN_BACKUP_KEY",
            "is empty, so the archive would lie in clear",
            "on another machine: ./dev backup "
            "--new-key NAME, then export BINHYEN_BACKUP_KEY=NAME.pub here. In clear only by name: ./dev backup FILE "
            "--plain",
        )
    return recipients


def build_archive_name(target: Path, *, encrypted: bool) -> Path:
    """Return the file name: encrypted archives have the suffix of age; a plain one must not have it."""
    has_suffix = target.name.endswith(age_files.SUFFIX)
    if has_suffix and not encrypted:
        raise SettingsError("BINHYEN_BACKUP_KEY", f"is not used, {target.name} would not be sealed", "drop --plain")
    return target if has_suffix or not encrypted else target.with_name(target.name + age_files.SUFFIX)


@contextmanager
def open_archive(partial_path: Path, recipients: Sequence[Recipient]) -> Iterator[tarfile.TarFile]:
    with (
        partial_path.open("wb") as file,
        age_files.open_encrypting_writer(file, recipients) if recipients else nullcontext(file) as stream,
        tarfile.open(mode="w:gz", fileobj=stream) as archive,
    ):
        yield archive


def add_folder(archive: tarfile.TarFile, folder: Path, name: str) -> None:
    """Add complete files only: unfinished files have another suffix, files deleted meanwhile are skipped."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".part":
            try:
                archive.add(path, f"{name}/{path.relative_to(folder).as_posix()}")
            except FileNotFoundError:
                continue


def is_encrypted_archive(archive: Path) -> bool:
    with archive.open("rb") as file:
        return age_files.is_encrypted(file)


@contextmanager
def _open_content(archive: Path, identity: Identity | None) -> Iterator[gzip.GzipFile]:
    with (
        archive.open("rb") as file,
        age_files.open_decrypting_reader(file, identity) if identity else nullcontext(file) as stream,
        gzip.GzipFile(fileobj=stream) as content,
    ):
        yield content


def read_dump_time(archive: Path, identity: Identity | None = None) -> dt.datetime | None:
    """Return the time of the database dump; None if it is no backup of this program. Reads only the beginning.

    Of an encrypted one without `identity`: the time that the checksum file names.
    """
    try:
        if identity is None and is_encrypted_archive(archive):
            noted = _MADE.search(get_checksum_path(archive).read_text())
            return dt.datetime.fromisoformat(noted[1]).astimezone(dt.UTC) if noted else None
        with _open_content(archive, identity) as content, tarfile.open(mode="r|", fileobj=content) as tar:
            first = tar.next()
    except (tarfile.TarError, AgeError, EOFError, OSError, zlib.error, OverflowError, ValueError):
        return None
    return dt.datetime.fromtimestamp(first.mtime, dt.UTC) if first and first.name == "database.dump" else None


def list_plain(folder: Path) -> list[Path]:
    """Return the archives there that lie in clear."""
    return [archive for archive, _ in _iter_archives(folder) if not is_encrypted_archive(archive)]


def iter_expired(folder: Path) -> Iterator[Path]:
    """Yield archives in the folder past the retention period."""
    return (archive for archive, created_at in _iter_archives(folder) if clock.now() - created_at > BACKUP_RETENTION)


def may_remove_expired(folder: Path) -> bool:
    """Tell whether a new archive may remove expired ones. After a long pause only the next one may.

    A clock that jumped ahead would otherwise remove every older archive.
    """
    newest = max((created_at for _, created_at in _iter_archives(folder)), default=None)
    return newest is None or clock.now() - newest <= MAX_PAUSE


def _iter_archives(folder: Path) -> Iterator[tuple[Path, dt.datetime]]:
    """Yield archives that have a checksum file, with the time of their dump."""
    for checksum_path in sorted(folder.glob("*.sha256")):
        archive = checksum_path.with_suffix("")
        created_at = read_dump_time(archive) if archive.is_file() else None
        if created_at is not None:
            yield archive, created_at


def unpack_archive(source: Path, folder: Path, identity: Identity | None) -> None:
    """Unpack the whole archive, also behind the last file: only the end proves that it is complete."""
    try:
        with _open_content(source, identity) as content, tarfile.open(mode="r|", fileobj=content) as archive:
            archive.extractall(folder, filter="data")
            while content.read(1 << 20):
                continue
    except age_files.WrongIdentityError as error:
        raise SystemExit(f"{source}: sealed to another key.\nHint: take the .key of that archive.") from error
    except (tarfile.TarError, EOFError, OSError, zlib.error, AgeError) as error:
        if isinstance(error, OSError) and error.errno:  # an error of the disk, not of the archive
            raise
        raise SystemExit(f"{source}: damaged ({type(error).__name__}).\nHint: take another copy.") from error
    if not (folder / "database.dump").exists() or not (folder / "secret_key").exists():
        raise SystemExit(f"{source}: no backup of this program.\nHint: take a file that ./dev backup wrote.")
