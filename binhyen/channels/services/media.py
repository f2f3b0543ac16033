"""Files of messages: store, re-encode a copy for display, fetch files from an external channel."""

import asyncio
import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import F, Q

from binhyen.channels.adapter import ChannelAccount
from binhyen.channels.models import Attachment, Channel
from binhyen.channels.registry import get_channel_kinds
from binhyen.channels.services.outbox import load_account
from binhyen.channels.types import Media, SendFailed, UploadedPicture
from binhyen.kit import clock, file_storage, logs
from binhyen.kit.file_storage import PICTURE
from binhyen.kit.jobs import defer_once
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.vault import envelopes
from binhyen.vault import services as vault
from binhyen.vault.envelopes import KeyPair

# Files of complaints about police, encrypted on arrival with the complaint's key and moved out of the register.

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
    key_id, public_id = attachment.restricted_key_id or 0, attachment.public_id
    attachment.original = encrypt_to_file(data, lock_id=key_id, public_id=public_id, column="original")
    try:
        preview = file_storage.clean_picture(data).data
        attachment.preview = encrypt_to_file(preview, lock_id=key_id, public_id=public_id, column="shown")
    except file_storage.NotAPicture:
        attachment.preview = ""  # opened in its original form, or not at all
    attachment.state, attachment.url, attachment.name, attachment.reason = Attachment.State.SEALED, "", "", ""
    defer_once(queue="urgent", task=TRANSFER_JOB, key=TRANSFER_JOB)
    return attachment


def mark_files_restricted(message_ids: Iterable[int], *, lock_id: int) -> None:
    """Assign files of these messages that are not fetched yet to a complaint."""
    Attachment.objects.filter(message__in=list(message_ids)).update(restricted_key_id=lock_id)


def lock_sealed_files() -> list[Attachment]:
    """Return fetched files waiting to be taken over by the complaint store, locked."""
    rows = Attachment.objects.select_for_update(skip_locked=True, of=("self",))
    return list(rows.filter(state=Attachment.State.SEALED, restricted_key__isnull=False).order_by("pk")[:200])


State = Attachment.State
FETCH_BATCH_SIZE = 8
MAX_FETCH_AGE = dt.timedelta(days=2)  # a file still unavailable so long after its message is given up
log = logs.get_logger("media")
_PICTURE_KINDS = {"image", "gif", "sticker"}


def store_attachment_bytes(attachment: Attachment, data: bytes) -> Attachment:
    """Fill in an attachment from its bytes (original, preview). Does not save. Raises file_storage.NoRoom."""
    if attachment.restricted_key_id:
        return seal_fetched_file(attachment, data)
    try:
        return _fill_attachment(attachment, data, file_storage.clean_picture(data))
    except file_storage.DiskFull:  # retried later, when there is space again
        raise
    except file_storage.NotAPicture as error:
        attachment.reason = str(error)[:120]
        attachment.state = State.REFUSED if attachment.kind in _PICTURE_KINDS else State.KEPT
        return _fill_attachment(attachment, data, None)


def store_upload(data: bytes, *, name: str = "") -> Attachment:
    """Store an officer's file: a picture, or a file encrypted unchanged and never shown (decision 0021).

    Raises file_storage.NotAPicture, so that the officer gets the error at once. `name`: the officer's file name.
    """
    kind = file_storage.detect_file_type(name, data)
    attachment = Attachment(kind=kind, name=file_storage.safe_file_name(name))
    if kind == PICTURE:
        _fill_attachment(attachment, data, file_storage.clean_picture(data))
    else:
        attachment.state = State.KEPT
        _fill_attachment(attachment, data, None)
    attachment.save()
    return attachment


def reencode_upload(data: bytes, *, name: str = "") -> UploadedPicture:
    """Return a file of our own form without storing it: a picture decoded and re-encoded, sound or film unchanged.

    Raises file_storage.NotAPicture, for a PDF too.
    """
    kind = file_storage.detect_file_type(name, data)
    if kind in (file_storage.AUDIO, file_storage.VIDEO):
        return UploadedPicture(data, b"", 0, 0, kind=kind, name=file_storage.anonymous_file_name(name))
    picture = file_storage.clean_picture(data)
    return UploadedPicture(data, picture.data, picture.width, picture.height)


