"""Alarms rise although the worker stands still: the pages watch its heartbeats and do that part of its work."""

import threading

from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.services import alarms
from binhyen.conduct.services import alarms as services_alarms
from binhyen.kit.periodic import dead_man_switch

WORK: dict[str, dead_man_switch.Work] = {
    alarms.ESCALATE: lambda now: alarms.escalate_alarms(ladder=get_alarm_delays(), now=now),
    services_alarms.TICK: lambda now: services_alarms.run_alarms(now=now),
}


def watch_alarms() -> threading.Event:
    """Begin to watch in this process; setting the event ends it."""
    return dead_man_switch.start(WORK)
