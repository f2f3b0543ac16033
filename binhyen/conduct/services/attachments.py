"""Attachments of complaints: rows for encrypted files on disk."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from binhyen.channels.models import Attachment
from binhyen.channels.services.sealed_files import seal_file, sealed_files
from binhyen.channels.types import Upload
from binhyen.conduct.models import Complaint, File
from binhyen.kit import file_storage
from binhyen.kit.ids import uuid7


def keep_pictures(complaint: Complaint, uploads: Iterable[Upload], *, now: dt.datetime) -> None:
    """Encrypt uploads to the complaint's key, as original and as preview."""
    for upload in uploads:
        public_id, lock = uuid7(), complaint.lock_id or 0
        for column, data in (("original", upload.data), ("shown", upload.shown)):
            upload.names.append(seal_file(data, lock_id=lock, public_id=public_id, column=column))
        original, shown = upload.names[-2:]
        File.objects.create(
            public_id=public_id, complaint=complaint, kind="image", original=original, shown=shown, at=now
        )


@transaction.atomic
def take_over(*, now: dt.datetime) -> int:
    """Move fetched files, already encrypted, out of the register; return how many."""
    rows = sealed_files()
    for row in rows:
        complaint = Complaint.objects.get(lock_id=row.apart_id or 0)
        File.objects.create(
            public_id=row.public_id, complaint=complaint, kind=row.kind, original=row.original, shown=row.shown, at=now
        )
        row.delete()
    return len(rows)


def copy_shown(complaint: Complaint, rows: Iterable[Attachment], *, now: dt.datetime) -> None:
    """Copy previews of pictures that stay in the register, for the complaint's handlers."""
    for row in rows:
        if row.shown and row.state == Attachment.State.READY:
            if (data := file_storage.still(row.shown)) is None:
                continue
            public_id, at = uuid7(), _told(row, now)
            shown = seal_file(data, lock_id=complaint.lock_id or 0, public_id=public_id, column="shown")
            File.objects.create(public_id=public_id, complaint=complaint, kind=row.kind, shown=shown, at=at)


def seal_shown(complaint: Complaint, rows: Iterable[Attachment], *, now: dt.datetime) -> None:
    """Encrypt previews that officers could see until now.

    Originals from evidence stay with the custodians. Previews that only the tip desk could open stay under its key,
    like the texts, on no desk: no process of ours has that key.
    """
    for row in rows:
        if row.shown and row.shown_lock_id is None:
            old, lock = row.shown, complaint.lock_id or 0
            if (data := file_storage.still(old)) is not None:
                sealed = seal_file(data, lock_id=lock, public_id=row.public_id, column="shown")
                File.objects.create(
                    public_id=row.public_id, complaint=complaint, kind=row.kind, shown=sealed,
                    ours=row.message_id is None, at=_told(row, now),
                )  # fmt: skip
            transaction.on_commit(lambda name=old: file_storage.remove(name))  # type: ignore[misc]
            row.shown = ""
        row.apart_id = complaint.lock_id
        # not SEALED: `import_sealed_files` would delete the row
        if row.state in (Attachment.State.READY, Attachment.State.SEALED):
            row.state = Attachment.State.KEPT
        row.name = file_storage.nameless(
            row.name
        )  # a file name given by an officer is as sensitive as the encrypted text
        row.save(update_fields=["shown", "apart", "state", "name"])


def _told(row: Attachment, now: dt.datetime) -> dt.datetime:
    """Return the time of its message, which keeps the picture beside its text on the reporter's page."""
    return row.message.sent_at if row.message else now
