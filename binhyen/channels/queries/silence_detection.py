"""Silence detection: channels without a webhook for unusually long.

Zalo ends the webhooks of a receiver that does not answer its retries, without notice.
"""

import datetime as dt

from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Greatest

from binhyen.channels.models import Channel, EventCount, Inbound
from binhyen.channels.retry_policy import SILENCE_LIMITS, get_silence_limit, get_waking_time
from binhyen.kit.clock import to_vietnam_day

_HISTORY_DAYS = 28  # days, up to the day of the last webhook
_MIN_SILENCE = min(silence for _, silence in SILENCE_LIMITS)


def find_silent_channels(*, now: dt.datetime) -> dict[int, dt.datetime]:
    """Return the time of the last webhook by channel, where it is unusually long ago.

    A channel without any webhook is still being connected.
    """
    waiting = Inbound.objects.filter(channel=OuterRef("pk")).order_by("-id").values("received_at")[:1]
    last_received = Channel.objects.annotate(came=Greatest("heard_at", Subquery(waiting))).values_list("pk", "came")
    return {
        pk: received_at
        for pk, received_at in last_received
        if received_at is not None and _is_unusual_silence(pk, received_at, now)
    }


def _is_unusual_silence(channel_id: int, received_at: dt.datetime, now: dt.datetime) -> bool:
    silence = get_waking_time(received_at, now)
    return silence >= _MIN_SILENCE and silence >= get_silence_limit(
        _list_daily_counts(channel_id, to_vietnam_day(received_at))
    )


def _list_daily_counts(channel_id: int, last_day: dt.date) -> list[int]:
    """Return the number of webhooks on each day until then, of the last weeks or since the first one."""
    rows = EventCount.objects.filter(
        channel=channel_id, day__lte=last_day, day__gt=last_day - dt.timedelta(days=_HISTORY_DAYS)
    )
    sums = dict(rows.order_by().values_list("day").annotate(n=Sum("count")))
    first_day = min(sums, default=last_day)
    return [sums.get(first_day + dt.timedelta(days=offset), 0) for offset in range((last_day - first_day).days + 1)]