def attach_upload(upload: UploadedPicture, *, message_id: int) -> None:
    """Add an attachment to a stored message."""
    attachment = Attachment(kind=upload.kind, name=upload.name, message_id=message_id)
    if upload.shown:
        picture = file_storage.Picture(upload.shown, upload.width, upload.height)
    else:
        picture, attachment.state = None, State.KEPT
    _fill_attachment(attachment, upload.data, picture)
    upload.file_names.extend(filter(None, [attachment.original, attachment.preview]))
    attachment.save()


def _fill_attachment(attachment: Attachment, data: bytes, picture: file_storage.Picture | None) -> Attachment:
    attachment.size, attachment.sha256, attachment.url = len(data), file_storage.sha256_hex(data), ""
    if picture is not None:
        attachment.preview = "" if attachment.shown_lock_id else file_storage.store_file(picture.data, "shown")
        attachment.mime, attachment.width, attachment.height = "image/jpeg", picture.width, picture.height
        attachment.state, attachment.reason = State.READY, ""
        if attachment.shown_lock_id:
            _seal_preview(attachment, picture.data)
    _seal_original(attachment, data)
    return attachment


def _seal_preview(attachment: Attachment, data: bytes | None) -> None:
    """Encrypt the preview of a sealed tip for its handlers only; None: it is lost."""
    old_name, public_key = attachment.preview, vault.get_public_key(attachment.shown_lock_id or 0)
    ciphertext = (
        envelopes.seal_envelope(data, to=public_key, context=format_preview_context(attachment.public_id))
        if data is not None
        else None
    )
    attachment.preview, attachment.state = (
        (file_storage.store_file(ciphertext, "tips"), State.SEALED) if ciphertext else ("", State.KEPT)
    )
    file_storage.delete_files_on_commit([old_name])


def seal_message_previews(message_id: int, *, lock_id: int) -> None:
    """Encrypt the previews of a message that is sealed now: pictures received, and those still to be fetched."""
    for row in Attachment.objects.select_for_update(of=("self",)).filter(message=message_id, restricted_key=None):
        row.shown_lock_id = lock_id
        if row.preview and row.state == State.READY:
            _seal_preview(row, file_storage.read_file_if_exists(row.preview))
        row.save(update_fields=["shown_lock", "preview", "state"])


def format_preview_context(public_id: object) -> str:
    return f"channels_attachment.preview:{public_id}"


def _seal_original(attachment: Attachment, data: bytes) -> None:
    """Encrypt the original as evidence for two custodians; no process that runs here can decrypt it."""
    with rls_scope(PROGRAM_SCOPE):
        conversation_key = vault.create_conversation_key(["IDENTITY"], now=clock.now())
    ciphertext = envelopes.seal_envelope(
        data, to=vault.get_public_key(conversation_key.pk), context=_format_original_context(attachment)
    )
    attachment.original, attachment.lock_id = file_storage.store_file(ciphertext, "original"), conversation_key.pk


def get_sealed_original(attachment: Attachment) -> vault.SealedFile | None:
    """Return the file that two custodians may be asked to decrypt; None where none is stored."""
    if not attachment.original or attachment.lock_id is None:
        return None
    return vault.SealedFile(attachment.original, _format_original_context(attachment), attachment.lock_id)


def decrypt_original(attachment: Attachment, *, key_pair: KeyPair) -> bytes:
    """Return the original file, decrypted with the key pair of its conversation key. Raises envelopes.EnvelopeError."""
    return envelopes.open_envelope(
        file_storage.read_file(attachment.original), pair=key_pair, context=_format_original_context(attachment)
    )


def _format_original_context(attachment: Attachment) -> str:
    return f"channels_attachment.original:{attachment.public_id}"


