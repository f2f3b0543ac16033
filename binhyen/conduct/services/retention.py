"""Retention of complaints: keys are destroyed first, then files and all data about the subjects. Counts stay.

Run by the worker as the class «complaint» of privacy/rules/retention.py, which also covers complaints and
denunciations of the register. A handler who needs one longer reopens it.
"""

import datetime as dt
from collections.abc import Collection
from functools import partial

from django.db import transaction
from django.db.models import QuerySet

from binhyen.cases.choices import OPEN_STATES, Outcome
from binhyen.cases.models import Case
from binhyen.cases.services import restricted_cases
from binhyen.cases.services.erasure import RETENTION_ACTOR, erase_cases
from binhyen.conduct.models import Complaint, File
from binhyen.conduct.services.exclusions import delete_expired_exclusions
from binhyen.kit import file_storage
from binhyen.people.conflicts import Desk
from binhyen.people.models import ConflictRule
from binhyen.privacy import queries
from binhyen.privacy.config import get_retention_span
from binhyen.privacy.retention_registry import RetentionStatus
from binhyen.privacy.services.retention import get_case_status
from binhyen.vault import services as vault

RETENTION_CLASS = "complaint"


def delete_expired_complaints(now: dt.datetime, limit: int) -> int:
    """Delete expired complaints in the caller's transaction; return how many."""
    unhandled_ids = list(_list_unhandled(now)[:limit])
    for case_id in unhandled_ids:
        restricted_cases.close_restricted(
            case_id=case_id, outcome=Outcome.PASSED_TO_OTHER, actor=RETENTION_ACTOR, now=now
        )
    expired_ids = (
        queries.list_expired_cases(RETENTION_CLASS, now=now).order_by("closed_at").values_list("pk", flat=True)
    )
    ids = list(dict.fromkeys([*unhandled_ids, *expired_ids[:limit]]))[:limit]
    _delete_exclusions(now)
    if not ids:
        return 0
    _destroy_complaints(ids)
    return erase_cases(ids, now=now)


def _list_unhandled(now: dt.datetime) -> "QuerySet[Complaint, int]":
    """Return complaints without a desk: no handler can conclude them, so their period starts at the last message."""
    rows = Complaint.objects.filter(veto__desk=Desk.OUTSIDE, case__state__in=OPEN_STATES)
    rows = rows.filter(last_message_at__lte=now - get_retention_span(RETENTION_CLASS)).exclude(
        case__in=queries.list_held_case_ids(now)
    )
    return rows.order_by("pk").values_list("case_id", flat=True)


def _destroy_complaints(case_ids: Collection[int]) -> None:
    """Destroy key copies first; then the encrypted files, transfers with their reasons, alarms."""
    rows = Complaint.objects.filter(case__in=case_ids)
    vault.destroy_conversation_keys(rows.exclude(lock=None).values_list("lock_id", flat=True))
    pairs = File.objects.filter(complaint__in=rows).values_list("original", "preview")
    names = [name for pair in pairs for name in pair if name]
    rows.delete()
    transaction.on_commit(partial(_remove_files, names))


def _remove_files(names: Collection[str]) -> None:
    for name in names:
        file_storage.delete_file(name)


def _delete_exclusions(now: dt.datetime) -> None:
    """Delete exclusions once no entry of the audit log depends on them."""
    erased_ids = Case.objects.filter(is_restricted=True, erased_at__lte=now - get_retention_span("audit")).values_list(
        "public_id", flat=True
    )
    ConflictRule.objects.filter(subject_ref__in=[f"conduct:{public_id}" for public_id in erased_ids]).delete()
    delete_expired_exclusions(now)


def get_complaint_retention_status(now: dt.datetime) -> RetentionStatus:
    case_standing = get_case_status(RETENTION_CLASS, now)
    return RetentionStatus(
        case_standing.count,
        case_standing.late + _list_unhandled(now).count(),
        case_standing.oldest_at,
        case_standing.next_at,
    )
