"""Words said in private of a danger that was told in a group: the duty officers read them as they came, and some hours
later they are sealed as the post itself is, for everybody there knows who told.
"""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import Exists, OuterRef

from binhyen.cases.models import CaseMessage
from binhyen.cases.services.retelling import retell_others
from binhyen.channels.models import Message
from binhyen.channels.rules import READABLE
from binhyen.channels.services.messages import hush
from binhyen.language.reading import DANGER

_LATELY = dt.timedelta(days=3)  # the nightly turn looks back so far


@transaction.atomic
def hush_private(post_ids: Collection[int], *, now: dt.datetime) -> list[int]:
    """What the authors of these sealed posts wrote in private on the same cases, if it is as old; ids."""
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
    """The same of what was not as old when its post was sealed."""
    late = Message.objects.filter(sensitive=True, group__isnull=False, lock__isnull=False, urgency__gte=DANGER)
    posts = late.filter(received_at__gt=now - _LATELY).values_list("pk", flat=True)
    return hush_private(list(posts), now=now)
