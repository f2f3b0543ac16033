"""Backup and restore of database, files and secret key in one archive, verified when read back.

Usable while the program runs. The archive holds everything, personal data included, but for sessions. It is encrypted
to the public key of BINHYEN_BACKUP_KEY while it is written (age_files.py); only the holder of the private key can
restore it, also with the standard `age` tool. Unencrypted only with `--plain`. Archives are removed after 35 days, or
deleted data would never be gone. A restore ends every session and API token; the next start replays the erasures and
locks recorded outside of the database (kit/erasure_log.py), and channels stay off until an operator confirms that the
restore is not a trial.
"""

import datetime as dt
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pyrage.x25519 import Identity, Recipient

from binhyen import instance_lock, settings
from binhyen.backup import access, archives, key_inventory
from binhyen.channels import retry_policy as channels
from binhyen.embedded_postgres import find_binaries
from binhyen.kit import clock, erasure_log
from binhyen.kit.erasure_log import BACKUP_RETENTION

LAST_BACKUP_FOLDER = settings.VAR_DIR / "backups"  # folder of the last backup

_UNFINISHED = "unfinished-backup-"
_WITHOUT = ("--exclude-table-data=django_session",)  # a restore must not bring sessions back
_FOLDERS = {"files": settings.FILES_ROOT, "models": settings.MODELS_ROOT}
_RESTORED = """Restored as of {made}. Every session and API token is ended.
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
_OTHER_RESTORE = """An earlier restore broke off here, of another archive.
Hint: ./dev restore with that one goes on; else restore into a new installation (BINHYEN_VAR=…, an empty database)."""
_DISABLE_CHANNELS = (
    "UPDATE channels_channel SET is_active = false, paused_reason = %s WHERE is_active AND kind <> 'web'"
)
_TABLES = """
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
"""


def _create_work_dir(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """Return a temporary folder for unfinished files; leftovers of killed commands are removed after a day.

    A plaintext leftover would outlive data deleted since.
    """
    room = tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=folder)
    made = Path(room.name).stat().st_mtime  # file times are compared with each other: a share has its own clock
    for leftover in folder.glob(f"{_UNFINISHED}*"):
        if made - leftover.stat().st_mtime > dt.timedelta(days=1).total_seconds():
            shutil.rmtree(leftover, ignore_errors=True)
    return room


def create_backup(target: Path, *, plain: bool = False) -> Path:
    """Dump, pack with the files and the key in use, write a checksum beside; the target appears only when whole. Its
    name, to which that of a sealed one adds.

    Returns its name, extended for an encrypted one. The dump comes first: a file is stored before its row, so every
    dumped row finds its file. Plaintext is written only where the database is, never into the backup folder.
    """
    recipients = archives.demand_keys(plain=plain)
    target = archives.build_archive_name(target, encrypted=bool(recipients))
    may_remove = archives.may_remove_expired(target.parent)  # checked before the new archive is there
    with _create_work_dir(settings.VAR_DIR) as work_dir, _create_work_dir(target.parent) as target_dir:
        dump, key, part = Path(work_dir) / "database.dump", Path(work_dir) / "secret_key", Path(target_dir) / "archive"
        run_pg_tool("pg_dump", "--format=custom", "--no-owner", "--no-privileges", *_WITHOUT, f"--file={dump}")
        stamp = clock.now().timestamp()
        os.utime(dump, (stamp, stamp))
        key.touch(mode=0o600)
        key.write_text(settings.SECRET_KEY)
        with archives.open_archive(part, recipients) as archive:
            archive.add(dump, dump.name)
            archive.add(key, key.name)
            for name, root in _FOLDERS.items():
                archives.add_folder(archive, root, name)
        made = dt.datetime.fromtimestamp(int(dump.stat().st_mtime), dt.UTC)
        part.chmod(0o600)
        _move_into_place(part, target, made, recipients)
    erasure_log.mark_backup(settings.ERASED_DIR, made)
    LAST_BACKUP_FOLDER.write_text(f"{target.parent}\n")
    old_ones = list(archives.iter_expired(target.parent))
    if old_ones and not may_remove:
        print(_PAUSED)  # noqa: T201
        old_ones = []
    for old in old_ones:
        old.unlink()
        archives.get_checksum_path(old).unlink(missing_ok=True)
        print(f"{old}: older than {BACKUP_RETENTION.days} days, removed")  # noqa: T201
    return target


def _move_into_place(part: Path, target: Path, made: dt.datetime, recipients: Sequence[Recipient]) -> None:
    """Move archive and checksum into place so that an interruption never leaves a foreign checksum, which would look
    like damage.
    """
    with part.open("rb") as file:
        os.fsync(file.fileno())
    checksum, checksum_path = part.with_name("checksum"), archives.get_checksum_path(target)
    checksum.write_text(archives.format_checksum(archives.compute_digest(part), target.name, made, recipients))
    checksum_path.unlink(missing_ok=True)
    part.replace(target)
    checksum.replace(checksum_path)


def restore_backup(source: Path, *, older: bool = False, identity: Identity | None = None) -> None:
    """Restore into an empty database. Before any write it rejects a damaged archive, a foreign key, and an expired one
    (unless `older`).

    `identity`: decrypts an encrypted one. An interrupted restore continues with the same archive; until it is complete
    nothing starts here (instance_lock.py).
    """
    digest, expected = archives.compute_digest(source), archives.read_checksum(source)
    # nosemgrep: secret-compared-plainly  checksums of our own archive, no secret
    if expected is not None and expected != digest:
        raise SystemExit(f"{source}: damaged, its checksum differs.\nHint: take another copy.")
    started_digest = instance_lock.RESTORING.read_text().strip() if instance_lock.RESTORING.exists() else ""
    # nosemgrep: secret-compared-plainly  checksums of our own archive, no secret
    if (has_tables := _has_tables()) and started_digest != digest:
        raise SystemExit(_OTHER_RESTORE if started_digest else _NOT_EMPTY)
    created_at = _check_age(source, identity, older=older)
    with _create_work_dir(settings.VAR_DIR) as work_dir:
        inside = Path(work_dir)
        archives.unpack_archive(source, inside, identity)
        _check_key((inside / "secret_key").read_text())
        instance_lock.RESTORING.write_text(f"{digest}\n")
        if not has_tables:
            restore_dump(inside / "database.dump", inside / "list")
        _disable_channels()
        access.end()
        for name, root in _FOLDERS.items():
            if (inside / name).exists():
                shutil.copytree(inside / name, root, dirs_exist_ok=True)
        _store_key((inside / "secret_key").read_text())
    instance_lock.RESTORED.write_text(f"{created_at.isoformat()}\n")
    instance_lock.RESTORING.unlink()
    print(_RESTORED.format(made=f"{created_at:%Y-%m-%d %H:%M} UTC", folder=settings.ERASED_DIR))  # noqa: T201
    if gap := access.find_gap(created_at):
        print(gap)  # noqa: T201
    if needed := key_inventory.list_missing():
        print(key_inventory.format_missing_message(needed))  # noqa: T201


def _check_age(source: Path, identity: Identity | None, *, older: bool) -> dt.datetime:
    created_at = archives.read_dump_time(source, identity)
    if created_at is None:  # damaged or foreign: unpacking reports which
        return clock.now()
    if clock.now() - created_at > BACKUP_RETENTION and not older:
        raise SystemExit(_TOO_OLD.format(source=source, made=created_at, days=BACKUP_RETENTION.days))
    return created_at


def _disable_channels() -> None:
    """Switch channels off: a copy sends nothing and uses no token until `binhyen go_live`, so a test is harmless."""
    with psycopg.connect(settings.get_database_url()) as connection:
        connection.execute(_DISABLE_CHANNELS, [channels.RESTORED_COPY_REASON])


def _has_tables() -> bool:
    """Tell whether the database has tables."""
    with psycopg.connect(settings.get_database_url()) as connection:
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


def _store_key(packed: str) -> None:
    part = settings.VAR_DIR / "secret_key.part"
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    part.write_text(packed)
    part.replace(settings.VAR_DIR / "secret_key")


# PostgreSQL client programs of the wheel for our database, whose server may be older.

# Statements unknown to an older or other server and not needed by any row: a session setting (new in PostgreSQL 17),
# and a planner option of a column, of which we set none.
_UNSUPPORTED = re.compile(rb"SET transaction_timeout = \d+;|ALTER TABLE ONLY \S+ ALTER COLUMN \S+ SET \([^()']*\);")
_COPY, _END = re.compile(rb"COPY .* FROM stdin;"), b"\\."


def run_pg_tool(name: str, *arguments: str) -> None:
    """Run a program. Raises CalledProcessError; the program has printed the reason."""
    command, environment = _build_command(name, *arguments)
    subprocess.run(command, check=True, env=environment)


def restore_dump(dump: Path, chosen: Path) -> None:
    """Restore a dump in one transaction, without policies: they name logins that may not exist here.

    The next start applies them. `chosen`: a file for the list of restored items. Raises CalledProcessError.
    """
    read_command = [_find_program("pg_restore"), "--no-owner", "--no-privileges", f"--use-list={chosen}"]
    subprocess.run([read_command[0], "--list", f"--file={chosen}", str(dump)], check=True)
    included_lines = [line for line in chosen.read_text().splitlines(keepends=True) if " POLICY " not in line]
    chosen.write_text("".join(included_lines))
    write_command, environment = _build_command(
        "psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"
    )
    with (
        subprocess.Popen([*read_command, "--file=-", str(dump)], stdout=subprocess.PIPE) as script,
        subprocess.Popen(write_command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment) as server,
    ):
        assert script.stdout is not None and server.stdin is not None
        try:
            server.stdin.writelines(filter_dump(script.stdout))
            if status := script.wait():
                raise subprocess.CalledProcessError(status, read_command)
        except BaseException as error:
            server.kill()  # kill before it reads EOF: it would take half a dump as complete, and commit
            script.kill()
            with suppress(BrokenPipeError):
                server.stdin.close()
            if not isinstance(error, BrokenPipeError):  # it ended by itself and has printed the reason
                raise
        else:
            server.stdin.close()
        if status := server.wait():
            raise subprocess.CalledProcessError(status, write_command)


def filter_dump(script: Iterable[bytes]) -> Iterator[bytes]:
    """Filter the lines of a dump: drop statements unknown to another server; table rows pass unchanged."""
    in_rows = False
    for line in script:
        statement = line.rstrip(b"\n")
        if in_rows:
            in_rows = statement != _END
        elif _UNSUPPORTED.fullmatch(statement):
            continue
        else:
            in_rows = _COPY.fullmatch(statement) is not None
        yield line


def _build_command(name: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Build a command line. The password is passed in the environment: other users can read command lines."""
    parameters = {
        key: str(value) for key, value in conninfo_to_dict(settings.get_database_url()).items() if value is not None
    }
    password = parameters.pop("password", "")
    environment = {**os.environ, "PGOPTIONS": "-c lock_timeout=5s", **({"PGPASSWORD": password} if password else {})}
    return [_find_program(name), f"--dbname={make_conninfo('', **parameters)}", *arguments], environment


def _find_program(name: str) -> str:
    bundled = find_binaries() / name
    return str(bundled) if bundled.exists() else name
