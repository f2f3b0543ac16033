"""Views of a case: an audit entry where it is sensitive, and its updates marked as read."""

import datetime as dt

from binhyen.audit.rules.action_families import ReadEvent, ReadKind
from binhyen.audit.services import record_read
from binhyen.cases.choices import UnreadUpdate
from binhyen.cases.models import Case
from binhyen.cases.queries.case_list import build_unread_filter
from binhyen.people.models import Officer
from binhyen.people.services import get_audit_actor


def record_view(case: Case, *, officer: Officer, now: dt.datetime) -> None:
    """Record a view. Every page about one case calls this before its response."""
    looked = ReadEvent(ReadKind.CASE, sensitive=case.sensitive)
    record_read(looked, actor=get_audit_actor(officer), object=f"case:{case.code}", unit_id=case.unit_id, now=now)


def mark_read(case: Case, *, officer: Officer) -> None:
    """Mark the updates of the shown version as read; later ones stay unread.

    The version stays, so that no form gets a conflict. An orphaned case stays marked until it is assigned.
    """
    if case.unread_reason not in (UnreadUpdate.NONE, UnreadUpdate.ORPHANED):
        Case.objects.filter(build_unread_filter(officer), pk=case.pk, version=case.version).update(
            unread_reason=UnreadUpdate.NONE
        )
