"""Somebody complains of police, and what they told minutes before lies in the register as a case of its own: it was the
complaint's beginning, so all of it is one, routed by the whole.
"""

import datetime as dt

from django.db import transaction

from binhyen.cases.services import apart
from binhyen.cases.words import NEVER_DOWN
from binhyen.conduct.models import Complaint
from binhyen.conduct.services import lifting, taking
from binhyen.intake.apart import Telling


@transaction.atomic(savepoint=False)
def take_up(case_id: int, telling: Telling, *, now: dt.datetime) -> Complaint:
    """Out of everybody's sight at once; the worker seals what was told before (lifting.lift)."""
    case = apart.lifted(case_id=case_id, category=next(iter(NEVER_DOWN)), urgency=telling.urgency, now=now)
    lifting.give_desk(case_id, besides=telling.words, unit_ids=telling.unit_ids, now=now)
    taking.hear(case.pk, telling, now=now)
    return Complaint.objects.select_related("case", "veto").get(case=case)
