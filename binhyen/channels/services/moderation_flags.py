"""Moderation flags of group messages: stored on arrival, settled by an officer. No warning is sent automatically."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.channels import texts
from binhyen.channels.models import Flag, Group, Message
from binhyen.channels.queries import NotVisible, list_open_flags
from binhyen.channels.retry_policy import is_reminder_day
from binhyen.channels.services.outbound_dlp import OutgoingDraft
from binhyen.channels.services.outbox import queue_messages
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.live_events import LiveEventData, publish_live
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import get_audit_actor

# The reminder sent to every group every few days: the private ways to report confidential matters.
#
# A member without a private chat cannot be contacted after posting a tip (Zalo allows messages only to people with an
# interaction within seven days) and is guided by this alone. It follows the calendar and never a tip: a notice after a
# post would tell the whole group that the post was one.


def queue_reminders(*, now: dt.datetime) -> int:
    """Queue today's reminders; return the number of groups. Once a day a group, however often it runs."""
    day = to_vietnam_day(now)
    open_groups = Group.objects.filter(state=Group.State.OPEN).select_related("unit").order_by("pk")
    drafts = [
        OutgoingDraft(
            key=f"remind:{group.pk}:{day}",
            channel_id=group.channel_id,
            group_id=group.pk,
            purpose="REMIND",
            text=texts.GROUP_REMINDER.format(unit=group.unit.name),
            unit_id=group.unit_id,
        )
        for group in open_groups
        if is_reminder_day(group.pk, day)
    ]
    queue_messages(drafts, now=now)
    return len(drafts)


MAX_REPLY_LENGTH = 500


class FlagActionError(Exception):
    """The reason why nothing was done, in Vietnamese, for the requesting officer."""


@dataclass(frozen=True, slots=True)
class FlaggedMessage:
    """A group message to flag, with kind, reason and the polite reply to suggest."""

    message: Message
    group: Group
    kind: str
    why: str
    answer: str


def store_flags(flagged: Sequence[FlaggedMessage], *, now: dt.datetime) -> None:
    """Store flags and notify open pages. Inside the caller's transaction."""
    if not flagged:
        return
    Flag.objects.bulk_create(
        Flag(
            message=item.message,
            group=item.group,
            kind=item.kind,
            why=item.why[:300],
            answer=item.answer[:MAX_REPLY_LENGTH],
            at=now,
        )
        for item in flagged
    )
    publish_live([_build_live_event(item.group, item.message, is_settled=False) for item in flagged], now=now)


def _build_live_event(group: Group, message: Message, *, is_settled: bool) -> LiveEventData:
    """Return the live event for the unit and the province; for the province only, where the message is hidden."""
    is_hidden_from_unit = message.sensitive and message.unit_id != group.unit_id
    topics = ("province",) if is_hidden_from_unit else (f"unit:{group.unit_id}", "province")
    return LiveEventData(topics, "flag", {"type": "flag", "group": str(group.public_id), "settled": is_settled})


@transaction.atomic
def send_flag_reply(*, group_id: str, flag_id: str, officer: Officer, text: str, now: dt.datetime) -> bool:
    """Send the reply, as edited by the officer, to the group, once only. `group_id`, `flag_id`: public ids.

    Returns whether outbound DLP passed it on to its asynchronous review; a quarantined one waits on the group's page.
    """
    flag_row = _lock_flag(group_id, flag_id, officer)
    text = text.strip()
    if not 2 <= len(text) <= MAX_REPLY_LENGTH:
        raise FlagActionError(_("Lời nhắc dài từ 2 đến {n} ký tự.").format(n=MAX_REPLY_LENGTH))
    if flag_row.group.state != Group.State.OPEN:
        raise FlagActionError(_("Nhóm này không còn hoạt động."))
    group = flag_row.group
    quarantined = queue_messages(
        [
            OutgoingDraft(
                key=f"flag:{flag_row.pk}",
                channel_id=group.channel_id,
                group_id=group.pk,
                text=text,
                purpose="REMIND",
                unit_id=group.unit_id,
                officer_id=officer.pk,
            )
        ],
        now=now,
    )
    flag_row.answer = text
    _settle_flag(flag_row, Flag.State.ANSWERED, officer, now=now)
    return not quarantined


@transaction.atomic
def dismiss_flag(*, group_id: str, flag_id: str, officer: Officer, now: dt.datetime) -> None:
    """Dismiss the flag: nothing is wrong with the message, or no reply is needed."""
    _settle_flag(_lock_flag(group_id, flag_id, officer), Flag.State.DISMISSED, officer, now=now)


def _lock_flag(group_id: str, flag_id: str, officer: Officer) -> Flag:
    """Return the open flag, locked.

    Raises Missing where it is not visible to the officer, FlagActionError once settled.
    """
    if not access.officer_may(officer, Permission.MANAGE_GROUPS):
        raise FlagActionError(_("Bạn không có quyền làm việc này."))
    rows = list_open_flags(officer).filter(public_id=flag_id, group__public_id=group_id)
    open_flag = rows.select_for_update(of=("self",)).first()
    if open_flag is not None:
        return open_flag
    settled_flags = Flag.objects.filter(access.visible_filter(officer, unit="group__unit_id"), public_id=flag_id)
    if settled_flags.filter(group__public_id=group_id).exclude(state=Flag.State.OPEN).exists():
        raise FlagActionError(_("Tin này đã có người xem."))
    raise NotVisible


def _settle_flag(row: Flag, state: Flag.State, officer: Officer, *, now: dt.datetime) -> None:
    row.state, row.settled_at, row.settled_by = state, now, officer
    row.save(update_fields=["state", "settled_at", "settled_by", "answer"])
    verb = "group.reminded" if state == Flag.State.ANSWERED else "group.flag_dismissed"
    subject = f"group:{row.group.public_id}"
    record_actions(
        [AuditAction(get_audit_actor(officer), verb, subject, row.group.unit_id, {"kind": row.kind})], now=now
    )
    publish_live([_build_live_event(row.group, row.message, is_settled=True)], now=now)
