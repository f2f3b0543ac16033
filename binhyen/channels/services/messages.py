"""Received messages: stored once, retained while a case needs them, deleted after that."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from binhyen.channels.models import Attachment, Conversation, Group, Message
from binhyen.channels.retry_policy import READABLE, keep_until
from binhyen.channels.services import fingerprints
from binhyen.channels.services.deletion import drop_messages
from binhyen.channels.services.media import keep_upload, seal_copies
from binhyen.channels.types import Media
from binhyen.kit.bulk_insert import insert, insert_values
from binhyen.kit.file_storage import nameless
from binhyen.kit.ids import uuid7
from binhyen.kit.jobs import defer_once
from binhyen.kit.prepared_queries import ready_cursor
from binhyen.kit.search_terms import marked
from binhyen.kit.text import fold
from binhyen.vault import services as vault

TIPS = "TIPS"  # the key group of vault that reads sealed text
# A person who unfollowed and wrote later follows again; an older event that came late changes nothing.
_INTERACTED = """
    UPDATE channels_conversation SET last_interaction_at = greatest(last_interaction_at, heard.moment),
        unfollowed_at = CASE WHEN unfollowed_at > heard.moment THEN unfollowed_at END
    FROM unnest(%s::bigint[], %s::timestamptz[]) AS heard (id, moment) WHERE channels_conversation.id = heard.id
"""
RETELL = "cases.retell"  # job of the layer above
_SORTS = ("category", "confidence", "top", "urgency", "sensitive")


@dataclass(frozen=True, slots=True)
class Heard:
    """A message classified and located, ready to be stored."""

    channel_id: int
    conversation_id: int | None
    group_id: int | None
    reporter_id: int
    unit_id: int | None
    outside_id: str
    text: str
    sent_at: dt.datetime
    category: str
    urgency: int
    sensitive: bool
    reading: dict[str, Any]
    location: tuple[float, float] | None = None
    media: tuple[Media, ...] = ()
    keys: tuple[str, ...] = ()  # canonical phones, plates, accounts: found in any spelling
    held: bool = False  # a case is created with it in the same transaction
    apart: bool = False  # a complaint about police: no text in the row; its store encrypts it
    seal_to: str = ""  # encrypt the text for this key group alone: a tip in a group
    confided: bool = False  # compare group messages with it (dlp/source_fingerprints.py)


def hear_messages(heard: Sequence[Heard], *, now: dt.datetime) -> list[Message]:
    """Store messages with their attachments. Inside the caller's transaction."""
    rows = [_message(h, now) for h in heard]
    for row, h in zip(rows, heard, strict=True):
        if h.seal_to:
            seal(row, h.seal_to, now=now)
        if h.apart:
            bare(row)
    messages = insert(rows)
    fingerprints.keep(
        [
            fingerprints.Confided(row.public_id, h.text, h.unit_id)
            for row, h in zip(rows, heard, strict=True)
            if h.confided and not h.apart and h.text and h.unit_id
        ],
        now=now,
    )
    files = [(m, media) for m, h in zip(messages, heard, strict=True) for media in h.media]
    Attachment.objects.bulk_create(
        Attachment(message=m, kind=f.kind, url=f.url, name=nameless(f.name), shown_lock_id=m.lock_id)
        for m, f in files
        if f.upload is None
    )
    for message, h in zip(messages, heard, strict=True):
        for upload in () if h.apart else [f.upload for f in h.media if f.upload]:
            keep_upload(upload, message_id=message.pk)
    return messages


def _message(h: Heard, now: dt.datetime) -> Message:
    latitude, longitude = h.location or (None, None)
    return Message(
        channel_id=h.channel_id, conversation_id=h.conversation_id, group_id=h.group_id, reporter_id=h.reporter_id,
        unit_id=h.unit_id, outside_id=h.outside_id, text=h.text,
        folded=" ".join([fold(h.text), *h.keys]), marked=marked(h.text), sent_at=h.sent_at,
        received_at=now, category=h.category, urgency=h.urgency, sensitive=h.sensitive, reading=h.reading,
        latitude=latitude, longitude=longitude, in_case=h.held,
        keep_until=None if h.held else keep_until(settings.SMALL_TALK_DAYS, now=now),
    )  # fmt: skip


def sealed_context(public_id: str) -> str:
    return f"channels_message.sealed:{public_id}"


def seal(message: Message, group: str, *, now: dt.datetime) -> None:
    """Encrypt the text and its analysis; the row keeps only routing fields. Does not save."""
    message.lock_id, message.sealed = vault.seal_words(
        message.text, group=group, context=sealed_context(str(message.public_id)), now=now
    )
    message.text = message.folded = message.marked = ""
    message.reading = {name: message.reading[name] for name in _SORTS if name in message.reading}


def bare(message: Message) -> None:
    """Remove all content of a complaint: only the arrival of a message remains, without fingerprint. Does not save."""
    message.text = message.folded = message.marked = message.category = ""
    message.reading, message.urgency, message.sensitive, message.unit_id = {}, 0, True, None
    message.latitude = message.longitude = None
    message.sealed = message.sealed or b""  # not null, since pictures of a sealed message are never shown


BARE = (
    "text", "folded", "marked", "category", "reading", "urgency", "sensitive", "unit", "latitude", "longitude",
    "sealed",
)  # fmt: skip


