"""Facts of a crime in a complaint go on as an ordinary case, which is kept from whoever the complaint is kept from, of
late too: no unit of theirs can be handed it, and none of them sees it. Nothing that anybody reads leads from one to the
other.
"""

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from binhyen.cases.models import Case
from binhyen.cases.services.steps import INTAKE
from binhyen.cases.services.withholding import withhold
from binhyen.conduct import letters
from binhyen.conduct.models import Complaint
from binhyen.conduct.rules import NOTES
from binhyen.conduct.services import moving
from binhyen.kit.ids import show_code
from binhyen.people.models import Veto
from binhyen.people.queries import who_see
from binhyen.people.standing import barred_by
from binhyen.people.veto import Desk
from binhyen.privacy.config import span
from binhyen.vault import services as vault


def bar(code: str, kept_from: Collection[str], *, since: dt.datetime | None = None) -> None:
    """Under both names: no reader of the audit book finds what is written of it, since then or ever."""
    matter = f"case:{code}"
    kept = {"alias": matter, "desk": Desk.OUTSIDE, "kept_from": sorted(kept_from)}
    Veto.objects.update_or_create(matter=matter, defaults=kept, create_defaults={**kept, "since": since})


@transaction.atomic
def follow(case_id: int, *, now: dt.datetime) -> int:
    """What went on from the complaint is kept from whoever it is kept from now; how many cases changed."""
    complaint = Complaint.objects.select_related("veto").filter(case_id=case_id).first()
    if complaint is None:  # a tip, which nothing is kept from
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
    """What went on was a complaint itself: it is kept from them too, and goes up as ever."""
    row = Complaint.objects.select_for_update(of=("self",)).select_related("veto", "case").filter(case=case).first()
    if row is not None and row.lock_id is not None:
        moving.learn(row, [moving.known(source)], now=now)


def _tell_if_nobody_is_left(case_id: int, complaint: Complaint, *, now: dt.datetime) -> None:
    """Its handlers have to see to it that somebody outside works on it."""
    case = Case.objects.get(pk=case_id)
    if complaint.lock_id is None or set(who_see(case.unit_id)) - set(case.barred or ()):
        return
    vault.seal_text(
        lock_id=complaint.lock_id, owner=complaint.owner + NOTES, kind=vault.Kind.REPLY,
        text=letters.NOBODY_LEFT.format(code=show_code(case.code)), author=INTAKE.label, now=now,
    )  # fmt: skip


def renew(*, now: dt.datetime) -> int:
    """Who came to stand on such a side since sees it no more, and the other way round; how many cases changed."""
    open_ = Case.objects.filter(barred__isnull=False, forgotten_at=None)
    changed = 0
    for code, pk in list(open_.values_list("code", "pk")):
        kept = Veto.objects.get(matter=f"case:{code}").kept_from
        changed += withhold(pk, officers=barred_by(kept), now=now)
    return changed


def unbar(now: dt.datetime) -> None:
    """When no entry of the audit book is left of a forgotten one."""
    gone = Case.objects.filter(barred__isnull=False, forgotten_at__lte=now - span("audit"))
    codes = list(gone.values_list("code", flat=True))
    Veto.objects.filter(matter__in=[f"case:{code}" for code in codes]).delete()
    gone.filter(code__in=codes).update(barred=None)
