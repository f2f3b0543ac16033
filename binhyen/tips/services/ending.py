"""Tips end: taken back by their person, or over. Either way the key is destroyed and nobody reads a word any more."""

import datetime as dt

from django.db import transaction

from binhyen.cases.models import Drawn
from binhyen.cases.services import apart
from binhyen.cases.words import OPEN_STATES
from binhyen.kit.scope import PROGRAM, entered
from binhyen.tips import queries
from binhyen.tips.models import Tip
from binhyen.tips.services.rows import alive, destroy


@entered(PROGRAM)
def withdraw(*, tip: Tip, now: dt.datetime) -> None:
    """The person takes it back: the key is destroyed, so nobody reads a word of it any more."""
    with transaction.atomic():
        row = alive(tip)
        row.withdrawn_at = now
        destroy(row, now=now)
        apart.withdrawn(case_id=row.case_id, now=now)


def clean(*, now: dt.datetime, most: int = 200) -> int:
    """Destroy the keys of tips whose time is over, and end those whose key a restore destroyed again or whose complaint
    is gone; how many.
    """
    over = [*queries.over(now=now, most=most), *queries.of_ended_complaints(most=most)]
    lost = [tip for tip in queries.keyless(most=most) if tip.pk not in {one.pk for one in over}]
    for tip in (*over, *lost):
        with transaction.atomic():
            destroy(alive(tip), now=now)
            if tip in lost and tip.case.state in OPEN_STATES:
                apart.withdrawn(case_id=tip.case_id, now=now)
    Drawn.objects.filter(source__in=Tip.objects.filter(gone_at__isnull=False).values("case")).delete()
    return len(over) + len(lost)
