"""Retention of complaints: keys are destroyed first, then files and all data about the subjects. Counts stay.

Run by the worker as the class «complaint» of privacy/rules/retention_periods.py, which also covers complaints and
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
from binhyen.cases.services.erasure import RETENTION, forget_cases
from binhyen.conduct.models import Complaint, File
from binhyen.conduct.services.exclusions import unbar
from binhyen.kit import file_storage
from binhyen.people.conflicts import Desk
from binhyen.people.models import Veto
from binhyen.privacy import queries
from binhyen.privacy.config import span
from binhyen.privacy.retention_registry import Standing
from binhyen.privacy.services.retention import cases
from binhyen.vault import services as vault

CLASS = "complaint"


def sweep(now: dt.datetime, most: int) -> int:
    """Delete expired complaints in the caller's transaction; return how many."""
    nobodys = list(_nobodys(now)[:most])
    for case_id in nobodys:
        restricted_cases.ended(case_id=case_id, outcome=Outcome.PASSED_TO_OTHER, actor=RETENTION, now=now)
    over = queries.over(CLASS, now=now).order_by("closed_at").values_list("pk", flat=True)
    ids = list(dict.fromkeys([*nobodys, *over[:most]]))[:most]
    _unbar(now)
    if not ids:
        return 0
    _destroy(ids)
    return forget_cases(ids, now=now)


def _nobodys(now: dt.datetime) -> "QuerySet[Complaint, int]":
    """Return complaints without a desk: no handler can conclude them, so their period starts at the last message."""
    rows = Complaint.objects.filter(veto__desk=Desk.OUTSIDE, case__state__in=OPEN_STATES)
    rows = rows.filter(told_at__lte=now - span(CLASS)).exclude(case__in=queries.held_cases(now))
    return rows.order_by("pk").values_list("case_id", flat=True)


def _destroy(case_ids: Collection[int]) -> None:
    """Destroy key copies first; then the encrypted files, transfers with their reasons, alarms."""
    rows = Complaint.objects.filter(case__in=case_ids)
    vault.destroy_locks(rows.exclude(lock=None).values_list("lock_id", flat=True))
    pairs = File.objects.filter(complaint__in=rows).values_list("original", "shown")
    names = [name for pair in pairs for name in pair if name]
    rows.delete()
    transaction.on_commit(partial(_remove, names))


def _remove(names: Collection[str]) -> None:
    for name in names:
        file_storage.remove(name)


def _unbar(now: dt.datetime) -> None:
    """Delete exclusions once no entry of the audit log depends on them."""
    gone = Case.objects.filter(apart=True, forgotten_at__lte=now - span("audit")).values_list("public_id", flat=True)
    Veto.objects.filter(matter__in=[f"conduct:{public_id}" for public_id in gone]).delete()
    unbar(now)


def standing(now: dt.datetime) -> Standing:
    stands = cases(CLASS, now)
    return Standing(stands.kept, stands.late + _nobodys(now).count(), stands.oldest_at, stands.next_at)
