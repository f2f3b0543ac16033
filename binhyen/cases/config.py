"""The installation's times, as the rules take them."""

from django.conf import settings

from binhyen.cases.rules import Ladder


def ladder() -> Ladder:
    return Ladder(chief=settings.ALARM_CHIEF_SECONDS, province=settings.ALARM_PROVINCE_SECONDS)
