"""Access exclusions of ordinary cases that were opened from an extract of a complaint.

People excluded from the complaint are excluded from the case too, also later ones: their units cannot receive it, and
they cannot see it. No readable data links the complaint and the case.
"""

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from binhyen.cases.models import Case
from binhyen.cases.services.exclusions import withhold
from binhyen.cases.services.unit_of_work import INTAKE
from binhyen.conduct import message_texts
from binhyen.conduct.models import Complaint
from binhyen.conduct.routing import NOTES
from binhyen.conduct.services import escalation
from binhyen.kit.ids import show_code
from binhyen.people.conflict_facts import barred_by
from binhyen.people.conflicts import Desk
from binhyen.people.models import Veto
from binhyen.people.queries import who_see
from binhyen.privacy.config import span
from binhyen.vault import services as vault


def bar(code: str, kept_from: Collection[str], *, since: dt.datetime | None = None) -> None:
    """Set the exclusion under both names: audit log readers cannot find entries about it, since then or ever."""
    matter = f"case:{code}"
    kept = {"alias": matter, "desk": Desk.OUTSIDE, "kept_from": sorted(kept_from)}
    Veto.objects.update_or_create(matter=matter, defaults=kept, create_defaults={**kept, "since": since})


@transaction.atomic
def follow(case_id: int, *, now: dt.datetime) -> int:
    """Exclude the complaint's excluded people from the cases of its extracts; return how many cases changed."""
    complaint = Complaint.objects.select_related("veto").filter(case_id=case_id).first()
    if complaint is None:  # a tip, which has no exclusions
        return 0
    changed = 0
    for case in Case.objects.filter(drawn__source=case_id, forgotten_at=None).order_by("pk"):
        if case.apart:
            _also_complaint(case, complaint, now=now)
            continue
        bar(case.code, complaint.veto.kept_from, since=now)
        if withhold(case.pk, officers=barred_by(complaint.veto.kept_from), now=now):
            changed += 1
            _tell_if_nobody_is_left(case.pk, complaint, now=now)
    return changed


def _also_complaint(case: Case, source: Complaint, *, now: dt.datetime) -> None:
    """Extend a case that became a complaint itself: the same exclusions apply, and it escalates as usual."""
    row = Complaint.objects.select_for_update(of=("self",)).select_related("veto", "case").filter(case=case).first()
    if row is not None and row.lock_id is not None:
        escalation.learn(row, [escalation.known(source)], now=now)


def _tell_if_nobody_is_left(case_id: int, complaint: Complaint, *, now: dt.datetime) -> None:
    """Add a note for the handlers that an outside authority must work on the case."""
    case = Case.objects.get(pk=case_id)
    if complaint.lock_id is None or set(who_see(case.unit_id)) - set(case.barred or ()):
        return
    vault.seal_text(
        lock_id=complaint.lock_id, owner=complaint.owner + NOTES, kind=vault.Kind.REPLY,
        text=message_texts.NOBODY_LEFT.format(code=show_code(case.code)), author=INTAKE.label, now=now,
    )  # fmt: skip


def renew(*, now: dt.datetime) -> int:
    """Refresh exclusions after changes of conflict keys, in both directions; return how many cases changed."""
    open_ = Case.objects.filter(barred__isnull=False, forgotten_at=None)
    changed = 0
    for code, pk in list(open_.values_list("code", "pk")):
        kept = Veto.objects.get(matter=f"case:{code}").kept_from
        changed += withhold(pk, officers=barred_by(kept), now=now)
    return changed


def unbar(now: dt.datetime) -> None:
    """Delete exclusions of erased cases once the audit log has no entry of them left."""
    gone = Case.objects.filter(barred__isnull=False, forgotten_at__lte=now - span("audit"))
    codes = list(gone.values_list("code", flat=True))
    Veto.objects.filter(matter__in=[f"case:{code}" for code in codes]).delete()
    gone.filter(code__in=codes).update(barred=None)
