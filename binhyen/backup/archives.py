"""Archive format: a compressed tar with a checksum file, encrypted if BINHYEN_BACKUP_KEY names a key."""

import datetime as dt
import gzip
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from binhyen import settings
from binhyen.env import SettingsError
from binhyen.kit import clock
from binhyen.kit.erasure_log import BACKUP_RETENTION
from binhyen.vault import encrypted_streams, envelopes
from binhyen.vault.envelopes import KeyPair, PublicKey
from binhyen.vault.offline import bundles

MAX_PAUSE = dt.timedelta(days=8)  # weekly backups have no such pause


def compute_digest(path: Path) -> str:
    value = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            value.update(block)
    return value.hexdigest()


def get_checksum_path(archive: Path) -> Path:
    return archive.with_suffix(archive.suffix + ".sha256")


def load_backup_key() -> PublicKey | None:
    """Return the public key for encryption; None if none is configured.

    An unreadable key stops the command: no backup is better than a plaintext one.
    """
    if not settings.BACKUP_KEY:
        return None
    try:
        return PublicKey(bundles.parse_public_key(Path(settings.BACKUP_KEY).read_text()).public)
    except (OSError, ValueError) as problem:
        raise SettingsError(
            "BINHYEN_BACKUP_KEY",
            f"{settings.BACKUP_KEY} is no public key ({type(problem).__name__})",
            "name the .pub file that ./dev backup --new-key made",
        ) from problem


def demand_key(*, plain: bool) -> PublicKey | None:
    """Return the key to seal to; None where a plain archive was asked for. Raises SettingsError where there is none."""
    to = None if plain else load_backup_key()
    if to is None and not plain:
        raise SettingsError(
            "BINHYEN_BACKUP_KEY",
            "is empty, so the archive would lie in clear",
            "on another machine: ./dev backup "
            "--new-key NAME, then export BINHYEN_BACKUP_KEY=NAME.pub here. In clear only by name: ./dev backup FILE "
            "--plain",
        )
    return to


def build_archive_name(target: Path, public_key: PublicKey | None) -> Path:
    """Return the file name: encrypted archives have a version suffix; a plain one must not have it."""
    has_encrypted_suffix = target.name.endswith(encrypted_streams.SUFFIX)
    if has_encrypted_suffix and public_key is None:
        raise SettingsError("BINHYEN_BACKUP_KEY", f"is not used, {target.name} would not be sealed", "drop --plain")
    return (
        target
        if has_encrypted_suffix or public_key is None
        else target.with_name(target.name + encrypted_streams.SUFFIX)
    )


@contextmanager
def open_archive(partial_path: Path, public_key: PublicKey | None, created_at: float) -> Iterator[tarfile.TarFile]:
    with partial_path.open("wb") as file:
        if public_key is None:
            with tarfile.open(mode="w:gz", fileobj=file) as archive:
                yield archive
            return
        sealing = encrypted_streams.SealedWriter(file, to=public_key, made=int(created_at))
        with tarfile.open(mode="w:gz", fileobj=sealing) as archive:
            yield archive
        sealing.finish()


def add_folder(archive: tarfile.TarFile, folder: Path, name: str) -> None:
    """Add complete files only: unfinished files have another suffix, files deleted meanwhile are skipped."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".part":
            try:
                archive.add(path, f"{name}/{path.relative_to(folder).as_posix()}")
            except FileNotFoundError:
                continue


def read_header(archive: Path) -> encrypted_streams.StreamHead | None:
    """Return the header of an encrypted archive; None for a plain one."""
    with archive.open("rb") as file:
        return encrypted_streams.read_stream_head(file)


def read_dump_time(archive: Path) -> dt.datetime | None:
    """Return the time of the database dump; None if it is no backup of this program. Reads only the beginning."""
    try:
        if head := read_header(archive):
            return dt.datetime.fromtimestamp(head.made, dt.UTC)
        with tarfile.open(archive) as tar:
            first = tar.next()
    except (tarfile.TarError, EOFError, OSError, zlib.error, OverflowError, ValueError):
        return None
    return dt.datetime.fromtimestamp(first.mtime, dt.UTC) if first and first.name == "database.dump" else None


def list_plain(folder: Path) -> list[Path]:
    """Return the archives there that lie in clear."""
    return [archive for archive, _ in _iter_archives(folder) if read_header(archive) is None]


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


def unpack(source: Path, folder: Path, pair: KeyPair | None) -> None:
    """Unpack the whole archive, also behind the last file: only the end proves that it is complete."""
    try:
        with source.open("rb") as file:
            stream = encrypted_streams.SealedReader(file, pair) if pair else file
            with gzip.GzipFile(fileobj=stream) as content, tarfile.open(mode="r|", fileobj=content) as archive:
                archive.extractall(folder, filter="data")
                while content.read(1 << 20):
                    continue
    except (tarfile.TarError, EOFError, OSError, zlib.error, envelopes.EnvelopeError) as error:
        if isinstance(error, OSError) and error.errno:  # an error of the disk, not of the archive
            raise
        raise SystemExit(f"{source}: damaged ({type(error).__name__}).\nHint: take another copy.") from error
    if not (folder / "database.dump").exists() or not (folder / "secret_key").exists():
        raise SystemExit(f"{source}: no backup of this program.\nHint: take a file that ./dev backup wrote.")
