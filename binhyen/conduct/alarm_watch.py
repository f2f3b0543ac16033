"""Alarms rise although the worker stands still: the pages watch its heartbeats and do that part of its work."""

import threading

from binhyen.cases.config import ladder
from binhyen.cases.services import alarms
from binhyen.conduct.services import ringing
from binhyen.kit.periodic import watchdog

WORK: dict[str, watchdog.Work] = {
    alarms.ESCALATE: lambda now: alarms.escalate(ladder=ladder(), now=now),
    ringing.TICK: lambda now: ringing.tick(now=now),
}


def watch_alarms() -> threading.Event:
    """Begin to watch in this process; setting the event ends it."""
    return watchdog.start(WORK)
