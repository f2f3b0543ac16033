"""Backup and restore of database, files and secret key in one archive, verified when read back.

Usable while the program runs. The archive holds everything, personal data included, but for sessions. It is sealed to
the public key of BINHYEN_BACKUP_KEY as it is written (vault/encrypted_streams.py), and only whoever holds the private one can
restore it; in clear only with `--plain`. None lives longer than 35 days, or what was deleted would never be gone: older
ones beside a new one are removed. A restore ends every session and API token; the next start erases and locks anew what
is noted outside of the database (kit/erasure_log.py), and channels stay off until somebody says that it is no trial.
"""

import datetime as dt
import os
import shutil
import tempfile
from pathlib import Path

import psycopg

from binhyen import instance_lock, settings
from binhyen.backup import access, archives, key_inventory
from binhyen.backup.pg_tools import restore as _restore
from binhyen.backup.pg_tools import tool as _tool
from binhyen.channels import retry_policy as channels
from binhyen.kit import clock, erasure_log
from binhyen.kit.erasure_log import BACKUPS_LIVE
from binhyen.vault.envelopes import Pair

PLACES = settings.VAR_DIR / "backups"  # folder of the last backup

_UNFINISHED = "unfinished-backup-"
_WITHOUT = ("--exclude-table-data=django_session",)  # who is signed in now is nobody's to bring back
_FOLDERS = {"files": settings.FILES_ROOT, "models": settings.MODELS_ROOT}
_AGAIN = """Restored as of {made}. Every session and API token is ended.
What people had erased after that is in it again, and so are accounts that were locked and second steps that were
removed. Before the first ./dev run, put the folder of the installation that ran last (BINHYEN_ERASED, `erased` under
BINHYEN_VAR) at {folder}; the start then erases and locks it anew, together with whatever is over its time.
All channels are off: nothing goes out, nothing comes in, whatever is started here. If this is no trial and no other
installation runs: ./dev binhyen go_live"""
_TOO_OLD = """{source}: made {made:%Y-%m-%d}, older than {days} days: what people had erased would be back.
Hint: take a newer one; if there is none, ./dev restore FILE --older, and it is erased anew at the next start."""
_PAUSED = """Long without a backup, or this machine's clock jumped: what is too old stays until the next one.
Hint: look at the clock (date) before that."""
_NOT_EMPTY = "The database is not empty.\nHint: restore into a new installation (BINHYEN_VAR=…)."
_BEGUN = """An earlier restore broke off here, of another archive.
Hint: ./dev restore with that one goes on; else restore into a new installation (BINHYEN_VAR=…, an empty database)."""
_OFF = "UPDATE channels_channel SET is_active = false, paused_reason = %s WHERE is_active AND kind <> 'web'"
_TABLES = """
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
"""


def _room(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """Return a temporary folder for unfinished files; leftovers of killed commands are removed after a day.

    A plaintext leftover would outlive data deleted since.
    """
    room = tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=folder)
    made = Path(room.name).stat().st_mtime  # file times are compared with each other: a share has its own clock
    for left in folder.glob(f"{_UNFINISHED}*"):
        if made - left.stat().st_mtime > dt.timedelta(days=1).total_seconds():
            shutil.rmtree(left, ignore_errors=True)
    return room


def save(target: Path, *, plain: bool = False) -> Path:
    """Dump, pack with the files and the key in use, write a checksum beside; the target appears only when whole. Its
    name, to which that of a sealed one adds.

    Returns its name, extended for an encrypted one. The dump comes first: a file is stored before its row, so every
    dumped row finds its file. Plaintext is written only where the database is, never into the backup folder.
    """
    to = archives.demand_key(plain=plain)
    target = archives.named(target, to)
    removes = archives.clock_holds(target.parent)  # checked before the new archive is there
    with _room(settings.VAR_DIR) as here, _room(target.parent) as there:
        dump, key, part = Path(here) / "database.dump", Path(here) / "secret_key", Path(there) / "archive"
        _tool("pg_dump", "--format=custom", "--no-owner", "--no-privileges", *_WITHOUT, f"--file={dump}")
        stamp = clock.now().timestamp()
        os.utime(dump, (stamp, stamp))
        key.touch(mode=0o600)
        key.write_text(settings.SECRET_KEY)
        with archives.packing(part, to, stamp) as archive:
            archive.add(dump, dump.name)
            archive.add(key, key.name)
            for name, root in _FOLDERS.items():
                archives.pack(archive, root, name)
        made = dt.datetime.fromtimestamp(int(dump.stat().st_mtime), dt.UTC)
        part.chmod(0o600)
        _put(part, target)
    erasure_log.mark_backup(settings.ERASED_DIR, made)
    PLACES.write_text(f"{target.parent}\n")
    old_ones = list(archives.expired(target.parent))
    if old_ones and not removes:
        print(_PAUSED)  # noqa: T201
        old_ones = []
    for old in old_ones:
        old.unlink()
        archives.checksum_of(old).unlink(missing_ok=True)
        print(f"{old}: older than {BACKUPS_LIVE.days} days, removed")  # noqa: T201
    return target


