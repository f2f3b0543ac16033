"""Attachments of complaints: rows for encrypted files on disk."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from binhyen.channels.models import Attachment
from binhyen.channels.services.media import encrypt_to_file, lock_sealed_files
from binhyen.channels.types import UploadedPicture
from binhyen.conduct.models import Complaint, File
from binhyen.kit import file_storage
from binhyen.kit.ids import generate_uuid7


def store_pictures(complaint: Complaint, uploads: Iterable[UploadedPicture], *, now: dt.datetime) -> None:
    """Encrypt uploads to the complaint's key, as original and as preview."""
    for upload in uploads:
        public_id, lock_id = generate_uuid7(), complaint.lock_id or 0
        names = {"original": "", "shown": ""}
        for column, data in (("original", upload.data), ("shown", upload.shown)):
            if data:  # sound and film have nothing to show
                names[column] = encrypt_to_file(data, lock_id=lock_id, public_id=public_id, column=column)
                upload.file_names.append(names[column])
        File.objects.create(
            public_id=public_id,
            complaint=complaint,
            kind=upload.kind,
            original=names["original"],
            preview=names["shown"],
            at=now,
        )


@transaction.atomic
def import_sealed_files(*, now: dt.datetime) -> int:
    """Move fetched files, already encrypted, out of the register; return how many."""
    rows = lock_sealed_files()
    for row in rows:
        complaint = Complaint.objects.get(lock_id=row.restricted_key_id or 0)
        File.objects.create(
            public_id=row.public_id,
            complaint=complaint,
            kind=row.kind,
            original=row.original,
            preview=row.preview,
            at=now,
        )
        row.delete()
    return len(rows)


def copy_previews(complaint: Complaint, rows: Iterable[Attachment], *, now: dt.datetime) -> None:
    """Copy previews of pictures that stay in the register, for the complaint's handlers."""
    for row in rows:
        if row.preview and row.state == Attachment.State.READY:
            if (data := file_storage.read_file_if_exists(row.preview)) is None:
                continue
            public_id, sent_at = generate_uuid7(), _get_message_time(row, now)
            shown = encrypt_to_file(data, lock_id=complaint.lock_id or 0, public_id=public_id, column="shown")
            File.objects.create(public_id=public_id, complaint=complaint, kind=row.kind, preview=shown, at=sent_at)


def seal_previews(complaint: Complaint, rows: Iterable[Attachment], *, now: dt.datetime) -> None:
    """Encrypt previews that officers could see until now.

    Originals from evidence stay with the custodians. Previews that only the tip desk could open stay under its key,
    like the texts, on no desk: no process of ours has that key.
    """
    for row in rows:
        if row.preview and row.shown_lock_id is None:
            old_name, lock_id = row.preview, complaint.lock_id or 0
            if (data := file_storage.read_file_if_exists(old_name)) is not None:
                sealed = encrypt_to_file(data, lock_id=lock_id, public_id=row.public_id, column="shown")
                File.objects.create(
                    public_id=row.public_id,
                    complaint=complaint,
                    kind=row.kind,
                    preview=sealed,
                    is_internal=row.message_id is None,
                    at=_get_message_time(row, now),
                )
            transaction.on_commit(lambda name=old_name: file_storage.delete_file(name))  # type: ignore[misc]
            row.preview = ""
        row.restricted_key_id = complaint.lock_id
        # not SEALED: `import_sealed_files` would delete the row
        if row.state in (Attachment.State.READY, Attachment.State.SEALED):
            row.state = Attachment.State.KEPT
        row.name = file_storage.anonymous_file_name(
            row.name
        )  # a file name given by an officer is as sensitive as the encrypted text
        row.save(update_fields=["preview", "restricted_key", "state", "name"])


def _get_message_time(row: Attachment, now: dt.datetime) -> dt.datetime:
    """Return the time of its message, which keeps the picture beside its text on the reporter's page."""
    return row.message.sent_at if row.message else now
