"""Received messages: stored once, retained while a case needs them, deleted after that."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from binhyen.audit.services import AuditAction, record_actions
from binhyen.channels.models import Attachment, Conversation, Group, Message
from binhyen.channels.retry_policy import READABLE_TIME, get_message_expiry
from binhyen.channels.services import async_dlp
from binhyen.channels.services.deletion import delete_messages
from binhyen.channels.services.media import attach_upload, seal_message_previews
from binhyen.channels.types import Media
from binhyen.kit.bulk_insert import insert_objects, insert_values
from binhyen.kit.file_storage import anonymous_file_name
from binhyen.kit.ids import generate_uuid7
from binhyen.kit.jobs import defer_once
from binhyen.kit.prepared_queries import prepared_cursor
from binhyen.kit.search_terms import accented_words
from binhyen.kit.text import fold_text
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.services import get_audit_actor
from binhyen.vault import services as vault

TIP_KEY_GROUP = "TIPS"  # the key group of vault that reads sealed text
# A person who unfollowed and wrote later follows again; an older event that came late changes nothing.
_INTERACTED_SQL = """
    UPDATE channels_conversation SET last_interaction_at = greatest(last_interaction_at, heard.moment),
        unfollowed_at = CASE WHEN unfollowed_at > heard.moment THEN unfollowed_at END
    FROM unnest(%s::bigint[], %s::timestamptz[]) AS heard (id, moment) WHERE channels_conversation.id = heard.id
"""
REBUILD_SEARCH_JOB = "cases.rebuild_search"  # job of the layer above
_ROUTING_FIELDS = ("category", "confidence", "top", "urgency", "sensitive")


@transaction.atomic
def set_dismissed(message_ids: Collection[str], *, officer: Officer, dismissed: bool, now: dt.datetime) -> int:
    """Take visible unassigned messages out of the list, or put them back; return how many. They expire as before."""
    rows = Message.objects.filter(access.visible_filter(officer), in_case=False, public_id__in=message_ids)
    changed = list(rows.filter(dismissed_at__isnull=dismissed).select_for_update().order_by("pk"))
    Message.objects.filter(pk__in=[row.pk for row in changed]).update(dismissed_at=now if dismissed else None)
    verb, actor = "message.dismissed" if dismissed else "message.restored", get_audit_actor(officer)
    record_actions([AuditAction(actor, verb, f"message:{row.public_id}", row.unit_id) for row in changed], now=now)
    return len(changed)


@dataclass(frozen=True, slots=True)
class MessageToStore:
    """A message classified and located, ready to be stored."""

    channel_id: int
    conversation_id: int | None
    group_id: int | None
    reporter_id: int
    unit_id: int | None
    external_id: str
    text: str
    sent_at: dt.datetime
    category: str
    urgency: int
    sensitive: bool
    reading: dict[str, Any]
    location: tuple[float, float] | None = None
    media: tuple[Media, ...] = ()
    keys: tuple[str, ...] = ()  # canonical phones, plates, accounts: found in any spelling
    opens_case: bool = False  # a case is created with it in the same transaction
    is_complaint: bool = False  # a complaint about police: no text in the row; its store encrypts it
    seal_to_group: str = ""  # encrypt the text for this key group alone: a tip in a group
    is_confidential: bool = False  # compare group messages with it (dlp/source_fingerprints.py)


def store_messages(items: Sequence[MessageToStore], *, now: dt.datetime) -> list[Message]:
    """Store messages with their attachments. Inside the caller's transaction."""
    rows = [_build_message(item, now) for item in items]
    for row, item in zip(rows, items, strict=True):
        if item.seal_to_group:
            seal_message_row(row, item.seal_to_group, now=now)
        if item.is_complaint:
            clear_content(row)
    messages = insert_objects(rows)
    async_dlp.defer_fingerprints(
        [
            async_dlp.ConfidentialText(row.public_id, item.text, item.unit_id)
            for row, item in zip(rows, items, strict=True)
            if item.is_confidential and not item.is_complaint and item.text and item.unit_id
        ],
        now=now,
    )
    files = [(message_row, media) for message_row, item in zip(messages, items, strict=True) for media in item.media]
    Attachment.objects.bulk_create(
        Attachment(
            message=message_row,
            kind=media_file.kind,
            url=media_file.url,
            name=anonymous_file_name(media_file.name),
            shown_lock_id=message_row.lock_id,
        )
        for message_row, media_file in files
        if media_file.upload is None
    )
    for message, item in zip(messages, items, strict=True):
        for upload in (
            () if item.is_complaint else [media_file.upload for media_file in item.media if media_file.upload]
        ):
            attach_upload(upload, message_id=message.pk)
    return messages


