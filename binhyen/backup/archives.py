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
from binhyen.kit.erasure_log import BACKUPS_LIVE
from binhyen.vault import encrypted_streams, envelopes
from binhyen.vault.envelopes import Pair, PublicKey
from binhyen.vault.offline import bundles

PAUSE = dt.timedelta(days=8)  # weekly backups have no such pause


def digest(path: Path) -> str:
    value = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            value.update(block)
    return value.hexdigest()


def checksum_of(archive: Path) -> Path:
    return archive.with_suffix(archive.suffix + ".sha256")


def sealed_to() -> PublicKey | None:
    """Return the public key for encryption; None if none is configured.

    An unreadable key stops the command: no backup is better than a plaintext one.
    """
    if not settings.BACKUP_KEY:
        return None
    try:
        return PublicKey(bundles.read_new_key(Path(settings.BACKUP_KEY).read_text()).public)
    except (OSError, ValueError) as problem:
        raise SettingsError(
            "BINHYEN_BACKUP_KEY", f"{settings.BACKUP_KEY} is no public key ({type(problem).__name__})",
            "name the .pub file that ./dev backup --new-key made",
        ) from problem  # fmt: skip


def demand_key(*, plain: bool) -> PublicKey | None:
    """Return the key to seal to; None where a plain archive was asked for. Raises SettingsError where there is none."""
    to = None if plain else sealed_to()
    if to is None and not plain:
        raise SettingsError(
            "BINHYEN_BACKUP_KEY", "is empty, so the archive would lie in clear", "on another machine: ./dev backup "
            "--new-key NAME, then export BINHYEN_BACKUP_KEY=NAME.pub here. In clear only by name: ./dev backup FILE "
            "--plain",
        )  # fmt: skip
    return to


def named(target: Path, to: PublicKey | None) -> Path:
    """Return the file name: encrypted archives have a version suffix; a plain one must not have it."""
    sealed = target.name.endswith(encrypted_streams.SUFFIX)
    if sealed and to is None:
        raise SettingsError("BINHYEN_BACKUP_KEY", f"is not used, {target.name} would not be sealed", "drop --plain")
    return target if sealed or to is None else target.with_name(target.name + encrypted_streams.SUFFIX)


@contextmanager
def packing(part: Path, to: PublicKey | None, made: float) -> Iterator[tarfile.TarFile]:
    with part.open("wb") as file:
        if to is None:
            with tarfile.open(mode="w:gz", fileobj=file) as archive:
                yield archive
            return
        sealing = encrypted_streams.Sealing(file, to=to, made=int(made))
        with tarfile.open(mode="w:gz", fileobj=sealing) as archive:
            yield archive
        sealing.finish()


def pack(archive: tarfile.TarFile, folder: Path, name: str) -> None:
    """Add complete files only: unfinished files have another suffix, files deleted meanwhile are skipped."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".part":
            try:
                archive.add(path, f"{name}/{path.relative_to(folder).as_posix()}")
            except FileNotFoundError:
                continue


def head_of(archive: Path) -> encrypted_streams.Head | None:
    """Return the header of an encrypted archive; None for a plain one."""
    with archive.open("rb") as file:
        return encrypted_streams.head_of(file)


def made_at(archive: Path) -> dt.datetime | None:
    """Return the time of the database dump; None if it is no backup of this program. Reads only the beginning."""
    try:
        if head := head_of(archive):
            return dt.datetime.fromtimestamp(head.made, dt.UTC)
        with tarfile.open(archive) as packed:
            first = packed.next()
    except (tarfile.TarError, EOFError, OSError, zlib.error, OverflowError, ValueError):
        return None
    return dt.datetime.fromtimestamp(first.mtime, dt.UTC) if first and first.name == "database.dump" else None


def list_plain(folder: Path) -> list[Path]:
    """Return the archives there that lie in clear."""
    return [archive for archive, _ in _ours(folder) if head_of(archive) is None]


def expired(folder: Path) -> Iterator[Path]:
    """Yield archives in the folder past the retention period."""
    return (archive for archive, made in _ours(folder) if clock.now() - made > BACKUPS_LIVE)


def clock_holds(folder: Path) -> bool:
    """Tell whether a new archive may remove expired ones. After a long pause only the next one may.

    A clock that jumped ahead would otherwise remove every older archive.
    """
    newest = max((made for _, made in _ours(folder)), default=None)
    return newest is None or clock.now() - newest <= PAUSE


def _ours(folder: Path) -> Iterator[tuple[Path, dt.datetime]]:
    """Yield archives that have a checksum file, with the time of their dump."""
    for mark in sorted(folder.glob("*.sha256")):
        archive = mark.with_suffix("")
        made = made_at(archive) if archive.is_file() else None
        if made is not None:
            yield archive, made


def unpack(source: Path, folder: Path, pair: Pair | None) -> None:
    """Unpack the whole archive, also behind the last file: only the end proves that it is complete."""
    try:
        with source.open("rb") as file:
            stream = encrypted_streams.Unsealing(file, pair) if pair else file
            with gzip.GzipFile(fileobj=stream) as content, tarfile.open(mode="r|", fileobj=content) as archive:
                archive.extractall(folder, filter="data")
                while content.read(1 << 20):
                    continue
    except (tarfile.TarError, EOFError, OSError, zlib.error, envelopes.Refused) as error:
        if isinstance(error, OSError) and error.errno:  # an error of the disk, not of the archive
            raise
        raise SystemExit(f"{source}: damaged ({type(error).__name__}).\nHint: take another copy.") from error
    if not (folder / "database.dump").exists() or not (folder / "secret_key").exists():
        raise SystemExit(f"{source}: no backup of this program.\nHint: take a file that ./dev backup wrote.")
