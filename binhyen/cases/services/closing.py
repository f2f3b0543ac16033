"""Close a case with outcome, evidence and a result for all reporters; reopen it; add evidence."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.cases import event_data, message_texts
from binhyen.cases.choices import Grade, News, Outcome, State, Verb
from binhyen.cases.models import Case, Evidence
from binhyen.cases.rules import NotAllowed, check_outcome, check_worth
from binhyen.cases.services import officer_actions
from binhyen.cases.services.alarms import hush
from binhyen.cases.services.unit_of_work import (
    acting,
    back_to_work,
    facts,
    finish,
    keep_clocks,
    lock,
    require,
    require_reader,
)
from binhyen.channels.services import no_longer_owed
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import May


@transaction.atomic
def close(
    *, code: str, officer: Officer, outcome: Outcome, result: str, evidence: str = "",
    attachment_ids: Sequence[int] = (), grade: Grade | None = None, version: int | None, now: dt.datetime,
) -> Case:  # fmt: skip
    """Close with an outcome code and a sentence for the reporters.

    Evidence is text, files or both, and may have been added before. `grade`: the value of the tip, if set along with
    it.
    """
    require(officer, May.WORK_CASES)
    case = lock(code, officer=officer, version=version)
    require_reader(officer, case)
    if grade is not None and grade != case.grade:
        case = officer_actions.grade(code=code, officer=officer, grade=grade, version=version, now=now)
    proved = bool(evidence.strip() or attachment_ids) or case.evidence.exists()
    check_outcome(facts(case), outcome, decides=access.may(officer, May.DECIDE), summary=result, proved=proved)
    check_worth(outcome, case.grade)
    _prove(case, officer, evidence, attachment_ids, now=now)
    no_longer_owed(case_id=case.pk, purpose="ASK")
    officer_actions.tell(
        case, message_texts.closed(case.code, result.strip()), officer=officer, purpose="RESULT", now=now,
        tail=message_texts.DID_IT_HELP,
    )  # fmt: skip
    hush(case, by=officer.pk, now=now)
    case.state, case.outcome, case.result, case.closed_at = State.CLOSED, outcome, result.strip()[:4000], now
    case.acknowledged_at = case.acknowledged_at or now
    keep_clocks(case, now=now)
    finish(
        case, Verb.CLOSED, actor=acting(officer), now=now, data={"outcome": outcome},
        changed=["state", "outcome", "result", "closed_at", "acknowledged_at", "due_at"],
    )  # fmt: skip
    return case


@transaction.atomic
def reopen(*, code: str, officer: Officer, reason: str, version: int | None, now: dt.datetime) -> Case:
    require(officer, May.WORK_CASES)
    case = lock(code, officer=officer, version=version)
    require_reader(officer, case)
    if case.state != State.CLOSED:
        raise NotAllowed(_("Chỉ mở lại vụ việc đã xong."))
    if len(reason.strip()) < 5:
        raise NotAllowed(_("Hãy ghi lý do mở lại."))
    case.notes.create(officer=officer, text=event_data.reopened(reason), at=now)
    no_longer_owed(case_id=case.pk)
    finish(case, Verb.REOPENED, actor=acting(officer), now=now, changed=back_to_work(case, now=now))
    return case


@transaction.atomic
def add_evidence(
    *, code: str, officer: Officer, text: str, attachment_ids: Sequence[int] = (), version: int | None, now: dt.datetime
) -> Case:
    """Add a text, photos or both. The village team may add to its own tasks."""
    if not access.may(officer, May.WORK_CASES):
        require(officer, May.REPORT_BACK)
    case = lock(code, officer=officer, version=version)
    if not _prove(case, officer, text, attachment_ids, now=now):
        raise NotAllowed(_("Chứng cứ đang trống."))
    if not access.may(officer, May.WORK_CASES):
        case.news = News.NOTE
    finish(case, Verb.EVIDENCE, actor=acting(officer), now=now)
    return case


def _prove(case: Case, officer: Officer, text: str, attachment_ids: Sequence[int], *, now: dt.datetime) -> int:
    """Store the text with the first file and each further file as its own row; return how many."""
    words, first, rest = text.strip()[:5000], next(iter(attachment_ids), None), attachment_ids[1:]
    rows = [(words, first)] if words or first else []
    proofs = [
        Evidence(case=case, officer=officer, text=said, attachment_id=file, at=now)
        for said, file in [*rows, *(("", file) for file in rest)]
    ]
    return len(Evidence.objects.bulk_create(proofs))
