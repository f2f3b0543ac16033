"""Files of complaints about police, encrypted on arrival with the complaint's key and moved out of the register."""

from collections.abc import Iterable

from binhyen.channels.models import Attachment
from binhyen.kit import file_storage
from binhyen.kit.jobs import defer_once
from binhyen.vault import envelopes
from binhyen.vault import services as vault

_FOLDER = "conduct"
TRANSFER_JOB = "conduct.files"  # job of the layer above


def format_complaint_file_context(public_id: object, column: str) -> str:
    """Return the encryption context of a file on disk; `column`: original or shown."""
    return f"conduct_file.{column}:{public_id}"


def encrypt_to_file(data: bytes, *, lock_id: int, public_id: object, column: str) -> str:
    """Store the file encrypted; returns its name relative to FILES_ROOT."""
    context = format_complaint_file_context(public_id, column)
    return file_storage.store_file(
        envelopes.seal_envelope(data, to=vault.get_public_key(lock_id), context=context), _FOLDER
    )


def seal_fetched_file(attachment: Attachment, data: bytes) -> Attachment:
    """Encrypt a file fetched for a complaint, and its re-encoded copy where it is a picture. Does not save."""
    key_id, public_id = attachment.apart_id or 0, attachment.public_id
    attachment.original = encrypt_to_file(data, lock_id=key_id, public_id=public_id, column="original")
    try:
        preview = file_storage.clean_picture(data).data
        attachment.shown = encrypt_to_file(preview, lock_id=key_id, public_id=public_id, column="shown")
    except file_storage.NotAPicture:
        attachment.shown = ""  # opened in its original form, or not at all
    attachment.state, attachment.url, attachment.name, attachment.reason = Attachment.State.SEALED, "", "", ""
    defer_once(queue="urgent", task=TRANSFER_JOB, key=TRANSFER_JOB)
    return attachment


def mark_files_restricted(message_ids: Iterable[int], *, lock_id: int) -> None:
    """Assign files of these messages that are not fetched yet to a complaint."""
    Attachment.objects.filter(message__in=list(message_ids)).update(apart_id=lock_id)


def lock_sealed_files() -> list[Attachment]:
    """Return fetched files waiting to be taken over by the complaint store, locked."""
    rows = Attachment.objects.select_for_update(skip_locked=True, of=("self",))
    return list(rows.filter(state=Attachment.State.SEALED, apart__isnull=False).order_by("pk")[:200])
