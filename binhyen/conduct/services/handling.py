"""Handling of a complaint: accept, name the subject, take over, answer, pass facts on, prolong, conclude.

Called by the custody process. Answers are encrypted to the conversation; a letter goes out, through the worker, only
where no status link can show the answer.
"""

import datetime as dt
from collections.abc import Callable, Collection

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.cases.choices import OPEN_STATES, Outcome, State
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import restricted_cases
from binhyen.cases.services.deadline_extensions import extend_restricted_clock
from binhyen.cases.services.unit_of_work import to_actor
from binhyen.conduct import message_texts, queries
from binhyen.conduct.models import Complaint, DeskTransfer
from binhyen.conduct.routing import (
    ANSWER_CLOCK,
    NOTES_SUFFIX,
    ComplaintAction,
    Route,
    SubjectRank,
    can_pass_on,
    list_complaint_actions,
    route_complaint,
)
from binhyen.conduct.services import alarms, worker_tasks
from binhyen.conduct.subject_extraction import extract_subjects
from binhyen.kit.clock import VIETNAM
from binhyen.kit.jobs import defer_once
from binhyen.kit.text import fold_text
from binhyen.people import queries as people_queries
from binhyen.people.conflicts import Desk, get_queue
from binhyen.people.models import Officer
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.vault import services as vault

_MIN_REASON_LENGTH = 20  # minimum length of a reason, in characters


def accept_complaint(*, complaint: Complaint, officer: Officer, now: dt.datetime) -> None:
    with transaction.atomic():
        row = _get_for_update(complaint, officer, ComplaintAction.ACCEPT)
        _convert_refusal(
            lambda: restricted_cases.set_restricted_state(
                case_id=row.case_id, to=State.RECEIVED, actor=to_actor(officer), now=now
            )
        )
        alarms.acknowledge_alarms(row, officer, now=now)


def acknowledge_complaint(*, complaint: Complaint, officer: Officer, now: dt.datetime) -> None:
    """Acknowledge the alarm; an alerted handler of a higher desk may do so too."""
    with transaction.atomic():
        row = _get_for_update(complaint, officer, ComplaintAction.ACKNOWLEDGE)
        if not alarms.acknowledge_alarms(row, officer, now=now):
            raise RuleViolation(_("Phản ánh này không còn báo động."))


def set_subject(
    *,
    complaint: Complaint,
    rank: SubjectRank,
    unit_ids: Collection[int],
    name_text: str,
    officer: Officer,
    now: dt.datetime,
) -> Route:
    """Set the subject of the complaint. Earlier exclusions stay; it may only move up."""
    mentions = (
        extract_subjects(
            fold_text(name_text), people_queries.list_all_names(), queries.list_officers_of_units(unit_ids)
        )
        if name_text.strip()
        else None
    )
    if name_text.strip() and mentions and not mentions.officer_ids:
        raise RuleViolation(_("Không có cán bộ nào tên như vậy. Viết đủ họ tên, hoặc để trống."))
    new_subjects = queries.build_subjects(
        [rank], unit_ids=unit_ids, officer_ids=mentions.officer_ids if mentions else ()
    )
    with transaction.atomic():
        row = _get_for_update(complaint, officer, ComplaintAction.NAME)
        return alarms.add_subjects(row, new_subjects, officer=officer, now=now)


def take_over_complaint(*, complaint: Complaint, reason: str, officer: Officer, now: dt.datetime) -> None:
    """Take the complaint over from a lower desk (Law on Denunciations 25/2018/QH14)."""
    own_queue = get_queue(officer.role)
    if len(reason.strip()) < _MIN_REASON_LENGTH or own_queue is None:
        raise RuleViolation(_("Ghi rõ lý do rút lên, ít nhất {least} ký tự.").format(least=_MIN_REASON_LENGTH))
    with transaction.atomic():
        row = _get_for_update(complaint, officer, ComplaintAction.TAKE_OVER)
        new_route = route_complaint([alarms.build_known_subject(row)], queries.list_handlers(), at_least=own_queue)
        alarms.acknowledge_alarms(row, officer, now=now)
        alarms.move_to_desk(row, new_route, why=DeskTransfer.Why.TAKEN, reason=reason.strip(), officer=officer, now=now)


def answer_complaint(*, complaint: Complaint, text: str, officer: Officer, now: dt.datetime) -> None:
    with transaction.atomic():
        row = _get_for_update(complaint, officer)
        _send_answer(row, text, officer, now=now)
        restricted_cases.record_desk_answer(case_id=row.case_id, actor=to_actor(officer), now=now)


def record_download(*, complaint: Complaint, why: str, reason: str, officer: Officer, now: dt.datetime) -> None:
    """Record the download of an original file: the reporter is notified, other handlers can read the reason."""
    with transaction.atomic():
        row = queries.list_visible(officer).select_for_update(of=("self",)).filter(pk=complaint.pk).first()
        if row is None:
            raise RuleViolation(_("Không có phản ánh này."))
        _seal_text(row, row.owner + NOTES_SUFFIX, message_texts.SAVED.format(reason=reason), officer, now=now)
        _write_to_reporter(row, message_texts.TAKEN.format(why=why), officer, now=now)


