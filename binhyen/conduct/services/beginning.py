"""Conversion of a case into a complaint: the reporter's message of minutes before was the beginning of the complaint.

Both are one complaint, routed by the whole text.
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
    """Restrict the case at once; the worker seals the earlier texts (seal_case.seal_complaint_case)."""
    case = apart.lifted(case_id=case_id, category=next(iter(NEVER_DOWN)), urgency=telling.urgency, now=now)
    lifting.give_desk(case_id, besides=telling.words, unit_ids=telling.unit_ids, now=now)
    taking.hear(case.pk, telling, now=now)
    return Complaint.objects.select_related("case", "veto").get(case=case)
