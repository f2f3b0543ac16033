"""Files of complaints about police, encrypted on arrival with the complaint's key and moved out of the register."""

from collections.abc import Iterable

from binhyen.channels.models import Attachment
from binhyen.kit import file_storage
from binhyen.kit.jobs import defer_once
from binhyen.vault import envelopes
from binhyen.vault import services as vault

_FOLDER = "conduct"
TAKE_OVER = "conduct.files"  # job of the layer above


def context_of(public_id: object, column: str) -> str:
    """Return the encryption context of a file on disk; `column`: original or shown."""
    return f"conduct_file.{column}:{public_id}"


def seal_file(data: bytes, *, lock_id: int, public_id: object, column: str) -> str:
    """Store the file encrypted; returns its name relative to FILES_ROOT."""
    context = context_of(public_id, column)
    return file_storage.store(envelopes.seal(data, to=vault.lock_key(lock_id), context=context), _FOLDER)


def keep_apart(attachment: Attachment, data: bytes) -> Attachment:
    """Encrypt a file fetched for a complaint, and its re-encoded copy where it is a picture. Does not save."""
    lock, public_id = attachment.apart_id or 0, attachment.public_id
    attachment.original = seal_file(data, lock_id=lock, public_id=public_id, column="original")
    try:
        clean = file_storage.clean_picture(data).data
        attachment.shown = seal_file(clean, lock_id=lock, public_id=public_id, column="shown")
    except file_storage.NotAPicture:
        attachment.shown = ""  # opened in its original form, or not at all
    attachment.state, attachment.url, attachment.name, attachment.reason = Attachment.State.SEALED, "", "", ""
    defer_once(queue="urgent", task=TAKE_OVER, key=TAKE_OVER)
    return attachment


def set_apart(message_ids: Iterable[int], *, lock_id: int) -> None:
    """Assign files of these messages that are not fetched yet to a complaint."""
    Attachment.objects.filter(message__in=list(message_ids)).update(apart_id=lock_id)


def sealed_files() -> list[Attachment]:
    """Return fetched files waiting to be taken over by the complaint store, locked."""
    rows = Attachment.objects.select_for_update(skip_locked=True, of=("self",))
    return list(rows.filter(state=Attachment.State.SEALED, apart__isnull=False).order_by("pk")[:200])
