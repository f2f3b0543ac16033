"""Delayed sealing of private messages about a danger that was reported in a group.

Duty officers read them in plaintext; some hours later they are sealed like the group message, whose author the group
knows.
"""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import Exists, OuterRef

from binhyen.cases.models import CaseMessage
from binhyen.cases.services.search_index import rebuild_cases_of_messages
from binhyen.channels.models import Message
from binhyen.channels.retry_policy import READABLE_TIME
from binhyen.channels.services.messages import seal_messages
from binhyen.language.reading import DANGER

_LOOK_BACK = dt.timedelta(days=3)  # the nightly job looks back this far


@transaction.atomic
def seal_private_messages(post_ids: Collection[int], *, now: dt.datetime) -> list[int]:
    """Seal private messages that authors of these sealed group messages wrote on the same cases; return ids.

    Only messages that are old enough.
    """
    posts = CaseMessage.objects.filter(message__in=post_ids, message__urgency__gte=DANGER, detached_at=None)
    same = posts.filter(case=OuterRef("case"), message__reporter=OuterRef("message__reporter"))
    private_links = CaseMessage.objects.filter(
        Exists(same),
        case__in=posts.values("case"),
        case__apart=False,
        detached_at=None,
        message__group=None,
        message__sealed=None,
        message__conversation__isnull=False,
        message__received_at__lte=now - READABLE_TIME,
    )
    message_ids = sorted(set(private_links.values_list("message_id", flat=True)))
    if message_ids:
        seal_messages(message_ids, immediately=True, now=now)
        rebuild_cases_of_messages(message_ids, exclude_case_ids=())
    return message_ids


def seal_recent_private_messages(*, now: dt.datetime) -> list[int]:
    """Seal the private messages that were too recent when their group message was sealed."""
    sealed_tips = Message.objects.filter(sensitive=True, group__isnull=False, lock__isnull=False, urgency__gte=DANGER)
    posts = sealed_tips.filter(received_at__gt=now - _LOOK_BACK).values_list("pk", flat=True)
    return seal_private_messages(list(posts), now=now)
