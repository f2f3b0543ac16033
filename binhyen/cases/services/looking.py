"""Somebody looks at a case: what came to it is no news any more, if it came to them."""

from binhyen.cases.models import Case
from binhyen.cases.queries.news import news_for
from binhyen.cases.words import News
from binhyen.people.models import Officer


def look(case: Case, *, officer: Officer) -> None:
    """Of the case as it was shown: what came since stays marked. The version stays, nobody is sent back for it. What
    somebody left behind stays marked until somebody has it.
    """
    if case.news not in (News.NONE, News.LEFT):
        Case.objects.filter(news_for(officer), pk=case.pk, version=case.version).update(news=News.NONE)
