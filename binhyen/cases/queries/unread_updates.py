"""Unread updates of open cases for an officer."""

from typing import Any

from django.db.models import Q

from binhyen.cases.choices import UnreadUpdate
from binhyen.people import access
from binhyen.people.roles import Permission


def build_unread_filter(officer: Any) -> Q:
    """Return the filter: assignments for the assignee; messages, notes and orphaned cases for officers of the unit."""
    given, here = Q(news=UnreadUpdate.ASSIGNED, assignee=officer), Q(unit=getattr(officer, "unit_id", None))
    if not access.officer_may(officer, Permission.WORK_CASES):
        return given
    return given | (
        here
        & (
            Q(news__in=(UnreadUpdate.MESSAGE, UnreadUpdate.NOTE, UnreadUpdate.ORPHANED))
            | Q(news=UnreadUpdate.ASSIGNED, assignee=None)
        )
    )
