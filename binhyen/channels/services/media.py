"""Files of messages: take them in, make the copy that may be shown, fetch what an outside channel holds."""

import asyncio
from collections.abc import Sequence

from django.db import transaction

from binhyen.channels.base import Account
from binhyen.channels.messages import Media, SendFailed
from binhyen.channels.models import Attachment, Channel
from binhyen.channels.registry import kinds
from binhyen.channels.services.outbox import account
from binhyen.kit import clock, files, logs
from binhyen.kit.jobs import defer_once

State = Attachment.State
CHUNK = 8
log = logs.get("media")
_PICTURES = {"image", "gif", "sticker"}


def take_in(attachment: Attachment, data: bytes) -> Attachment:
    """Fill in an attachment from its bytes: original kept, shown copy made where it is a picture. Does not save."""
    attachment.size, attachment.sha256, attachment.url = len(data), files.digest(data), ""
    try:
        picture = files.clean_picture(data)
    except files.NotAPicture as problem:
        attachment.reason = str(problem)[:120]
        attachment.state = State.REFUSED if attachment.kind in _PICTURES else State.KEPT
    else:
        attachment.shown = files.store(picture.data, "shown")
        attachment.mime, attachment.width, attachment.height = "image/jpeg", picture.width, picture.height
        attachment.state = State.READY
    attachment.original = files.store(data, "original")
    return attachment


def upload(data: bytes, *, name: str, kind: str = "image") -> Attachment:
    """A file from our own form, not of a message yet. Raises files.NotAPicture, so that the sender hears at once."""
    if len(data) > files.LIMIT:
        raise files.NotAPicture("Ảnh quá lớn (tối đa 20 MB).")
    if kind == "image":
        files.clean_picture(data)
    attachment = take_in(Attachment(kind=kind, name=name[:120]), data)
    attachment.save()
    return attachment


def defer_fetch(channel_id: int) -> None:
    defer_once(
        queue="delivery", task="channels.fetch_media", key=f"channels.fetch_media.{channel_id}",
        arguments={"channel_id": channel_id},
    )  # fmt: skip


def fetch_waiting(*, channel_id: int) -> int:
    """Fetch the files that messages of a channel point at; how many came."""
    channel = Channel.objects.get(pk=channel_id)
    adapter = kinds()[channel.kind]
    came = 0
    while rows := list(
        Attachment.objects.filter(message__channel=channel, state=State.WAITING).exclude(url="").order_by("id")[:CHUNK]
    ):
        try:
            token = adapter.token(channel.pk, now=clock.now())
        except SendFailed:
            return came
        datas = asyncio.run(_fetch(account(channel, token), channel.kind, rows))
        for row, data in zip(rows, datas, strict=True):
            came += _take(row, data)
    return came


@transaction.atomic
def _take(row: Attachment, data: bytes | str) -> int:
    if isinstance(data, str):
        row.state, row.reason, row.url = State.REFUSED, data[:120], ""
    else:
        take_in(row, data)
    row.save()
    return int(row.state == State.READY)


async def _fetch(who: Account, kind: str, rows: Sequence[Attachment]) -> list[bytes | str]:
    adapter = kinds()[kind]
    results: list[bytes | str] = []
    async with adapter.client() as client:
        for row in rows:
            try:
                results.append(await adapter.fetch(client, who, Media(kind=row.kind, url=row.url, name=row.name)))
            except SendFailed as failed:
                log.info("media_not_fetched", code=failed.code)
                results.append(failed.reason)
    return results
