"""Escalation delays of this installation, read from the settings."""

from django.conf import settings

from binhyen.cases.rules import Ladder


def late_ladder() -> Ladder:
    """Return the delays for overdue clocks."""
    return Ladder(chief=settings.LATE_CHIEF_SECONDS, province=settings.LATE_PROVINCE_SECONDS)


def ladder() -> Ladder:
    return Ladder(chief=settings.ALARM_CHIEF_SECONDS, province=settings.ALARM_PROVINCE_SECONDS)