@transaction.atomic
def seal_late(*, now: dt.datetime, most: int = 500) -> int:
    """Encrypt urgent tips in groups some hours after the duty officers had to read them; return their number."""
    rows = Message.objects.select_for_update(of=("self",)).filter(
        group__isnull=False, sensitive=True, sealed=None, received_at__lte=now - READABLE
    )
    found = list(rows.exclude(text="").order_by("pk")[:most])
    _seal_all(found, now=now)
    if found:  # their cases need new search words
        ids = [message.pk for message in found]
        defer_once(queue="bulk", task=RETELL, key=f"{RETELL}:{ids[0]}", arguments={"message_ids": ids})
    return len(found)


def _seal_all(rows: Sequence[Message], *, now: dt.datetime) -> None:
    for message in rows:
        seal(message, TIPS, now=now)
        seal_copies(message.pk, lock_id=message.lock_id or 0)
    Message.objects.bulk_update(rows, ["text", "folded", "marked", "reading", "sealed", "lock"])


def hush(message_ids: Sequence[int], *, at_once: bool, now: dt.datetime) -> None:
    """Encrypt messages once a later message shows that they belong to a tip; urgent ones later, like other tips."""
    rows = list(Message.objects.select_for_update(of=("self",)).filter(pk__in=message_ids, sealed=None))
    fingerprints.keep(
        [fingerprints.Confided(m.public_id, m.text, m.unit_id) for m in rows if m.text and m.unit_id], now=now
    )
    Message.objects.filter(pk__in=[m.pk for m in rows]).update(sensitive=True)
    if at_once:
        _seal_all(rows, now=now)


def hold(message_id: int, *, unit_id: int) -> None:
    """Retain the message for a case: it does not expire and belongs to the case's unit."""
    Message.objects.filter(pk=message_id).update(in_case=True, keep_until=None, unit_id=unit_id)


def hold_all(message_ids: Sequence[int], *, unit_id: int) -> None:
    """Retain several messages for a case."""
    Message.objects.filter(pk__in=message_ids).update(in_case=True, keep_until=None, unit_id=unit_id)


def hold_apart(message_id: int) -> None:
    """Retain the cleared message of a complaint with its case."""
    Message.objects.filter(pk=message_id).update(in_case=True, keep_until=None)


def release(message_ids: Sequence[int], *, now: dt.datetime) -> None:
    """Give these messages an expiry; no case holds them any more."""
    Message.objects.filter(pk__in=message_ids).update(
        in_case=False, keep_until=keep_until(settings.SMALL_TALK_DAYS, now=now)
    )


@transaction.atomic
def purge(*, now: dt.datetime, most: int = 5000) -> int:
    """Delete expired messages; return their number."""
    old = Message.objects.filter(keep_until__lte=now).order_by("keep_until")
    ids = list(old.values_list("pk", flat=True)[:most])
    drop_messages(ids)
    return len(ids)


def conversations_of(channel_id: int, reporter_ids: Sequence[int]) -> dict[int, Conversation]:
    """Return the private conversation of each reporter on a channel, created where missing."""
    wanted = set(reporter_ids)
    found = {c.reporter_id: c for c in Conversation.objects.filter(channel_id=channel_id, reporter_id__in=wanted)}
    missing = wanted - found.keys()
    if missing:
        rows = [{"channel_id": channel_id, "reporter_id": r} for r in sorted(missing)]
        insert_values(Conversation, rows, ignore_conflicts=True)
        fresh = Conversation.objects.filter(channel_id=channel_id, reporter_id__in=missing)
        found |= {c.reporter_id: c for c in fresh}
    return found


_WEB_TALKS = """
    INSERT INTO channels_conversation (public_id, channel_id, reporter_id, page_key, last_interaction_at)
    SELECT fresh.public_id, web.id, fresh.reporter_id, fresh.page_key, %s
      FROM (SELECT id FROM channels_channel WHERE kind = 'web' ORDER BY id LIMIT 1) AS web,
           unnest(%s::uuid[], %s::bigint[], %s::bytea[]) WITH ORDINALITY AS fresh (public_id, reporter_id, page_key, n)
     ORDER BY fresh.n
    RETURNING id, channel_id
"""


def web_talks(reporter_ids: Sequence[int], page_keys: Sequence[bytes], *, now: dt.datetime) -> list[tuple[int, int]]:
    """Create conversations on our own page for new reporters, each with the public key of its status page.

    Returns (id, channel id) of each; none where there is no web channel yet.
    """
    with ready_cursor() as cursor:
        cursor.execute(_WEB_TALKS, [now, [uuid7() for _ in reporter_ids], list(reporter_ids), list(page_keys)])
        found: list[tuple[int, int]] = cursor.fetchall()
    return found


def interacted(conversations: Mapping[int, dt.datetime]) -> None:
    """Restart the reply windows of these conversations (id → moment); never backwards."""
    with ready_cursor() as cursor:
        cursor.execute(_INTERACTED, [list(conversations), list(conversations.values())])


def spoke_in(groups: Mapping[int, dt.datetime]) -> None:
    """Store the time of the last message in these groups (id → moment)."""
    for pk, moment in groups.items():
        Group.objects.filter(pk=pk).update(last_message_at=moment)
