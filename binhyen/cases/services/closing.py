"""The end of a case: outcome, evidence, the result to everybody who told; and opening it again."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.cases import kept, letters
from binhyen.cases.models import Alarm, Case, Evidence
from binhyen.cases.rules import NotAllowed, check_outcome
from binhyen.cases.services.steps import acting, back_to_work, facts, finish, keep_clocks, lock, require
from binhyen.cases.services.working import tell
from binhyen.cases.words import Outcome, State
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.rules import May


@transaction.atomic
def close(
    *, code: str, officer: Officer, outcome: Outcome, result: str, evidence: str = "", attachment_id: int | None = None,
    version: int | None, now: dt.datetime,
) -> Case:  # fmt: skip
    """Close with a code and a sentence for the people who told; evidence is words, a file, or both."""
    require(officer, May.WORK_CASES)
    case = lock(code, officer=officer, version=version)
    check_outcome(facts(case), outcome, decides=access.may(officer, May.DECIDE), summary=result)
    if evidence.strip() or attachment_id:
        Evidence.objects.create(
            case=case, officer=officer, text=evidence.strip()[:5000], attachment_id=attachment_id, at=now
        )
    tell(
        case, letters.closed(case.code, result.strip()), officer=officer, purpose="RESULT", now=now,
        tail=letters.DID_IT_HELP,
    )  # fmt: skip
    Alarm.objects.filter(case=case, acknowledged_at=None).update(
        acknowledged_at=now, acknowledged_by=officer, next_at=None
    )
    case.state, case.outcome, case.result, case.closed_at = State.CLOSED, outcome, result.strip()[:4000], now
    case.acknowledged_at = case.acknowledged_at or now
    keep_clocks(case, now=now)
    finish(
        case, "closed", actor=acting(officer), now=now, data={"outcome": outcome},
        changed=["state", "outcome", "result", "closed_at", "acknowledged_at", "due_at"],
    )  # fmt: skip
    return case


@transaction.atomic
def reopen(*, code: str, officer: Officer, reason: str, version: int | None, now: dt.datetime) -> Case:
    require(officer, May.WORK_CASES)
    case = lock(code, officer=officer, version=version)
    if case.state != State.CLOSED:
        raise NotAllowed(_("Chỉ mở lại vụ việc đã xong."))
    if len(reason.strip()) < 5:
        raise NotAllowed(_("Hãy ghi lý do mở lại."))
    case.notes.create(officer=officer, text=kept.reopened(reason), at=now)
    finish(case, "reopened", actor=acting(officer), now=now, changed=back_to_work(case, now=now))
    return case


@transaction.atomic
def add_evidence(
    *, code: str, officer: Officer, text: str, attachment_id: int | None = None, version: int | None, now: dt.datetime
) -> Case:
    require(officer, May.WORK_CASES)
    case = lock(code, officer=officer, version=version)
    if not text.strip() and not attachment_id:
        raise NotAllowed(_("Chứng cứ đang trống."))
    Evidence.objects.create(case=case, officer=officer, text=text.strip()[:5000], attachment_id=attachment_id, at=now)
    finish(case, "evidence", actor=acting(officer), now=now)
    return case
