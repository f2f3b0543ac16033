"""Rectification: the case that a person in a chat wants corrected."""

from binhyen.cases.models import Case, CaseMessage
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.privacy.models import Request
from binhyen.privacy.queries import OF_POLICE
from binhyen.privacy.rules.data_requests import Kind


def meant(row: Request, officer: Officer) -> Case | None:
    """Return the case of the person's newest message, later messages included, if the officer may see it.

    Only one, because the set of a person's cases is hidden here.
    """
    if row.kind != Kind.CORRECT or row.reporter_id is None or row.apart:
        return None
    links = CaseMessage.objects.filter(access.cases(officer, "case__"), message__reporter=row.reporter_id)
    newest = links.filter(detached_at=None).exclude(OF_POLICE).order_by("-message_id").select_related("case").first()
    return newest.case if newest else None
