"""A tip in a group and what its author said of it in private lie on two cases; who sees both reads that."""

from collections.abc import Sequence
from typing import Any

from binhyen.cases import kept
from binhyen.cases.kinds import kind
from binhyen.cases.models import Case, CaseEvent, Report
from binhyen.cases.words import Verb
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.rules import May

TIPS_OF_GROUPS = "nhom"  # the desk's name in its address


def reads_tips(officer: Officer) -> bool:
    """Is this one of the desk of tips that stood in groups?"""
    return access.sight(officer).province and access.may(officer, May.WORK_CASES)


def stays(case: Case) -> bool:
    """Its words lie sealed and it was told apart from everything else: it stays at the province and by itself. What a
    unit needs to know of it goes there as a note, or as a case of its own.
    """
    return kind(case.kind).sealed or case.snippet == kept.ALONE


def stood_in_group(officer: Any, happened: Sequence[CaseEvent]) -> list[Case]:
    """The case of the tip that this one follows, by what happened to this one. No statement for most."""
    after = next((str(e.data.get("after", "")) for e in happened if e.verb == Verb.OPENED), "")
    return list(Case.objects.filter(access.cases(officer), code=after)) if after else []


def said_in_private(officer: Any, case: Case) -> list[Case]:
    """Cases of what an author said in private of the tip that this case is of. They lie at the province: nobody else is
    asked for, so that no unit's page takes longer where there is one.
    """
    if not (case.sensitive and access.sight(officer).province):
        return []
    authors = Report.objects.filter(case=case).values("reporter")
    theirs = Case.objects.filter(access.cases(officer), reports__reporter__in=authors).exclude(pk=case.pk)
    told = CaseEvent.objects.filter(case__in=theirs, verb=Verb.OPENED, data__after=case.code)
    return list(Case.objects.filter(access.cases(officer), pk__in=told.values("case")).order_by("pk"))
