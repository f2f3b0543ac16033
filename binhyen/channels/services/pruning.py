"""Pruning of old webhooks and of files without a row."""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from django.conf import settings

from binhyen.channels.models import Attachment, Inbound
from binhyen.kit import file_storage, logs
from binhyen.kit.pruning import BATCH_SIZE, delete_in_batches, file_owners

WEBHOOK_RETENTION = dt.timedelta(days=30)  # Zalo retries within hours; the gateway rejects webhooks older than a day
MIN_ORPHAN_AGE = dt.timedelta(days=1)  # a file exists before its row: a young one may still get it
_FOLDERS = ("original", "shown")
_MIN_FILES_FOR_CHECK = 20
log = logs.get_logger("cleaning")


def prune_webhooks(*, now: dt.datetime, batch: int = BATCH_SIZE) -> int:
    """Delete processed rows; of unreadable ones delete the body, which holds external ids.

    Returns the number of rows.
    """
    old_webhooks = Inbound.objects.filter(received_at__lt=now - WEBHOOK_RETENTION)
    removed = delete_in_batches(old_webhooks.filter(state=Inbound.State.DONE), batch=batch)
    unreadable = old_webhooks.filter(state__in=[Inbound.State.DEAD, Inbound.State.UNKNOWN]).exclude(sealed_body=b"")
    while keys := list(unreadable.order_by("pk").values_list("pk", flat=True)[:batch]):
        removed += Inbound.objects.filter(pk__in=keys).update(sealed_body=b"")
    return removed


def remove_orphan_files(*, now: dt.datetime, batch: int = BATCH_SIZE) -> int:
    """Remove files without a row, left by a process that died in between; return their number.

    Where most of a folder seems orphaned none is removed: it is the folder of another database, or its rows are hidden
    from this process.
    """
    return sum(_remove_orphans_in(folder, now - MIN_ORPHAN_AGE, batch) for folder in (*_FOLDERS, *file_owners()))


def _remove_orphans_in(folder: str, modified_before: dt.datetime, batch: int) -> int:
    checked = 0
    orphans_found: list[str] = []
    names = _iter_old_files(folder, modified_before)
    while chunk := list(islice(names, batch)):
        checked += len(chunk)
        referenced = _find_referenced(chunk)
        orphans_found += [name for name in chunk if name not in referenced]
    if checked >= _MIN_FILES_FOR_CHECK and len(orphans_found) * 2 > checked:
        log.error("orphans_too_many", folder=folder, seen=checked, lost=len(orphans_found))
        return 0
    for name in orphans_found:
        file_storage.delete_file(name)
    return len(orphans_found)


def _iter_old_files(folder: str, modified_before: dt.datetime) -> Iterator[str]:
    """Yield names relative to the files' folder, last modified before the given time."""
    for path in (Path(settings.FILES_ROOT) / folder).glob("*"):
        if path.is_file() and path.stat().st_mtime < modified_before.timestamp():
            yield f"{folder}/{path.name}"


def _find_referenced(names: Sequence[str]) -> set[str]:
    return {
        *Attachment.objects.filter(original__in=names).values_list("original", flat=True),
        *Attachment.objects.filter(preview__in=names).values_list("preview", flat=True),
        *(name for list_used_names in file_owners().values() for name in list_used_names(names)),
    }
