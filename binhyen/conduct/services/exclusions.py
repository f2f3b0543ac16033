"""Access exclusions of ordinary cases that were opened from an extract of a complaint.

People excluded from the complaint are excluded from the case too, also later ones: their units cannot receive it, and
they cannot see it. No readable data links the complaint and the case.
"""

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from binhyen.cases.models import Case
from binhyen.cases.services.exclusions import exclude_officers
from binhyen.cases.services.unit_of_work import INTAKE_ACTOR
from binhyen.conduct import message_texts
from binhyen.conduct.models import Complaint
from binhyen.conduct.routing import NOTES_SUFFIX
from binhyen.conduct.services import alarms
from binhyen.kit.ids import format_code
from binhyen.people.conflict_facts import list_excluded_officers
from binhyen.people.conflicts import Desk
from binhyen.people.models import ConflictRule
from binhyen.people.queries import list_viewers_of_unit
from binhyen.privacy.config import get_retention_span
from binhyen.vault import services as vault


def set_exclusion(code: str, conflict_keys: Collection[str], *, excluded_since: dt.datetime | None = None) -> None:
    """Set the exclusion under both names: audit log readers cannot find entries about it, since then or ever."""
    audit_subject = f"case:{code}"
    values = {"alias": audit_subject, "desk": Desk.OUTSIDE, "conflict_keys": sorted(conflict_keys)}
    ConflictRule.objects.update_or_create(
        subject_ref=audit_subject, defaults=values, create_defaults={**values, "since": excluded_since}
    )


@transaction.atomic
def update_exclusions(case_id: int, *, now: dt.datetime) -> int:
    """Exclude the complaint's excluded people from the cases of its extracts; return how many cases changed."""
    complaint = Complaint.objects.select_related("veto").filter(case_id=case_id).first()
    if complaint is None:  # a tip, which has no exclusions
        return 0
    changed_count = 0
    for case in Case.objects.filter(drawn__source=case_id, erased_at=None).order_by("pk"):
        if case.is_restricted:
            _extend_complaint(case, complaint, now=now)
            continue
        set_exclusion(case.code, complaint.veto.conflict_keys, excluded_since=now)
        if exclude_officers(case.pk, officers=list_excluded_officers(complaint.veto.conflict_keys), now=now):
            changed_count += 1
            _note_if_unhandled(case.pk, complaint, now=now)
    return changed_count


def _extend_complaint(case: Case, source: Complaint, *, now: dt.datetime) -> None:
    """Extend a case that became a complaint itself: the same exclusions apply, and it escalates as usual."""
    row = Complaint.objects.select_for_update(of=("self",)).select_related("veto", "case").filter(case=case).first()
    if row is not None and row.lock_id is not None:
        alarms.add_subjects(row, [alarms.build_known_subject(source)], now=now)


def _note_if_unhandled(case_id: int, complaint: Complaint, *, now: dt.datetime) -> None:
    """Add a note for the handlers that an outside authority must work on the case."""
    case = Case.objects.get(pk=case_id)
    if complaint.lock_id is None or set(list_viewers_of_unit(case.unit_id)) - set(case.excluded_officers or ()):
        return
    vault.seal_text(
        lock_id=complaint.lock_id,
        owner=complaint.owner + NOTES_SUFFIX,
        kind=vault.Kind.REPLY,
        text=message_texts.NOBODY_LEFT.format(code=format_code(case.code)),
        author=INTAKE_ACTOR.label,
        now=now,
    )


def refresh_exclusions(*, now: dt.datetime) -> int:
    """Refresh exclusions after changes of conflict keys, in both directions; return how many cases changed."""
    open_ = Case.objects.filter(excluded_officers__isnull=False, erased_at=None)
    changed = 0
    for code, pk in list(open_.values_list("code", "pk")):
        conflict_keys = ConflictRule.objects.get(subject_ref=f"case:{code}").conflict_keys
        changed += exclude_officers(pk, officers=list_excluded_officers(conflict_keys), now=now)
    return changed


def delete_expired_exclusions(now: dt.datetime) -> None:
    """Delete exclusions of erased cases once the audit log has no entry of them left."""
    erased_cases = Case.objects.filter(
        excluded_officers__isnull=False, erased_at__lte=now - get_retention_span("audit")
    )
    codes = list(erased_cases.values_list("code", flat=True))
    ConflictRule.objects.filter(subject_ref__in=[f"case:{code}" for code in codes]).delete()
    erased_cases.filter(code__in=codes).update(excluded_officers=None)
