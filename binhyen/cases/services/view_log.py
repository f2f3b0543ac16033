"""Views of a case: an audit entry where it is sensitive, and its updates marked as read."""

import datetime as dt

from binhyen.audit.rules.read_events import Read, Seen
from binhyen.audit.services import saw
from binhyen.cases.choices import News
from binhyen.cases.models import Case
from binhyen.cases.queries.unread_updates import news_for
from binhyen.people.models import Officer
from binhyen.people.services import actor_of


def saw_page(case: Case, *, officer: Officer, now: dt.datetime) -> None:
    """Record a view. Every page about one case calls this before its response."""
    looked = Seen(Read.CASE, sensitive=case.sensitive)
    saw(looked, actor=actor_of(officer), object=f"case:{case.code}", unit_id=case.unit_id, now=now)


def look(case: Case, *, officer: Officer) -> None:
    """Mark the updates of the shown version as read; later ones stay unread.

    The version stays, so that no form gets a conflict. An orphaned case stays marked until it is assigned.
    """
    if case.news not in (News.NONE, News.LEFT):
        Case.objects.filter(news_for(officer), pk=case.pk, version=case.version).update(news=News.NONE)
