"""A group tip and the private follow-ups of its author: separate cases, linked for officers with access to both."""

from collections.abc import Sequence
from typing import Any

from binhyen.cases import event_data
from binhyen.cases.choices import Verb
from binhyen.cases.kinds import get_kind
from binhyen.cases.models import Case, CaseEvent, Report
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission

GROUP_TIP = "group-tip"  # prefix of the audit subject
GROUP_TIPS_SLUG = "nhom"  # slug of the desk in its URL


def can_read_group_tips(officer: Officer) -> bool:
    """Return whether the officer belongs to the desk of group tips."""
    return access.visibility(officer).province and access.officer_may(officer, Permission.WORK_CASES)


def must_stay_at_province(case: Case) -> bool:
    """Return whether the case stays at the province and is never merged: its text is sealed or a private follow-up.

    The facts that a unit needs go there as a note or as a separate case.
    """
    return get_kind(case.kind).sealed or case.snippet == event_data.PRIVATE_FOLLOW_UP_TEXT


def find_followed_tip(officer: Any, happened: Sequence[CaseEvent]) -> list[Case]:
    """Find the group tip that this case follows, by the events of this case. Mostly without a statement."""
    tip_code = next((str(event.data.get("after", "")) for event in happened if event.verb == Verb.OPENED), "")
    return list(Case.objects.filter(access.filter_cases(officer), code=tip_code)) if tip_code else []


def list_private_follow_ups(officer: Any, case: Case) -> list[Case]:
    """Find the private follow-ups of the group tip of this case.

    They are at the province: skipped for other officers, so that the response time of a unit's page does not reveal
    that one exists.
    """
    if not (case.sensitive and access.visibility(officer).province):
        return []
    authors = Report.objects.filter(case=case).values("reporter")
    author_cases = Case.objects.filter(access.filter_cases(officer), reports__reporter__in=authors).exclude(pk=case.pk)
    opened_events = CaseEvent.objects.filter(case__in=author_cases, verb=Verb.OPENED, data__after=case.code)
    return list(Case.objects.filter(access.filter_cases(officer), pk__in=opened_events.values("case")).order_by("pk"))
