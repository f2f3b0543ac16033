"""Values of `datetime-local` fields: Vietnamese time without a zone."""

import datetime as dt

from django.utils.translation import gettext as _

from binhyen.people.services import RuleViolation

LOCAL_ZONE = dt.timezone(dt.timedelta(hours=7))


def parse_local_time(text: str) -> dt.datetime | None:
    """Parse the value of a field; None for an empty one. Raises RuleViolation."""
    if not text.strip():
        return None
    problem = _("Ngày giờ chưa đúng, ví dụ: 2026-12-01T19:00.")
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        raise RuleViolation(problem) from None
    if not 2000 < moment.year < 3000:
        raise RuleViolation(problem)
    return moment.replace(tzinfo=LOCAL_ZONE) if moment.tzinfo is None else moment


def format_local_time(moment: dt.datetime | None) -> str:
    """Return the value of a field, to the minute."""
    return moment.astimezone(LOCAL_ZONE).strftime("%Y-%m-%dT%H:%M") if moment else ""
