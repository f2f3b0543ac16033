"""Of which case somebody in a chat wants something corrected."""

from binhyen.cases.models import Case, CaseMessage
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.privacy.models import Request
from binhyen.privacy.queries import OF_POLICE
from binhyen.privacy.rules.asking import Kind


def meant(row: Request, officer: Officer) -> Case | None:
    """The one that their newest word went to, what they added after asking too; where the officer sees it. One alone:
    which cases are one person's nobody learns here.
    """
    if row.kind != Kind.CORRECT or row.reporter_id is None or row.apart:
        return None
    links = CaseMessage.objects.filter(access.cases(officer, "case__"), message__reporter=row.reporter_id)
    newest = links.filter(detached_at=None).exclude(OF_POLICE).order_by("-message_id").select_related("case").first()
    return newest.case if newest else None
