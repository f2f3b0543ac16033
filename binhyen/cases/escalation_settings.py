"""Escalation delays of this installation, read from the settings."""

import datetime as dt

from django.conf import settings

from binhyen.cases.rules import EscalationDelays


def get_overdue_delays() -> EscalationDelays:
    """Return the delays for overdue clocks."""
    return EscalationDelays(chief=settings.LATE_CHIEF_SECONDS, province=settings.LATE_PROVINCE_SECONDS)


def get_arrival_target() -> dt.timedelta:
    """Return the time from the alarm to the arrival; zero: no target."""
    return dt.timedelta(minutes=settings.ARRIVAL_MINUTES)


def get_alarm_delays() -> EscalationDelays:
    return EscalationDelays(chief=settings.ALARM_CHIEF_SECONDS, province=settings.ALARM_PROVINCE_SECONDS)
