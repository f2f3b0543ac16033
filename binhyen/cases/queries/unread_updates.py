"""Unread updates of open cases for an officer."""

from typing import Any

from django.db.models import Q

from binhyen.cases.choices import News
from binhyen.people import access
from binhyen.people.roles import May


def news_for(officer: Any) -> Q:
    """Return the filter: assignments for the assignee; messages, notes and orphaned cases for officers of the unit."""
    given, here = Q(news=News.GIVEN, assignee=officer), Q(unit=getattr(officer, "unit_id", None))
    if not access.may(officer, May.WORK_CASES):
        return given
    return given | (here & (Q(news__in=(News.WORDS, News.NOTE, News.LEFT)) | Q(news=News.GIVEN, assignee=None)))
