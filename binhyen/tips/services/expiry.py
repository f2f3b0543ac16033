"""End of tips: withdrawal and expiry. Both destroy the key, so that no text is readable any more."""

import datetime as dt

from django.db import transaction

from binhyen.cases.choices import OPEN_STATES
from binhyen.cases.models import Drawn
from binhyen.cases.services import restricted_cases
from binhyen.kit.rls_scope import PROGRAM, entered
from binhyen.tips import queries
from binhyen.tips.models import Tip
from binhyen.tips.services.storage import alive, destroy


@entered(PROGRAM)
def withdraw(*, tip: Tip, now: dt.datetime) -> None:
    """Withdraw a tip for its reporter: the key is destroyed."""
    with transaction.atomic():
        row = alive(tip)
        row.withdrawn_at = now
        destroy(row, now=now)
        restricted_cases.withdrawn(case_id=row.case_id, now=now)


def clean(*, now: dt.datetime, most: int = 200) -> int:
    """Destroy the keys of expired tips; return how many.

    Included are tips whose key a restore destroyed again, or whose complaint is deleted.
    """
    over = [*queries.over(now=now, most=most), *queries.of_ended_complaints(most=most)]
    lost = [tip for tip in queries.keyless(most=most) if tip.pk not in {one.pk for one in over}]
    for tip in (*over, *lost):
        with transaction.atomic():
            destroy(alive(tip), now=now)
            if tip in lost and tip.case.state in OPEN_STATES:
                restricted_cases.withdrawn(case_id=tip.case_id, now=now)
    Drawn.objects.filter(source__in=Tip.objects.filter(gone_at__isnull=False).values("case")).delete()
    return len(over) + len(lost)
