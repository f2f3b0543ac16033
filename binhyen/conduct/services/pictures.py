"""Pictures and files of complaints: rows for what lies sealed on disk."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from binhyen.channels.messages import Upload
from binhyen.channels.models import Attachment
from binhyen.channels.services.apart import seal_file, sealed_files
from binhyen.conduct.models import Complaint, File
from binhyen.kit import files
from binhyen.kit.ids import uuid7


def keep_pictures(complaint: Complaint, uploads: Iterable[Upload], *, now: dt.datetime) -> None:
    """Seal them to the complaint's lock, as they came and clean."""
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
    """What was fetched from a channel, sealed already, leaves the register; how many."""
    rows = sealed_files()
    for row in rows:
        complaint = Complaint.objects.get(lock_id=row.apart_id or 0)
        File.objects.create(
            public_id=row.public_id, complaint=complaint, kind=row.kind, original=row.original, shown=row.shown, at=now
        )
        row.delete()
    return len(rows)


def copy_shown(complaint: Complaint, rows: Iterable[Attachment], *, now: dt.datetime) -> None:
    """Of pictures that stay where officers look at them: what the complaint's handlers see."""
    for row in rows:
        if row.shown and row.state == Attachment.State.READY:
            if (data := files.still(row.shown)) is None:
                continue
            public_id, at = uuid7(), _told(row, now)
            shown = seal_file(data, lock_id=complaint.lock_id or 0, public_id=public_id, column="shown")
            File.objects.create(public_id=public_id, complaint=complaint, kind=row.kind, shown=shown, at=at)


def seal_shown(complaint: Complaint, rows: Iterable[Attachment], *, now: dt.datetime) -> None:
    """Clean copies that officers could look at until now. What came as evidence stays with the custodians; what only
    the desk of tips could open stays under its lock, as the words do, on no desk: no process of ours has that key.
    """
    for row in rows:
        if row.shown and row.shown_lock_id is None:
            old, lock = row.shown, complaint.lock_id or 0
            if (data := files.still(old)) is not None:
                sealed = seal_file(data, lock_id=lock, public_id=row.public_id, column="shown")
                File.objects.create(
                    public_id=row.public_id, complaint=complaint, kind=row.kind, shown=sealed,
                    ours=row.message_id is None, at=_told(row, now),
                )  # fmt: skip
            transaction.on_commit(lambda name=old: files.remove(name))  # type: ignore[misc]
            row.shown = ""
        row.apart_id = complaint.lock_id
        if row.state in (Attachment.State.READY, Attachment.State.SEALED):  # not SEALED: `take_over` would drop the row
            row.state = Attachment.State.KEPT
        row.name = files.nameless(row.name)  # what an officer called it lies as clear as the words that are sealed now
        row.save(update_fields=["shown", "apart", "state", "name"])


def _told(row: Attachment, now: dt.datetime) -> dt.datetime:
    """When its message came: on the page of who told it stays beside its words."""
    return row.message.sent_at if row.message else now