def defer_fetch(channel_id: int) -> None:
    defer_once(
        queue="delivery",
        task="channels.fetch_media",
        key=f"channels.fetch_media.{channel_id}",
        arguments={"channel_id": channel_id},
    )


def fetch_waiting_files(*, channel_id: int) -> int:
    """Fetch files that messages of a channel refer to; return their number.

    Temporary failures are left to `sweep_waiting`.
    """
    channel = Channel.objects.get(pk=channel_id)
    adapter = get_channel_kinds()[channel.kind]
    waiting = Attachment.objects.filter(message__channel=channel, state=State.WAITING).exclude(url="")
    waiting = waiting.annotate(since=F("message__received_at"))  # only this field: the sender may read no text
    fetched = last_id = 0
    while rows := list(waiting.filter(pk__gt=last_id).order_by("id")[:FETCH_BATCH_SIZE]):
        last_id = rows[-1].pk
        try:
            token = adapter.get_token(channel.pk, now=clock.now())
        except SendFailed:
            return fetched
        results = asyncio.run(_fetch_batch(load_account(channel, token), channel.kind, rows))
        for row, result in zip(rows, results, strict=True):
            fetched += _store_result(row, result, since=row.since, now=clock.now())
        if all(
            isinstance(outcome, SendFailed) and not (outcome.is_permanent or outcome.unlisted_host)
            for outcome in results
        ):
            return fetched  # the host is away: no use in asking it for all the others
    return fetched


def sweep_waiting() -> None:
    """Defer the fetch of waiting files; recovers from an unavailable host and a worker that died."""
    waiting = Attachment.objects.filter(state=State.WAITING, message__isnull=False).exclude(url="")
    for pk in waiting.values_list("message__channel_id", flat=True).distinct():
        defer_fetch(pk)


@transaction.atomic
def _store_result(row: Attachment, result: bytes | SendFailed, *, since: dt.datetime, now: dt.datetime) -> int:
    if isinstance(result, bytes):
        try:
            with transaction.atomic():
                store_attachment_bytes(row, result)
        except file_storage.DiskFull as error:
            file_storage.delete_file(row.preview)
            row.refresh_from_db(fields=["preview", "state", "mime", "width", "height", "size", "sha256", "url"])
            row.reason = str(error)
        else:
            row.unlisted_host = ""
    elif result.unlisted_host or (row.unlisted_host and not result.is_permanent and now - since > MAX_FETCH_AGE):
        row.state, row.reason = State.UNLISTED, result.reason[:120]  # its address waits for an operator
        row.unlisted_host = result.unlisted_host or row.unlisted_host
    elif result.is_permanent or now - since > MAX_FETCH_AGE:
        row.state, row.reason, row.url = State.REFUSED, result.reason[:120], ""
    else:
        row.reason = result.reason[:120]
    row.save()
    return int(row.state == State.READY)


async def _fetch_batch(account_data: ChannelAccount, kind: str, rows: Sequence[Attachment]) -> list[bytes | SendFailed]:
    adapter = get_channel_kinds()[kind]
    results: list[bytes | SendFailed] = []
    async with adapter.open_client() as client:
        for row in rows:
            try:
                results.append(
                    await adapter.fetch_media(client, account_data, Media(kind=row.kind, url=row.url, name=row.name))
                )
            except SendFailed as error:
                log.info("media_not_fetched", code=error.code)
                results.append(error)
    return results


# Files on hosts that are not allowed: their address waits until an operator allows the host.


@transaction.atomic
def retry_unlisted(*, host: str = "") -> int:
    """Fetch again what waits, of `host` and its subdomains or of all hosts; how many."""
    rows = Attachment.objects.filter(state=State.UNLISTED)
    if host:
        rows = rows.filter(Q(unlisted_host=host) | Q(unlisted_host__endswith=f".{host}"))
    count = rows.update(state=State.WAITING)
    if count:
        sweep_waiting()
    return count