def _build_message(item: MessageToStore, now: dt.datetime) -> Message:
    latitude, longitude = item.location or (None, None)
    return Message(
        channel_id=item.channel_id,
        conversation_id=item.conversation_id,
        group_id=item.group_id,
        reporter_id=item.reporter_id,
        unit_id=item.unit_id,
        external_id=item.external_id,
        text=item.text,
        search_text=" ".join([fold_text(item.text), *item.keys]),
        search_accented=accented_words(item.text),
        sent_at=item.sent_at,
        received_at=now,
        category=item.category,
        urgency=item.urgency,
        sensitive=item.sensitive,
        reading=item.reading,
        latitude=latitude,
        longitude=longitude,
        in_case=item.opens_case,
        expires_at=None if item.opens_case else get_message_expiry(settings.SMALL_TALK_DAYS, now=now),
    )


def format_sealed_context(public_id: str) -> str:
    return f"channels_message.ciphertext:{public_id}"


def seal_message_row(message: Message, group: str, *, now: dt.datetime) -> None:
    """Encrypt the text and its analysis; the row keeps only routing fields. Does not save."""
    message.lock_id, message.ciphertext = vault.seal_for_group(
        message.text, group=group, context=format_sealed_context(str(message.public_id)), now=now
    )
    message.text = message.search_text = message.search_accented = ""
    message.reading = {name: message.reading[name] for name in _ROUTING_FIELDS if name in message.reading}


def clear_content(message: Message) -> None:
    """Remove all content of a complaint: only the arrival of a message remains, without fingerprint. Does not save."""
    message.text = message.search_text = message.search_accented = message.category = ""
    message.reading, message.urgency, message.sensitive, message.unit_id = {}, 0, True, None
    message.latitude = message.longitude = None
    message.ciphertext = message.ciphertext or b""  # not null, since pictures of a sealed message are never shown


CLEARED_FIELDS = (
    "text",
    "search_text",
    "search_accented",
    "category",
    "reading",
    "urgency",
    "sensitive",
    "unit",
    "latitude",
    "longitude",
    "ciphertext",
)


@transaction.atomic
def seal_expired_urgent_tips(*, now: dt.datetime, limit: int = 500) -> int:
    """Encrypt urgent tips in groups some hours after the duty officers had to read them; return their number."""
    rows = Message.objects.select_for_update(of=("self",)).filter(
        group__isnull=False, sensitive=True, ciphertext=None, received_at__lte=now - READABLE_TIME
    )
    messages_to_seal = list(rows.exclude(text="").order_by("pk")[:limit])
    _seal_and_save(messages_to_seal, now=now)
    if messages_to_seal:  # their cases need new search words
        ids = [message.pk for message in messages_to_seal]
        defer_once(
            queue="bulk", task=REBUILD_SEARCH_JOB, key=f"{REBUILD_SEARCH_JOB}:{ids[0]}", arguments={"message_ids": ids}
        )
    return len(messages_to_seal)


def _seal_and_save(rows: Sequence[Message], *, now: dt.datetime) -> None:
    for message in rows:
        seal_message_row(message, TIP_KEY_GROUP, now=now)
        seal_message_previews(message.pk, lock_id=message.lock_id or 0)
    Message.objects.bulk_update(rows, ["text", "search_text", "search_accented", "reading", "ciphertext", "lock"])


def seal_messages(message_ids: Sequence[int], *, immediately: bool, now: dt.datetime) -> None:
    """Encrypt messages once a later message shows that they belong to a tip; urgent ones later, like other tips."""
    rows = list(Message.objects.select_for_update(of=("self",)).filter(pk__in=message_ids, ciphertext=None))
    async_dlp.defer_fingerprints(
        [
            async_dlp.ConfidentialText(message.public_id, message.text, message.unit_id)
            for message in rows
            if message.text and message.unit_id
        ],
        now=now,
    )
    Message.objects.filter(pk__in=[message.pk for message in rows]).update(sensitive=True)
    if immediately:
        _seal_and_save(rows, now=now)


