"""A group tip and the private follow-ups of its author: separate cases, linked for officers with access to both."""

from collections.abc import Sequence
from typing import Any

from binhyen.cases import event_data
from binhyen.cases.choices import Verb
from binhyen.cases.kinds import kind
from binhyen.cases.models import Case, CaseEvent, Report
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import May

TIPS_OF_GROUPS = "nhom"  # slug of the desk in its URL


def reads_tips(officer: Officer) -> bool:
    """Return whether the officer belongs to the desk of group tips."""
    return access.sight(officer).province and access.may(officer, May.WORK_CASES)


def stays(case: Case) -> bool:
    """Return whether the case stays at the province and is never merged: its text is sealed or a private follow-up.

    The facts that a unit needs go there as a note or as a separate case.
    """
    return kind(case.kind).sealed or case.snippet == event_data.ALONE


def stood_in_group(officer: Any, happened: Sequence[CaseEvent]) -> list[Case]:
    """Find the group tip that this case follows, by the events of this case. Mostly without a statement."""
    after = next((str(e.data.get("after", "")) for e in happened if e.verb == Verb.OPENED), "")
    return list(Case.objects.filter(access.cases(officer), code=after)) if after else []


def said_in_private(officer: Any, case: Case) -> list[Case]:
    """Find the private follow-ups of the group tip of this case.

    They are at the province: skipped for other officers, so that the response time of a unit's page does not reveal
    that one exists.
    """
    if not (case.sensitive and access.sight(officer).province):
        return []
    authors = Report.objects.filter(case=case).values("reporter")
    theirs = Case.objects.filter(access.cases(officer), reports__reporter__in=authors).exclude(pk=case.pk)
    told = CaseEvent.objects.filter(case__in=theirs, verb=Verb.OPENED, data__after=case.code)
    return list(Case.objects.filter(access.cases(officer), pk__in=told.values("case")).order_by("pk"))
