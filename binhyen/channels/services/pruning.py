"""Pruning of old webhooks and of files without a row."""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from django.conf import settings

from binhyen.channels.models import Attachment, Inbound
from binhyen.kit import file_storage, logs
from binhyen.kit.pruning import BATCH, owners, remove

KEPT = dt.timedelta(days=30)  # Zalo retries within hours; the gateway rejects webhooks older than a day
YOUNG = dt.timedelta(days=1)  # a file exists before its row: a young one may still get it
_FOLDERS = ("original", "shown")
_FEW = 20
log = logs.get("cleaning")


def inbound(*, now: dt.datetime, batch: int = BATCH) -> int:
    """Delete processed rows; of unreadable ones delete the body, which holds external ids.

    Returns the number of rows.
    """
    old = Inbound.objects.filter(received_at__lt=now - KEPT)
    removed = remove(old.filter(state=Inbound.State.DONE), batch=batch)
    unread = old.filter(state__in=[Inbound.State.DEAD, Inbound.State.UNKNOWN]).exclude(raw=b"")
    while keys := list(unread.order_by("pk").values_list("pk", flat=True)[:batch]):
        removed += Inbound.objects.filter(pk__in=keys).update(raw=b"")
    return removed


def orphans(*, now: dt.datetime, batch: int = BATCH) -> int:
    """Remove files without a row, left by a process that died in between; return their number.

    Where most of a folder seems orphaned none is removed: it is the folder of another database, or its rows are hidden
    from this process.
    """
    return sum(_orphans(folder, now - YOUNG, batch) for folder in (*_FOLDERS, *owners()))


def _orphans(folder: str, before: dt.datetime, batch: int) -> int:
    seen = 0
    lost: list[str] = []
    names = _old_files(folder, before)
    while part := list(islice(names, batch)):
        seen += len(part)
        known = _known(part)
        lost += [name for name in part if name not in known]
    if seen >= _FEW and len(lost) * 2 > seen:
        log.error("orphans_too_many", folder=folder, seen=seen, lost=len(lost))
        return 0
    for name in lost:
        file_storage.remove(name)
    return len(lost)


def _old_files(folder: str, before: dt.datetime) -> Iterator[str]:
    """Yield names relative to the files' folder, last modified before the given time."""
    for path in (Path(settings.FILES_ROOT) / folder).glob("*"):
        if path.is_file() and path.stat().st_mtime < before.timestamp():
            yield f"{folder}/{path.name}"


def _known(names: Sequence[str]) -> set[str]:
    return {
        *Attachment.objects.filter(original__in=names).values_list("original", flat=True),
        *Attachment.objects.filter(shown__in=names).values_list("shown", flat=True),
        *(name for known in owners().values() for name in known(names)),
    }
