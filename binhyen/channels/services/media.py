"""Files of messages: store, re-encode a copy for display, fetch files from an external channel."""

import asyncio
import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from binhyen.channels.adapter import Account
from binhyen.channels.models import Attachment, Channel
from binhyen.channels.registry import kinds
from binhyen.channels.services.outbox import account
from binhyen.channels.services.sealed_files import keep_apart
from binhyen.channels.types import Media, SendFailed, Upload
from binhyen.kit import clock, file_storage, file_types, logs
from binhyen.kit.file_types import PICTURE
from binhyen.kit.jobs import defer_once
from binhyen.kit.rls_scope import PROGRAM, entered
from binhyen.vault import envelopes
from binhyen.vault import services as vault
from binhyen.vault.envelopes import Pair

State = Attachment.State
CHUNK = 8
GIVES_UP = dt.timedelta(days=2)  # a file still unavailable so long after its message is given up
log = logs.get("media")
_PICTURES = {"image", "gif", "sticker"}


def take_in(attachment: Attachment, data: bytes) -> Attachment:
    """Fill in an attachment from its bytes (original, preview). Does not save. Raises file_storage.NoRoom."""
    if attachment.apart_id:
        return keep_apart(attachment, data)
    try:
        return _keep(attachment, data, file_storage.clean_picture(data))
    except file_storage.NoRoom:  # retried later, when there is space again
        raise
    except file_storage.NotAPicture as problem:
        attachment.reason = str(problem)[:120]
        attachment.state = State.REFUSED if attachment.kind in _PICTURES else State.KEPT
        return _keep(attachment, data, None)


def upload(data: bytes, *, name: str = "") -> Attachment:
    """Store an officer's file: a picture, or a file encrypted unchanged and never shown (decision 0021).

    Raises file_storage.NotAPicture, so that the officer gets the error at once. `name`: the officer's file name.
    """
    kind = file_types.kind_of(name, data)
    attachment = Attachment(kind=kind, name=file_storage.plain_name(name))
    if kind == PICTURE:
        _keep(attachment, data, file_storage.clean_picture(data))
    else:
        attachment.state = State.KEPT
        _keep(attachment, data, None)
    attachment.save()
    return attachment


def cleaned(data: bytes) -> Upload:
    """Return a picture of our own form, decoded and re-encoded, without storing it. Raises file_storage.NotAPicture."""
    picture = file_storage.clean_picture(data)
    return Upload(data, picture.data, picture.width, picture.height)


def keep_upload(upload: Upload, *, message_id: int) -> None:
    """Add an attachment to a stored message."""
    attachment = Attachment(kind="image", message_id=message_id)
    _keep(attachment, upload.data, file_storage.Picture(upload.shown, upload.width, upload.height))
    upload.names.extend([attachment.original, attachment.shown])
    attachment.save()


def _keep(attachment: Attachment, data: bytes, picture: file_storage.Picture | None) -> Attachment:
    attachment.size, attachment.sha256, attachment.url = len(data), file_storage.digest(data), ""
    if picture is not None:
        attachment.shown = "" if attachment.shown_lock_id else file_storage.store(picture.data, "shown")
        attachment.mime, attachment.width, attachment.height = "image/jpeg", picture.width, picture.height
        attachment.state, attachment.reason = State.READY, ""
        if attachment.shown_lock_id:
            _seal_shown(attachment, picture.data)
    _seal_original(attachment, data)
    return attachment


def _seal_shown(attachment: Attachment, data: bytes | None) -> None:
    """Encrypt the preview of a sealed tip for its handlers only; None: it is lost."""
    old, to = attachment.shown, vault.lock_key(attachment.shown_lock_id or 0)
    sealed = envelopes.seal(data, to=to, context=shown_context(attachment.public_id)) if data is not None else None
    attachment.shown, attachment.state = (
        (file_storage.store(sealed, "tips"), State.SEALED) if sealed else ("", State.KEPT)
    )
    file_storage.remove_later([old])


def seal_copies(message_id: int, *, lock_id: int) -> None:
    """Encrypt the previews of a message that is sealed now: pictures received, and those still to be fetched."""
    for row in Attachment.objects.select_for_update(of=("self",)).filter(message=message_id, apart=None):
        row.shown_lock_id = lock_id
        if row.shown and row.state == State.READY:
            _seal_shown(row, file_storage.still(row.shown))
        row.save(update_fields=["shown_lock", "shown", "state"])


