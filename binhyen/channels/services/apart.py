"""Files of complaints about police: sealed to the complaint's lock as they come, and out of the register after that."""

from collections.abc import Iterable

from binhyen.channels.models import Attachment
from binhyen.kit import files
from binhyen.kit.jobs import defer_once
from binhyen.vault import boxes
from binhyen.vault import services as vault

_FOLDER = "conduct"
TAKE_OVER = "conduct.files"  # of the layer above


def context_of(public_id: object, column: str) -> str:
    """What an envelope on disk is bound to; `column`: original or shown."""
    return f"conduct_file.{column}:{public_id}"


def seal_file(data: bytes, *, lock_id: int, public_id: object, column: str) -> str:
    """Write it sealed; the name relative to FILES_ROOT."""
    context = context_of(public_id, column)
    return files.store(boxes.seal(data, to=vault.lock_key(lock_id), context=context), _FOLDER)


def keep_apart(attachment: Attachment, data: bytes) -> Attachment:
    """What was fetched for a complaint, and its clean copy where it is a picture. Does not save."""
    lock, public_id = attachment.apart_id or 0, attachment.public_id
    attachment.original = seal_file(data, lock_id=lock, public_id=public_id, column="original")
    try:
        clean = files.clean_picture(data).data
        attachment.shown = seal_file(clean, lock_id=lock, public_id=public_id, column="shown")
    except files.NotAPicture:
        attachment.shown = ""  # opened as it came, or not at all
    attachment.state, attachment.url, attachment.name, attachment.reason = Attachment.State.SEALED, "", "", ""
    defer_once(queue="urgent", task=TAKE_OVER, key=TAKE_OVER)
    return attachment


def set_apart(message_ids: Iterable[int], *, lock_id: int) -> None:
    """Files of these messages that are still to be fetched are a complaint's."""
    Attachment.objects.filter(message__in=list(message_ids)).update(apart_id=lock_id)


def sealed_files() -> list[Attachment]:
    """What was fetched and waits to be taken over, locked."""
    rows = Attachment.objects.select_for_update(skip_locked=True, of=("self",))
    return list(rows.filter(state=Attachment.State.SEALED, apart__isnull=False).order_by("pk")[:200])
