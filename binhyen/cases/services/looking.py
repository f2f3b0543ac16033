"""Somebody looks at a case: an entry where it is sensitive; what came to it is no news any more, if it came to them."""

import datetime as dt

from binhyen.audit.rules.reads import Read, Seen
from binhyen.audit.services import saw
from binhyen.cases.models import Case
from binhyen.cases.queries.news import news_for
from binhyen.cases.words import News
from binhyen.people.models import Officer
from binhyen.people.services import actor_of


def saw_page(case: Case, *, officer: Officer, now: dt.datetime) -> None:
    """Every page of one case comes here, whatever it shows of it, before it leaves."""
    looked = Seen(Read.CASE, sensitive=case.sensitive)
    saw(looked, actor=actor_of(officer), object=f"case:{case.code}", unit_id=case.unit_id, now=now)


def look(case: Case, *, officer: Officer) -> None:
    """Of the case as it was shown: what came since stays marked. The version stays, nobody is sent back for it. What
    somebody left behind stays marked until somebody has it.
    """
    if case.news not in (News.NONE, News.LEFT):
        Case.objects.filter(news_for(officer), pk=case.pk, version=case.version).update(news=News.NONE)
