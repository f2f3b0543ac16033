"""Close a case with outcome, evidence and a result for all reporters; reopen it; add evidence."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.cases import event_data, message_texts
from binhyen.cases.choices import Grade, Outcome, State, UnreadUpdate, Verb
from binhyen.cases.models import Case, Evidence
from binhyen.cases.rules import NotAllowed, check_grade, check_outcome, list_outcomes
from binhyen.cases.services import officer_actions
from binhyen.cases.services.alarms import silence
from binhyen.cases.services.unit_of_work import (
    Actor,
    lock_case,
    lock_case_for_system,
    reopen_case,
    require_permission,
    require_reader,
    save_change,
    to_actor,
    to_case_status,
    update_clocks,
)
from binhyen.channels.services import cancel_deferred
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission


@transaction.atomic
def close_case(
    *,
    code: str,
    officer: Officer,
    outcome: Outcome,
    result: str,
    evidence: str = "",
    attachment_ids: Sequence[int] = (),
    grade: Grade | None = None,
    in_register: bool = False,
    version: int | None,
    now: dt.datetime,
) -> Case:
    """Close with an outcome code and a sentence for the reporters.

    Evidence is text, files or both, and may have been added before. `grade`: the value of the tip, if set along with
    it.
    """
    require_permission(officer, Permission.WORK_CASES)
    case = lock_case(code, officer=officer, version=version)
    require_reader(officer, case)
    if grade is not None and grade != case.tip_value:
        case = officer_actions.grade_tip(code=code, officer=officer, grade=grade, version=version, now=now)
    proved = bool(evidence.strip() or attachment_ids) or case.evidence.exists()
    check_outcome(
        to_case_status(case),
        outcome,
        can_decide=case.assignee_id == officer.pk and access.officer_may(officer, Permission.DECIDE),
        summary=result,
        has_proof=proved,
        in_register=in_register,
    )
    check_grade(outcome, case.tip_value)
    _store_evidence(case, officer, evidence, attachment_ids, now=now)
    cancel_deferred(case_id=case.pk, purpose="ASK")
    officer_actions.message_reporters(
        case,
        message_texts.format_result(case.code, result.strip()),
        officer=officer,
        purpose="RESULT",
        now=now,
        tail=message_texts.DID_IT_HELP,
        buttons=message_texts.list_rating_buttons(case.code),
    )
    silence(case, by=officer.pk, now=now)
    case.state, case.outcome, case.result, case.closed_at = State.CLOSED, outcome, result.strip()[:4000], now
    case.acknowledged_at = case.acknowledged_at or now
    update_clocks(case, now=now)
    save_change(
        case,
        Verb.CLOSED,
        actor=to_actor(officer),
        now=now,
        data={"outcome": outcome},
        changed=["state", "outcome", "result", "closed_at", "acknowledged_at", "due_at"],
    )
    return case


@transaction.atomic
def close_with_answer(*, case_id: int, version: int, text: str, actor: Actor, now: dt.datetime) -> bool:
    """Answer a question and close its case, if it did not change since `version`; return whether it was closed.

    A message of the reporter within `REOPEN_WINDOW` reopens it for an officer, with all its messages.
    """
    case = lock_case_for_system(case_id)
    is_untouched = case.state == State.NEW and case.version == version and case.assignee_id is None
    if not is_untouched or Outcome.ANSWERED not in list_outcomes(to_case_status(case), can_decide=False):
        return False
    answer = message_texts.format_case_answer(case.code, text)
    if not officer_actions.message_reporters(
        case,
        answer,
        officer=None,
        purpose="RESULT",
        now=now,
        tail=message_texts.DID_IT_HELP,
        buttons=message_texts.list_rating_buttons(case.code),
    ):
        return False
    case.state, case.outcome, case.result, case.closed_at = State.CLOSED, Outcome.ANSWERED, text[:4000], now
    case.acknowledged_at = now
    update_clocks(case, now=now)
    save_change(
        case,
        Verb.CLOSED,
        actor=actor,
        now=now,
        data={"outcome": Outcome.ANSWERED},
        changed=["state", "outcome", "result", "closed_at", "acknowledged_at", "due_at"],
    )
    return True


@transaction.atomic
def answer_open_case(
    *,
    case_id: int,
    text: str,
    actor: Actor,
    now: dt.datetime,
    purpose: str = "ANSWER",
    buttons: tuple[tuple[str, str], ...] = (),
) -> None:
    """Send an answer of the system, or its question (purpose ASK), on a case that stays open for a person."""
    case = lock_case_for_system(case_id)
    answer = message_texts.format_case_answer(case.code, text)
    if officer_actions.message_reporters(case, answer, officer=None, purpose=purpose, now=now, buttons=buttons):
        save_change(case, Verb.ANSWERED, actor=actor, now=now)


@transaction.atomic
def reopen_closed_case(*, code: str, officer: Officer, reason: str, version: int | None, now: dt.datetime) -> Case:
    require_permission(officer, Permission.WORK_CASES)
    case = lock_case(code, officer=officer, version=version)
    require_reader(officer, case)
    if case.state != State.CLOSED:
        raise NotAllowed(_("Chỉ mở lại vụ việc đã xong."))
    if len(reason.strip()) < 5:
        raise NotAllowed(_("Hãy ghi lý do mở lại."))
    case.notes.create(officer=officer, text=event_data.format_reopening_note(reason), at=now)
    cancel_deferred(case_id=case.pk)
    save_change(case, Verb.REOPENED, actor=to_actor(officer), now=now, changed=reopen_case(case, now=now))
    return case


@transaction.atomic
def add_evidence(
    *, code: str, officer: Officer, text: str, attachment_ids: Sequence[int] = (), version: int | None, now: dt.datetime
) -> Case:
    """Add a text, photos or both. The village team may add to its own tasks."""
    if not access.officer_may(officer, Permission.WORK_CASES):
        require_permission(officer, Permission.REPORT_BACK)
    case = lock_case(code, officer=officer, version=version)
    if not _store_evidence(case, officer, text, attachment_ids, now=now):
        raise NotAllowed(_("Chứng cứ đang trống."))
    if not access.officer_may(officer, Permission.WORK_CASES):
        case.unread_reason = UnreadUpdate.NOTE
    save_change(case, Verb.EVIDENCE, actor=to_actor(officer), now=now)
    return case


def _store_evidence(case: Case, officer: Officer, text: str, attachment_ids: Sequence[int], *, now: dt.datetime) -> int:
    """Store the text with the first file and each further file as its own row; return how many."""
    words, first, remaining = text.strip()[:5000], next(iter(attachment_ids), None), attachment_ids[1:]
    rows = [(words, first)] if words or first else []
    proofs = [
        Evidence(case=case, officer=officer, text=caption, attachment_id=file, at=now)
        for caption, file in [*rows, *(("", file) for file in remaining)]
    ]
    return len(Evidence.objects.bulk_create(proofs))
