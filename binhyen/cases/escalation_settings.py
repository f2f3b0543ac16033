"""Escalation delays of this installation, read from the settings."""

from django.conf import settings

from binhyen.cases.rules import EscalationDelays


def get_overdue_delays() -> EscalationDelays:
    """Return the delays for overdue clocks."""
    return EscalationDelays(chief=settings.LATE_CHIEF_SECONDS, province=settings.LATE_PROVINCE_SECONDS)


def get_alarm_delays() -> EscalationDelays:
    return EscalationDelays(chief=settings.ALARM_CHIEF_SECONDS, province=settings.ALARM_PROVINCE_SECONDS)
