"""Alarms rise although the worker stands still: the pages watch its heartbeats and do that part of its work."""

import threading

from binhyen.cases.config import ladder
from binhyen.cases.services import alarms
from binhyen.conduct.services import ringing
from binhyen.kit.periodic import dead_man_switch

WORK: dict[str, dead_man_switch.Work] = {
    alarms.ESCALATE: lambda now: alarms.escalate(ladder=ladder(), now=now),
    ringing.TICK: lambda now: ringing.tick(now=now),
}


def watch_alarms() -> threading.Event:
    """Begin to watch in this process; setting the event ends it."""
    return dead_man_switch.start(WORK)
