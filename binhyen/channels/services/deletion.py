"""Deletion of messages with their files; members of groups continue under a new pseudonym."""

import datetime as dt
from collections.abc import Collection
from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet

from binhyen.channels.models import Attachment, Conversation, Membership, Message, Outgoing
from binhyen.channels.services import async_dlp
from binhyen.kit import file_storage
from binhyen.kit.i18n_markers import N_
from binhyen.vault import services as vault


def delete_messages(message_ids: Collection[int]) -> None:
    """Delete messages, their encrypted parts, and their files after commit.

    No case may hold them; links that were detached from a case are deleted, too.
    """
    delete_attachments(Attachment.objects.filter(message__in=message_ids))
    rows = Message.objects.filter(pk__in=message_ids)
    key_ids = list(rows.exclude(lock=None).values_list("lock_id", flat=True))
    links = cast("Any", Message._meta.get_field("case_messages").related_model).objects
    links.filter(message__in=message_ids, detached_at__isnull=False).delete()
    async_dlp.defer_fingerprint_deletion(rows.values_list("public_id", flat=True))
    rows.delete()
    if key_ids:
        vault.destroy_conversation_keys(key_ids)


def delete_attachments(rows: "QuerySet[Attachment]") -> None:
    """Delete attachments, the keys of the originals at once, and the files after commit."""
    vault.destroy_conversation_keys(rows.exclude(lock=None).values_list("lock_id", flat=True))
    file_names = [name for pair in rows.values_list("original", "preview") for name in pair if name]
    rows.delete()

    def remove_stored_files() -> None:
        for name in file_names:
            file_storage.delete_file(name)

    transaction.on_commit(remove_stored_files)


def delete_unassigned(reporter_ids: Collection[int], *, until: dt.datetime | None = None) -> None:
    """Delete messages of these reporters that belong to no case, up to a time if given."""
    unassigned = Message.objects.filter(reporter__in=reporter_ids, in_case=False)
    unassigned = unassigned.filter(received_at__lte=until) if until else unassigned
    delete_messages(set(unassigned.values_list("pk", flat=True)))


def delete_conversations(reporter_ids: Collection[int]) -> None:
    """Delete the unassigned messages of these reporters, messages sent to them, and their empty conversations."""
    delete_unassigned(reporter_ids)
    conversations = Conversation.objects.filter(reporter__in=reporter_ids)
    Outgoing.objects.filter(conversation__in=conversations, case=None).delete()
    conversations.filter(messages__isnull=True, outgoing__isnull=True, report__isnull=True).delete()


def cancel_unsent(reporter_ids: Collection[int]) -> None:
    """Cancel queued messages to people whose address is about to be deleted."""
    waiting_states = [Outgoing.State.QUEUED, Outgoing.State.HELD]
    Outgoing.objects.filter(conversation__reporter__in=reporter_ids, state__in=waiting_states).update(
        state=Outgoing.State.CANCELLED, reason=N_("Đã hủy danh tính người nhận theo thời hạn lưu giữ")
    )


def find_current_members(reporter_ids: Collection[int]) -> set[int]:
    rows = Membership.objects.filter(reporter__in=reporter_ids, left_at=None, group__state="OPEN")
    return set(rows.values_list("reporter_id", flat=True))


def reassign_memberships(new_reporters: dict[int, int]) -> None:
    """Move memberships from old reporters to the new pseudonyms under which they stay in their groups."""
    for old_reporter, new_reporter in new_reporters.items():
        Membership.objects.filter(reporter=old_reporter).update(reporter=new_reporter)
    Membership.objects.filter(reporter__in=new_reporters.keys()).delete()


def delete_past_memberships(reporter_ids: Collection[int]) -> None:
    Membership.objects.filter(reporter__in=reporter_ids).exclude(left_at=None).delete()


def delete_sent_before(moment: dt.datetime, *, limit: int) -> int:
    """Delete old outgoing messages that belong to no case, group posts included; return their number."""
    ids = list(
        Outgoing.objects.filter(created_at__lt=moment, case=None).order_by("pk").values_list("pk", flat=True)[:limit]
    )
    Outgoing.objects.filter(pk__in=ids).delete()
    return len(ids)