def shown_context(public_id: object) -> str:
    return f"channels_attachment.shown:{public_id}"


def _seal_original(attachment: Attachment, data: bytes) -> None:
    """Encrypt the original as evidence for two custodians; no process that runs here can decrypt it."""
    with entered(PROGRAM):
        lock = vault.new_lock(["IDENTITY"], now=clock.now())
    sealed = envelopes.seal(data, to=vault.lock_key(lock.pk), context=_context(attachment))
    attachment.original, attachment.lock_id = file_storage.store(sealed, "original"), lock.pk


def sealed_original(attachment: Attachment) -> vault.SealedFile | None:
    """Return the file that two custodians may be asked to decrypt; None where none is stored."""
    if not attachment.original or attachment.lock_id is None:
        return None
    return vault.SealedFile(attachment.original, _context(attachment), attachment.lock_id)


def original(attachment: Attachment, *, pair: Pair) -> bytes:
    """Return the original file, decrypted with the key pair of its conversation key. Raises envelopes.EnvelopeError."""
    return envelopes.open_(file_storage.read(attachment.original), pair=pair, context=_context(attachment))


def _context(attachment: Attachment) -> str:
    return f"channels_attachment.original:{attachment.public_id}"


def defer_fetch(channel_id: int) -> None:
    defer_once(
        queue="delivery", task="channels.fetch_media", key=f"channels.fetch_media.{channel_id}",
        arguments={"channel_id": channel_id},
    )  # fmt: skip


def fetch_waiting(*, channel_id: int) -> int:
    """Fetch files that messages of a channel refer to; return their number.

    Temporary failures are left to `sweep_waiting`.
    """
    channel = Channel.objects.get(pk=channel_id)
    adapter = kinds()[channel.kind]
    waiting = Attachment.objects.filter(message__channel=channel, state=State.WAITING).exclude(url="")
    waiting = waiting.annotate(since=F("message__received_at"))  # only this field: the sender may read no text
    came = last = 0
    while rows := list(waiting.filter(pk__gt=last).order_by("id")[:CHUNK]):
        last = rows[-1].pk
        try:
            token = adapter.token(channel.pk, now=clock.now())
        except SendFailed:
            return came
        results = asyncio.run(_fetch(account(channel, token), channel.kind, rows))
        for row, result in zip(rows, results, strict=True):
            came += _take(row, result, since=row.since, now=clock.now())
        if all(isinstance(r, SendFailed) and not (r.permanent or r.unlisted_host) for r in results):
            return came  # the host is away: no use in asking it for all the others
    return came


def sweep() -> None:
    """Defer the fetch of waiting files; recovers from an unavailable host and a worker that died."""
    waiting = Attachment.objects.filter(state=State.WAITING, message__isnull=False).exclude(url="")
    for pk in waiting.values_list("message__channel_id", flat=True).distinct():
        defer_fetch(pk)


@transaction.atomic
def _take(row: Attachment, result: bytes | SendFailed, *, since: dt.datetime, now: dt.datetime) -> int:
    if isinstance(result, bytes):
        try:
            with transaction.atomic():
                take_in(row, result)
        except file_storage.NoRoom as full:
            file_storage.remove(row.shown)
            row.refresh_from_db(fields=["shown", "state", "mime", "width", "height", "size", "sha256", "url"])
            row.reason = str(full)
        else:
            row.unlisted_host = ""
    elif result.unlisted_host or (row.unlisted_host and not result.permanent and now - since > GIVES_UP):
        row.state, row.reason = State.UNLISTED, result.reason[:120]  # its address waits for an operator
        row.unlisted_host = result.unlisted_host or row.unlisted_host
    elif result.permanent or now - since > GIVES_UP:
        row.state, row.reason, row.url = State.REFUSED, result.reason[:120], ""
    else:
        row.reason = result.reason[:120]
    row.save()
    return int(row.state == State.READY)


async def _fetch(who: Account, kind: str, rows: Sequence[Attachment]) -> list[bytes | SendFailed]:
    adapter = kinds()[kind]
    results: list[bytes | SendFailed] = []
    async with adapter.client() as client:
        for row in rows:
            try:
                results.append(await adapter.fetch(client, who, Media(kind=row.kind, url=row.url, name=row.name)))
            except SendFailed as failed:
                log.info("media_not_fetched", code=failed.code)
                results.append(failed)
    return results