def conclude_complaint(*, complaint: Complaint, outcome: str, text: str, officer: Officer, now: dt.datetime) -> None:
    if outcome not in set(Outcome):
        raise RuleViolation(_("Chọn kết quả."))
    with transaction.atomic():
        row = _get_for_update(complaint, officer, ComplaintAction.CLOSE)
        _send_answer(row, text, officer, now=now)
        _convert_refusal(
            lambda: restricted_cases.close_restricted(
                case_id=row.case_id, outcome=Outcome(outcome), actor=to_actor(officer), now=now
            )
        )
        alarms.acknowledge_alarms(row, officer, now=now)


def prolong_deadline(*, complaint: Complaint, reason: str, officer: Officer, now: dt.datetime) -> dt.datetime:
    """Prolong the deadline of the conclusion once, as the law allows; return the new deadline.

    The reporter gets the reason.
    """
    if len(reason.strip()) < _MIN_REASON_LENGTH:
        raise RuleViolation(_("Ghi rõ lý do gia hạn, ít nhất {least} ký tự.").format(least=_MIN_REASON_LENGTH))
    with transaction.atomic():
        row = _get_for_update(complaint, officer, ComplaintAction.PROLONG)
        try:
            until = extend_restricted_clock(case_id=row.case_id, clock=ANSWER_CLOCK, actor=to_actor(officer), now=now)
        except NotAllowed as refusal:
            raise RuleViolation(str(refusal)) from refusal
        day = f"{until.astimezone(VIETNAM):%d/%m/%Y}"
        _write_to_reporter(row, message_texts.LONGER.format(until=day, reason=reason.strip()), officer, now=now)
    return until


def reopen_complaint(*, complaint: Complaint, officer: Officer, now: dt.datetime) -> None:
    with transaction.atomic():
        row = _get_for_update(complaint, officer, ComplaintAction.REOPEN)
        _convert_refusal(
            lambda: restricted_cases.set_restricted_state(
                case_id=row.case_id, to=State.WORKING, actor=to_actor(officer), now=now
            )
        )


def pass_on_facts(*, complaint: Complaint, extract: str, officer: Officer, now: dt.datetime) -> None:
    """Pass facts of a crime on as an ordinary case of the province's desk, without the reporter or the complaint."""
    if len(extract.split()) < 3:
        raise RuleViolation(_("Hãy viết phần trích đủ để làm việc, không có gì chỉ ra người phản ánh."))
    with transaction.atomic():
        row = _get_for_update(complaint, officer)
        if not can_pass_on(row.veto.conflict_keys):
            raise RuleViolation(_("Phản ánh này về người của công an tỉnh: không chuyển được qua bàn trực tỉnh."))
        if State(row.case.state) not in OPEN_STATES:
            raise RuleViolation(_("Phản ánh này đã kết luận."))
        restricted_cases.record_extraction(case_id=row.case_id, actor=to_actor(officer), now=now)
        _defer_job("conduct.extract", row, now, sealed=extract.strip(), officer_id=officer.pk, urgency=row.urgency)


def _get_for_update(complaint: Complaint, officer: Officer, deed: ComplaintAction | None = None) -> Complaint:
    """Return the locked row if the officer still sees it and the action is allowed at its present desk.

    Raises Refusal.
    """
    restricted_cases.lock_restricted(complaint.case_id)
    row = queries.list_visible(officer).select_for_update(of=("self",)).filter(pk=complaint.pk).first()
    own_desk = get_queue(officer.role)
    if row is None or own_desk is None:
        raise RuleViolation(_("Không có phản ánh này."))
    current_desk = Desk(row.veto.desk)
    allowed = (
        own_desk is current_desk
        if deed is None
        else deed
        in list_complaint_actions(State(row.case.state), own_desk=own_desk, current_desk=current_desk, rings=True)
    )
    if not allowed:
        raise RuleViolation(_("Việc này không làm được lúc này, hoặc phản ánh đang ở cấp khác."))
    return row


def _convert_refusal(operation: Callable[[], None]) -> None:
    try:
        operation()
    except NotAllowed as refusal:
        raise RuleViolation(str(refusal)) from refusal


def _send_answer(row: Complaint, text: str, officer: Officer, *, now: dt.datetime) -> None:
    if not text.strip():
        raise RuleViolation(_("Lời trả lời đang trống."))
    _write_to_reporter(row, text.strip(), officer, now=now)
    row.answered_at = now
    row.save(update_fields=["answered_at"])


def _write_to_reporter(row: Complaint, text: str, officer: Officer, *, now: dt.datetime) -> None:
    _seal_text(row, row.owner, text, officer, now=now)
    if not row.page_wrapped_key and row.owner.startswith("conduct:"):
        _defer_job("conduct.letter", row, now, sealed=text)


def _seal_text(row: Complaint, owner: str, text: str, officer: Officer, *, now: dt.datetime) -> None:
    author = get_audit_actor(officer)
    vault.seal_text(lock_id=row.lock_id or 0, owner=owner, kind=vault.Kind.REPLY, text=text, author=author, now=now)


def _defer_job(task: str, row: Complaint, now: dt.datetime, *, sealed: str = "", **arguments: object) -> None:
    """Defer a job with its text encrypted to the worker, so that job arguments are unreadable."""
    key = f"{task}:{row.pk}:{now.timestamp()}"
    sealed_argument = {"sealed": worker_tasks.seal_for_job(sealed, complaint_id=row.pk)} if sealed else {}
    defer_once(queue="urgent", task=task, key=key, arguments={"complaint_id": row.pk, **sealed_argument, **arguments})
