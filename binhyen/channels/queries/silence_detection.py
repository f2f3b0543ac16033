"""Silence detection: channels without a webhook for unusually long.

Zalo ends the webhooks of a receiver that does not answer its retries, without notice.
"""

import datetime as dt

from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Greatest

from binhyen.channels.models import Channel, EventCount, Inbound
from binhyen.channels.retry_policy import SILENCES, quiet_after, waking
from binhyen.kit.clock import vietnam_day

_LOOKED_AT = 28  # days, up to the day of the last webhook
_SHORTEST = min(silence for _, silence in SILENCES)


def quiet(*, now: dt.datetime) -> dict[int, dt.datetime]:
    """Return the time of the last webhook by channel, where it is unusually long ago.

    A channel without any webhook is still being connected.
    """
    waits = Inbound.objects.filter(channel=OuterRef("pk")).order_by("-id").values("received_at")[:1]
    heard = Channel.objects.annotate(came=Greatest("heard_at", Subquery(waits))).values_list("pk", "came")
    return {pk: came for pk, came in heard if came is not None and _is_odd(pk, came, now)}


def _is_odd(channel_id: int, came: dt.datetime, now: dt.datetime) -> bool:
    silence = waking(came, now)
    return silence >= _SHORTEST and silence >= quiet_after(_days(channel_id, vietnam_day(came)))


def _days(channel_id: int, last: dt.date) -> list[int]:
    """Return the number of webhooks on each day until then, of the last weeks or since the first one."""
    rows = EventCount.objects.filter(channel=channel_id, day__lte=last, day__gt=last - dt.timedelta(days=_LOOKED_AT))
    sums = dict(rows.order_by().values_list("day").annotate(n=Sum("count")))
    first = min(sums, default=last)
    return [sums.get(first + dt.timedelta(days=n), 0) for n in range((last - first).days + 1)]