def retain_for_case(message_id: int, *, unit_id: int) -> None:
    """Retain the message for a case: it does not expire and belongs to the case's unit."""
    Message.objects.filter(pk=message_id).update(in_case=True, expires_at=None, unit_id=unit_id)


def retain_all_for_case(message_ids: Sequence[int], *, unit_id: int) -> None:
    """Retain several messages for a case."""
    Message.objects.filter(pk__in=message_ids).update(in_case=True, expires_at=None, unit_id=unit_id)


def retain_cleared_message(message_id: int) -> None:
    """Retain the cleared message of a complaint with its case."""
    Message.objects.filter(pk=message_id).update(in_case=True, expires_at=None)


def release_from_case(message_ids: Sequence[int], *, now: dt.datetime) -> None:
    """Give these messages an expiry; no case holds them any more."""
    Message.objects.filter(pk__in=message_ids).update(
        in_case=False, expires_at=get_message_expiry(settings.SMALL_TALK_DAYS, now=now)
    )


@transaction.atomic
def delete_expired_messages(*, now: dt.datetime, limit: int = 5000) -> int:
    """Delete expired messages; return their number."""
    expired = Message.objects.filter(expires_at__lte=now).order_by("expires_at")
    ids = list(expired.values_list("pk", flat=True)[:limit])
    delete_messages(ids)
    return len(ids)


def get_or_create_conversations(channel_id: int, reporter_ids: Sequence[int]) -> dict[int, Conversation]:
    """Return the private conversation of each reporter on a channel, created where missing."""
    reporters = set(reporter_ids)
    conversations = {
        conversation.reporter_id: conversation
        for conversation in Conversation.objects.filter(channel_id=channel_id, reporter_id__in=reporters)
    }
    missing = reporters - conversations.keys()
    if missing:
        rows = [{"channel_id": channel_id, "reporter_id": reporter_id} for reporter_id in sorted(missing)]
        insert_values(Conversation, rows, ignore_conflicts=True)
        created = Conversation.objects.filter(channel_id=channel_id, reporter_id__in=missing)
        conversations |= {conversation.reporter_id: conversation for conversation in created}
    return conversations


_WEB_CONVERSATIONS_SQL = """
    INSERT INTO channels_conversation (public_id, channel_id, reporter_id, page_public_key, last_interaction_at)
    SELECT fresh.public_id, web.id, fresh.reporter_id, fresh.page_public_key, %s
      FROM (SELECT id FROM channels_channel WHERE kind = 'web' ORDER BY id LIMIT 1) AS web,
           unnest(%s::uuid[], %s::bigint[], %s::bytea[]) WITH ORDINALITY
               AS fresh (public_id, reporter_id, page_public_key, n)
     ORDER BY fresh.n
    RETURNING id, channel_id
"""


def create_web_conversations(
    reporter_ids: Sequence[int], page_keys: Sequence[bytes], *, now: dt.datetime
) -> list[tuple[int, int]]:
    """Create conversations on our own page for new reporters, each with the public key of its status page.

    Returns (id, channel id) of each; none where there is no web channel yet.
    """
    with prepared_cursor() as cursor:
        cursor.execute(
            _WEB_CONVERSATIONS_SQL, [now, [generate_uuid7() for _ in reporter_ids], list(reporter_ids), list(page_keys)]
        )
        created: list[tuple[int, int]] = cursor.fetchall()
    return created


def restart_reply_windows(conversations: Mapping[int, dt.datetime]) -> None:
    """Restart the reply windows of these conversations (id → moment); never backwards."""
    with prepared_cursor() as cursor:
        cursor.execute(_INTERACTED_SQL, [list(conversations), list(conversations.values())])


def update_group_activity(groups: Mapping[int, dt.datetime]) -> None:
    """Store the time of the last message in these groups (id → moment)."""
    for pk, moment in groups.items():
        Group.objects.filter(pk=pk).update(last_message_at=moment)
