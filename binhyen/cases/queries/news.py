"""What came to open cases and this person ought to look at."""

from typing import Any

from django.db.models import Q

from binhyen.cases.words import News
from binhyen.people import access
from binhyen.people.rules import May


def news_for(officer: Any) -> Q:
    """What was given, for whom it was given to; what was said or left behind, for those of the unit who work on it."""
    given, here = Q(news=News.GIVEN, assignee=officer), Q(unit=getattr(officer, "unit_id", None))
    if not access.may(officer, May.WORK_CASES):
        return given
    return given | (here & (Q(news__in=(News.WORDS, News.NOTE, News.LEFT)) | Q(news=News.GIVEN, assignee=None)))
