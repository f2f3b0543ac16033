"""Somebody looks at a case: what came to it is no news any more, if it came to them."""

from binhyen.cases.models import Case
from binhyen.cases.words import News
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.rules import May


def look(case: Case, *, officer: Officer) -> None:
    """Of the case as it was shown: what came since stays marked. The version stays, nobody is sent back for it."""
    if _is_for(officer, case):
        Case.objects.filter(pk=case.pk, version=case.version).update(news=News.NONE)


def _is_for(officer: Officer, case: Case) -> bool:
    """What was given is for whom it was given to; what was said for those of the unit who work on it."""
    works = access.may(officer, May.WORK_CASES) and case.unit_id == officer.unit_id
    match case.news:
        case News.WORDS | News.NOTE:
            return works
        case News.GIVEN:
            return case.assignee_id == officer.pk or (works and case.assignee_id is None)
    return False
