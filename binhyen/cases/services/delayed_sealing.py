"""Delayed sealing of private messages about a danger that was reported in a group.

Duty officers read them in plaintext; some hours later they are sealed like the group message, whose author the group
knows.
"""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import Exists, OuterRef

from binhyen.cases.models import CaseMessage
from binhyen.cases.services.search_index import retell_others
from binhyen.channels.models import Message
from binhyen.channels.retry_policy import READABLE
from binhyen.channels.services.messages import hush
from binhyen.language.reading import DANGER

_LATELY = dt.timedelta(days=3)  # the nightly job looks back this far


@transaction.atomic
def hush_private(post_ids: Collection[int], *, now: dt.datetime) -> list[int]:
    """Seal private messages that authors of these sealed group messages wrote on the same cases; return ids.

    Only messages that are old enough.
    """
    posts = CaseMessage.objects.filter(message__in=post_ids, message__urgency__gte=DANGER, detached_at=None)
    same = posts.filter(case=OuterRef("case"), message__reporter=OuterRef("message__reporter"))
    said = CaseMessage.objects.filter(
        Exists(same), case__in=posts.values("case"), case__apart=False, detached_at=None, message__group=None,
        message__sealed=None, message__conversation__isnull=False, message__received_at__lte=now - READABLE,
    )  # fmt: skip
    found = sorted(set(said.values_list("message_id", flat=True)))
    if found:
        hush(found, at_once=True, now=now)
        retell_others(found, but=())
    return found


def hush_lately(*, now: dt.datetime) -> list[int]:
    """Seal the private messages that were too recent when their group message was sealed."""
    late = Message.objects.filter(sensitive=True, group__isnull=False, lock__isnull=False, urgency__gte=DANGER)
    posts = late.filter(received_at__gt=now - _LATELY).values_list("pk", flat=True)
    return hush_private(list(posts), now=now)
