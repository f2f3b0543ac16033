"""The reminder sent to every group every few days: the private ways to report confidential matters.

A member without a private chat cannot be contacted after posting a tip (Zalo allows messages only to people with an
interaction within seven days) and is guided by this alone. It follows the calendar and never a tip: a notice after a
post would tell the whole group that the post was one.
"""

import datetime as dt

from binhyen.channels import texts
from binhyen.channels.models import Group
from binhyen.channels.retry_policy import is_reminder_day
from binhyen.channels.services.outbox import queue_messages
from binhyen.channels.services.outgoing_draft import OutgoingDraft
from binhyen.kit.clock import to_vietnam_day


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
