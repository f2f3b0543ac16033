"""Duplicate reports of one incident: each adds a reporter to the case; few statements for any number.

A reporter never learns of the others: they get the same message as for a new case.
"""

import copy
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from binhyen.cases.choices import News, State, Verb
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.cases.rules import Ladder, alarm_starts
from binhyen.cases.services.follow_ups import danger
from binhyen.cases.services.search_index import tell_more
from binhyen.cases.services.unit_of_work import ALARM, INTAKE, Trace, back_to_work, leave_traces

_CHANGED = (
    "folded", "marked", "urgency", "version", "updated_at", "acknowledged_at", "state", "closed_at", "outcome",
    "unhelped", "due_at", "news",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Witness:
    """A report of an incident that is open already.

    `reason`: code of the matching reason; `link_hash`: status page; `has_news`: it has new information.
    """

    case_id: int
    message_id: int
    reporter_id: int
    conversation_id: int | None
    folded: str
    marked: str
    urgency: int
    why: str
    link_hash: str | None = None
    news: bool = True


@transaction.atomic(savepoint=False)
def add_witnesses(witnesses: Sequence[Witness], *, ladder: Ladder, now: dt.datetime) -> dict[int, Case]:
    """Add the reports to their cases; return the case of each message.

    The messages are retained already.
    """
    if not witnesses:
        return {}
    ids = {w.case_id for w in witnesses}
    cases = {c.pk: c for c in Case.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")}
    CaseMessage.objects.bulk_create(
        CaseMessage(case_id=w.case_id, message_id=w.message_id, attached_at=now, attached_by=INTAKE.label)
        for w in witnesses
    )
    told = set(
        Report.objects.filter(case_id__in=ids, reporter_id__in=[w.reporter_id for w in witnesses])
        .values_list("case_id", "reporter_id")
    )  # fmt: skip
    Report.objects.bulk_create(  # an existing link is refused, as with a new case
        Report(case_id=w.case_id, reporter_id=w.reporter_id, conversation_id=w.conversation_id, link_hash=w.link_hash,
               at=now)
        for w in witnesses
        if (w.case_id, w.reporter_id) not in told
    )  # fmt: skip
    traces = [_add(cases[w.case_id], w, ladder=ladder, now=now) for w in witnesses]
    for case in cases.values():
        if case.state == State.CLOSED:  # closed at this very moment: the new report reopens it
            back_to_work(case, now=now)
    Case.objects.bulk_update(cases.values(), _CHANGED)
    leave_traces(traces, now=now)
    return {w.message_id: cases[w.case_id] for w in witnesses}


def _add(case: Case, witness: Witness, *, ladder: Ladder, now: dt.datetime) -> Trace:
    """Add text and urgency of the report to the case; urgency can only rise, and new information rings."""
    tell_more(case, witness.folded, witness.marked)
    tells = witness.news or not alarm_starts(case.urgency)
    rings = bool(tells and danger(case, witness.urgency, ladder=ladder, now=now))
    case.urgency = max(case.urgency, witness.urgency)
    case.version += 1
    case.updated_at = now
    case.news = case.news if case.news == News.LEFT else News.WORDS
    data = {"message": witness.message_id, "why": witness.why}
    return Trace(copy.copy(case), Verb.WITNESSED, INTAKE, data, name=ALARM if rings else "case")