def _put(part: Path, target: Path) -> None:
    """Move archive and checksum into place so that an interruption never leaves a foreign checksum, which would look
    like damage.
    """
    with part.open("rb") as file:
        os.fsync(file.fileno())
    mark, beside = part.with_name("checksum"), archives.checksum_of(target)
    mark.write_text(archives.digest(part) + "\n")
    beside.unlink(missing_ok=True)
    part.replace(target)
    mark.replace(beside)


def load(source: Path, *, older: bool = False, pair: Pair | None = None) -> None:
    """Restore into an empty database. Before any write it rejects a damaged archive, a foreign key, and an expired one
    (unless `older`).

    `pair`: decrypts an encrypted one. An interrupted restore continues with the same archive; until it is complete
    nothing starts here (instance_lock.py).
    """
    found, expected = archives.digest(source), archives.checksum_of(source)
    if expected.exists() and expected.read_text().strip() != found:
        raise SystemExit(f"{source}: damaged, its checksum differs.\nHint: take another copy.")
    begun = instance_lock.RESTORING.read_text().strip() if instance_lock.RESTORING.exists() else ""
    if (full := _tables()) and begun != found:
        raise SystemExit(_BEGUN if begun else _NOT_EMPTY)
    made = _check_age(source, older=older)
    with _room(settings.VAR_DIR) as room:
        inside = Path(room)
        archives.unpack(source, inside, pair)
        _check_key((inside / "secret_key").read_text())
        instance_lock.RESTORING.write_text(f"{found}\n")
        if not full:
            _restore(inside / "database.dump", inside / "list")
        _silence()
        access.end()
        for name, root in _FOLDERS.items():
            if (inside / name).exists():
                shutil.copytree(inside / name, root, dirs_exist_ok=True)
        _keep_key((inside / "secret_key").read_text())
    instance_lock.RESTORED.write_text(f"{made.isoformat()}\n")
    instance_lock.RESTORING.unlink()
    print(_AGAIN.format(made=f"{made:%Y-%m-%d %H:%M} UTC", folder=settings.ERASED_DIR))  # noqa: T201
    if gap := access.find_gap(made):
        print(gap)  # noqa: T201
    if needed := key_inventory.lacking():
        print(key_inventory.told(needed))  # noqa: T201


def _check_age(source: Path, *, older: bool) -> dt.datetime:
    made = archives.made_at(source)
    if made is None:  # damaged or foreign: unpacking reports which
        return clock.now()
    if clock.now() - made > BACKUPS_LIVE and not older:
        raise SystemExit(_TOO_OLD.format(source=source, made=made, days=BACKUPS_LIVE.days))
    return made


def _silence() -> None:
    """Switch channels off: a copy sends nothing and uses no token until `binhyen go_live`, so a test is harmless."""
    with psycopg.connect(settings.database_url()) as connection:
        connection.execute(_OFF, [channels.RESTORED])


def _tables() -> bool:
    """Tell whether the database has tables."""
    with psycopg.connect(settings.database_url()) as connection:
        tables = connection.execute(_TABLES).fetchone()
    return tables is None or bool(tables[0])


def _check_key(packed: str) -> None:
    """Check the secret key: it signs status links and sessions and makes pseudonyms; with another one all links are
    dead.
    """
    if os.environ.get("BINHYEN_SECRET_KEY", packed) not in {"", packed}:
        raise SystemExit(
            "BINHYEN_SECRET_KEY differs from the key in the backup: every status link given out would be dead.\n"
            "Hint: unset BINHYEN_SECRET_KEY; the restored key is then read from the file secret_key."
        )


def _keep_key(packed: str) -> None:
    part = settings.VAR_DIR / "secret_key.part"
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    part.write_text(packed)
    part.replace(settings.VAR_DIR / "secret_key")
