"""What was erased or ended, written outside the database: a restored backup holds it again, and it is erased anew.

One file a day and system user under `settings.ERASED_DIR`, lines «what id», of a person with the moment up to which:
random ids only, nothing of anybody. Kept as long as a backup may live. Several hosts each write their own; a restore
reads all that are put there. Numbers of issued reports are noted too, so that none is given twice after a restore.
Each backup leaves a mark, and so does each night: without them the notes have a gap.
"""

import datetime as dt
import os
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction

from binhyen.kit import clock, logs

BACKUP, ALIVE = "backup", "alive"  # a backup was made, by the second of its dump; the notes were still being written
SILENT = dt.timedelta(hours=26)  # a running installation leaves a mark each night
BACKUP_RETENTION = dt.timedelta(days=35)  # no backup is older: what is erased is gone everywhere then
log = logs.get_logger("erased")


def record_erasure(kind: str, ids: Collection[str]) -> None:
    """Record erased ids after the commit. A failed write never fails the erasure itself."""
    if ids:
        transaction.on_commit(partial(_append_lines, "".join(f"{kind} {erased_id}\n" for erased_id in sorted(ids))))


def _append_lines(lines: str) -> None:
    append(settings.ERASED_DIR, lines)


def append(folder: Path, lines: str) -> None:
    """Write lines to the file of today and of this system user, whose mode keeps others from it; on disk on return."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{clock.now():%Y-%m-%d}.{os.geteuid()}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(lines.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as problem:
        log.error("erasure_not_recorded", problem=type(problem).__name__)


def iter_erasures(kind: str, *, since: dt.datetime | None = None) -> Iterator[str]:
    """Iterate over the entries of this kind, of all days kept or from that day on."""
    yield from _read(settings.ERASED_DIR, kind, f"{since:%Y-%m-%d}" if since else "")


def _read(folder: Path, what: str, first: str) -> Iterator[str]:
    for path in sorted(path for path in folder.iterdir() if path.name >= first) if folder.is_dir() else ():
        for line in path.read_text(errors="replace").splitlines():
            kind, _, entry = line.partition(" ")
            if kind == what and entry.strip():
                yield entry.strip()


def mark_backup(folder: Path, made: dt.datetime) -> None:
    append(folder, f"{BACKUP} {int(made.timestamp())}\n")


def mark_alive(*, now: dt.datetime) -> None:
    append(settings.ERASED_DIR, f"{ALIVE} {int(now.timestamp())}\n")


def find_reach(folder: Path, made: dt.datetime) -> dt.datetime | None:
    """Return the moment to which the notes there are known to reach; None if they do not begin at this backup."""
    marks = [(kind, int(second)) for kind in (BACKUP, ALIVE) for second in _read(folder, kind, "") if second.isdigit()]
    if (BACKUP, int(made.timestamp())) not in marks:
        return None
    return dt.datetime.fromtimestamp(max(second for _, second in marks), dt.UTC)


def delete_old_files(*, now: dt.datetime) -> int:
    """Delete the files older than the oldest possible backup; return the count."""
    first_kept_name = f"{now - BACKUP_RETENTION - dt.timedelta(days=2):%Y-%m-%d}"
    old_files = (
        [path for path in settings.ERASED_DIR.iterdir() if path.name < first_kept_name]
        if settings.ERASED_DIR.is_dir()
        else []
    )
    for path in old_files:
        path.unlink(missing_ok=True)
    return len(old_files)
