"""Rectification: the case that a person in a chat wants corrected."""

from binhyen.cases.models import Case, CaseMessage
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.privacy.models import Request
from binhyen.privacy.queries import ABOUT_POLICE
from binhyen.privacy.rules.data_requests import DataRequestKind


def find_case_to_correct(row: Request, officer: Officer) -> Case | None:
    """Return the case of the person's newest message, later messages included, if the officer may see it.

    Only one, because the set of a person's cases is hidden here.
    """
    if row.kind != DataRequestKind.CORRECT or row.reporter_id is None or row.apart:
        return None
    visible_links = CaseMessage.objects.filter(
        access.filter_cases(officer, "case__"), message__reporter=row.reporter_id
    )
    newest = (
        visible_links.filter(detached_at=None)
        .exclude(ABOUT_POLICE)
        .order_by("-message_id")
        .select_related("case")
        .first()
    )
    return newest.case if newest else None
