"""What was erased, written outside the database: a restored backup holds it again, and it is erased anew.

One file a day under `settings.ERASED_DIR`, lines «what id», of a person with the moment up to which: random ids only,
nothing of anybody. Kept as long as a backup may live. Several hosts each write their own; a restore reads all that are
put there.
"""

import datetime as dt
import os
from collections.abc import Collection, Iterator
from functools import partial

from django.conf import settings
from django.db import transaction

from binhyen.kit import clock, logs

BACKUPS_LIVE = dt.timedelta(days=35)  # no backup is older: what is erased is gone everywhere then
log = logs.get("erased")


def note(what: str, ids: Collection[str]) -> None:
    """After the commit, and never in its way: an erasure that cannot be noted is an erasure all the same."""
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
        log.error("erasure_not_noted", problem=type(problem).__name__)


def noted(what: str, *, since: dt.datetime | None = None) -> Iterator[str]:
    """What was noted of this kind, on every day that is still there, or from that day on."""
    if settings.ERASED_DIR.is_dir():
        first = f"{since:%Y-%m-%d}" if since else ""
        for path in sorted(path for path in settings.ERASED_DIR.iterdir() if path.name >= first):
            for line in path.read_text(errors="replace").splitlines():
                kind, _, one = line.partition(" ")
                if kind == what and one.strip():
                    yield one.strip()


def drop_old(*, now: dt.datetime) -> int:
    """Days before the oldest backup there may be; how many."""
    last = f"{now - BACKUPS_LIVE - dt.timedelta(days=2):%Y-%m-%d}"
    old = [path for path in settings.ERASED_DIR.iterdir() if path.name < last] if settings.ERASED_DIR.is_dir() else []
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
