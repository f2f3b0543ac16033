"""Escalation delays of this installation, read from the settings."""

import datetime as dt
from functools import lru_cache

from django.conf import settings

from binhyen.cases.rules import EscalationDelays
from binhyen.env import SettingsError
from binhyen.kit.business_days import KNOWN_CALENDAR, WorkCalendar


def get_overdue_delays() -> EscalationDelays:
    """Return the delays for overdue clocks."""
    return EscalationDelays(chief=settings.LATE_CHIEF_SECONDS, province=settings.LATE_PROVINCE_SECONDS)


def get_arrival_target() -> dt.timedelta:
    """Return the time from the alarm to the arrival; zero: no target."""
    return dt.timedelta(minutes=settings.ARRIVAL_MINUTES)


@lru_cache(maxsize=1)
def get_work_calendar() -> WorkCalendar:
    """Return the shipped calendar with the days that the operator added. Raises SettingsError at the first use."""
    return WorkCalendar(
        KNOWN_CALENDAR.extra | _parse_days("BINHYEN_FREE_DAYS", settings.FREE_DAYS),
        KNOWN_CALENDAR.worked | _parse_days("BINHYEN_WORKED_DAYS", settings.WORKED_DAYS),
    )


def _parse_days(name: str, text: str) -> frozenset[dt.date]:
    try:
        return frozenset(dt.date.fromisoformat(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise SettingsError(name, str(error), f"export {name}=2027-09-03") from None


def get_alarm_delays() -> EscalationDelays:
    return EscalationDelays(chief=settings.ALARM_CHIEF_SECONDS, province=settings.ALARM_PROVINCE_SECONDS)
