"""Erasure log outside the database: a restored backup contains erased data again, which is then erased anew.

One file per day under `settings.ERASED_DIR`, lines «kind id», for a person with the end moment: random ids only, no
personal data. Retained as long as a backup may exist. Each host writes its own file; a restore reads all files put
there.
"""

import datetime as dt
import os
from collections.abc import Collection, Iterator
from functools import partial

from django.conf import settings
from django.db import transaction

from binhyen.kit import clock, logs

BACKUPS_LIVE = dt.timedelta(days=35)  # no backup is older: erased data is gone everywhere after this
log = logs.get("erased")


def note(what: str, ids: Collection[str]) -> None:
    """Record erased ids after the commit. A failed write never fails the erasure itself."""
    if ids:
        transaction.on_commit(partial(_write, "".join(f"{what} {one}\n" for one in sorted(ids))))


def _write(lines: str) -> None:
    try:
        settings.ERASED_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = settings.ERASED_DIR / f"{clock.now():%Y-%m-%d}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(lines.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as problem:
        log.error("erasure_not_recorded", problem=type(problem).__name__)


def noted(what: str, *, since: dt.datetime | None = None) -> Iterator[str]:
    """Yield the recorded ids of a kind, of all files or of those since a day."""
    if settings.ERASED_DIR.is_dir():
        first = f"{since:%Y-%m-%d}" if since else ""
        for path in sorted(path for path in settings.ERASED_DIR.iterdir() if path.name >= first):
            for line in path.read_text(errors="replace").splitlines():
                kind, _, one = line.partition(" ")
                if kind == what and one.strip():
                    yield one.strip()


def drop_old(*, now: dt.datetime) -> int:
    """Delete the files older than the oldest possible backup; return the count."""
    last = f"{now - BACKUPS_LIVE - dt.timedelta(days=2):%Y-%m-%d}"
    old = [path for path in settings.ERASED_DIR.iterdir() if path.name < last] if settings.ERASED_DIR.is_dir() else []
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
