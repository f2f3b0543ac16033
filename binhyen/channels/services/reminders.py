"""The reminder sent to every group every few days: the private ways to report confidential matters.

A member without a private chat cannot be contacted after posting a tip (Zalo allows messages only to people with an
interaction within seven days) and is guided by this alone. It follows the calendar and never a tip: a notice after a
post would tell the whole group that the post was one.
"""

import datetime as dt

from binhyen.channels import texts
from binhyen.channels.models import Group
from binhyen.channels.retry_policy import reminded_on
from binhyen.channels.services.outbox import queue
from binhyen.channels.services.outgoing_draft import Draft
from binhyen.kit.clock import vietnam_day


def remind(*, now: dt.datetime) -> int:
    """Queue today's reminders; return the number of groups. Once a day a group, however often it runs."""
    day = vietnam_day(now)
    open_now = Group.objects.filter(state=Group.State.OPEN).select_related("unit").order_by("pk")
    drafts = [
        Draft(
            key=f"remind:{group.pk}:{day}", channel_id=group.channel_id, group_id=group.pk, purpose="REMIND",
            text=texts.REMINDER.format(unit=group.unit.name), unit_id=group.unit_id,
        )
        for group in open_now
        if reminded_on(group.pk, day)
    ]  # fmt: skip
    queue(drafts, now=now)
    return len(drafts)
