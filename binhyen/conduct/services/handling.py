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
from binhyen.cases.services.deadline_extensions import prolong_apart
from binhyen.cases.services.unit_of_work import acting
from binhyen.conduct import message_texts, queries
from binhyen.conduct.models import Complaint, Move
from binhyen.conduct.routing import ANSWER, NOTES, Deed, Rank, Route, deeds, may_pass_on, route
from binhyen.conduct.services import alarms, escalation, worker_tasks
from binhyen.conduct.subject_extraction import named
from binhyen.kit.clock import VIETNAM
from binhyen.kit.jobs import defer_once
from binhyen.kit.text import fold
from binhyen.people import officer_names
from binhyen.people.conflicts import Desk, desk_of
from binhyen.people.models import Officer
from binhyen.people.services import Refusal, actor_of
from binhyen.vault import services as vault

_LEAST = 20  # minimum length of a reason, in characters


def accept(*, complaint: Complaint, officer: Officer, now: dt.datetime) -> None:
    with transaction.atomic():
        row = _locked(complaint, officer, Deed.ACCEPT)
        _refused(lambda: restricted_cases.moved(case_id=row.case_id, to=State.RECEIVED, actor=acting(officer), now=now))
        alarms.heard(row, officer, now=now)


def acknowledge(*, complaint: Complaint, officer: Officer, now: dt.datetime) -> None:
    """Acknowledge the alarm; an alerted handler of a higher desk may do so too."""
    with transaction.atomic():
        row = _locked(complaint, officer, Deed.ACKNOWLEDGE)
        if not alarms.heard(row, officer, now=now):
            raise Refusal(_("Phản ánh này không còn báo động."))


def name(
    *, complaint: Complaint, rank: Rank, unit_ids: Collection[int], who: str, officer: Officer, now: dt.datetime
) -> Route:
    """Set the subject of the complaint. Earlier exclusions stay; it may only move up."""
    said = named(fold(who), officer_names.everybody(), queries.near(unit_ids)) if who.strip() else None
    if who.strip() and said and not said.officer_ids:
        raise Refusal(_("Không có cán bộ nào tên như vậy. Viết đủ họ tên, hoặc để trống."))
    about = queries.subjects([rank], unit_ids=unit_ids, officer_ids=said.officer_ids if said else ())
    with transaction.atomic():
        row = _locked(complaint, officer, Deed.NAME)
        return escalation.learn(row, about, officer=officer, now=now)


def take_over(*, complaint: Complaint, reason: str, officer: Officer, now: dt.datetime) -> None:
    """Take the complaint over from a lower desk (Law on Denunciations; security reference D.4)."""
    own = desk_of(officer.role)
    if len(reason.strip()) < _LEAST or own is None:
        raise Refusal(_("Ghi rõ lý do rút lên, ít nhất {least} ký tự.").format(least=_LEAST))
    with transaction.atomic():
        row = _locked(complaint, officer, Deed.TAKE_OVER)
        to = route([escalation.known(row)], queries.handlers(), at_least=own)
        alarms.heard(row, officer, now=now)
        escalation.go(row, to, why=Move.Why.TAKEN, reason=reason.strip(), officer=officer, now=now)


def answer(*, complaint: Complaint, text: str, officer: Officer, now: dt.datetime) -> None:
    with transaction.atomic():
        row = _locked(complaint, officer)
        _say(row, text, officer, now=now)
        restricted_cases.answered(case_id=row.case_id, actor=acting(officer), now=now)


def saved(*, complaint: Complaint, why: str, reason: str, officer: Officer, now: dt.datetime) -> None:
    """Record the download of an original file: the reporter is notified, other handlers can read the reason."""
    with transaction.atomic():
        row = queries.visible(officer).select_for_update(of=("self",)).filter(pk=complaint.pk).first()
        if row is None:
            raise Refusal(_("Không có phản ánh này."))
        _seal(row, row.owner + NOTES, message_texts.SAVED.format(reason=reason), officer, now=now)
        _tell(row, message_texts.TAKEN.format(why=why), officer, now=now)


def conclude(*, complaint: Complaint, outcome: str, text: str, officer: Officer, now: dt.datetime) -> None:
    if outcome not in set(Outcome):
        raise Refusal(_("Chọn kết quả."))
    with transaction.atomic():
        row = _locked(complaint, officer, Deed.CLOSE)
        _say(row, text, officer, now=now)
        _refused(
            lambda: restricted_cases.ended(
                case_id=row.case_id, outcome=Outcome(outcome), actor=acting(officer), now=now
            )
        )
        alarms.heard(row, officer, now=now)


def prolong(*, complaint: Complaint, reason: str, officer: Officer, now: dt.datetime) -> dt.datetime:
    """Prolong the deadline of the conclusion once, as the law allows; return the new deadline.

    The reporter gets the reason.
    """
    if len(reason.strip()) < _LEAST:
        raise Refusal(_("Ghi rõ lý do gia hạn, ít nhất {least} ký tự.").format(least=_LEAST))
    with transaction.atomic():
        row = _locked(complaint, officer, Deed.PROLONG)
        try:
            until = prolong_apart(case_id=row.case_id, clock=ANSWER, actor=acting(officer), now=now)
        except NotAllowed as why:
            raise Refusal(str(why)) from why
        day = f"{until.astimezone(VIETNAM):%d/%m/%Y}"
        _tell(row, message_texts.LONGER.format(until=day, reason=reason.strip()), officer, now=now)
    return until


def reopen(*, complaint: Complaint, officer: Officer, now: dt.datetime) -> None:
    with transaction.atomic():
        row = _locked(complaint, officer, Deed.REOPEN)
        _refused(lambda: restricted_cases.moved(case_id=row.case_id, to=State.WORKING, actor=acting(officer), now=now))


def pass_on(*, complaint: Complaint, extract: str, officer: Officer, now: dt.datetime) -> None:
    """Pass facts of a crime on as an ordinary case of the province's desk, without the reporter or the complaint."""
    if len(extract.split()) < 3:
        raise Refusal(_("Hãy viết phần trích đủ để làm việc, không có gì chỉ ra người phản ánh."))
    with transaction.atomic():
        row = _locked(complaint, officer)
        if not may_pass_on(row.veto.kept_from):
            raise Refusal(_("Phản ánh này về người của công an tỉnh: không chuyển được qua bàn trực tỉnh."))
        if State(row.case.state) not in OPEN_STATES:
            raise Refusal(_("Phản ánh này đã kết luận."))
        restricted_cases.handed_on(case_id=row.case_id, actor=acting(officer), now=now)
        _later("conduct.extract", row, now, sealed=extract.strip(), officer_id=officer.pk, urgency=row.urgency)


def _locked(complaint: Complaint, officer: Officer, deed: Deed | None = None) -> Complaint:
    """Return the locked row if the officer still sees it and the action is allowed at its present desk.

    Raises Refusal.
    """
    row = queries.visible(officer).select_for_update(of=("self",)).filter(pk=complaint.pk).first()
    own = desk_of(officer.role)
    if row is None or own is None:
        raise Refusal(_("Không có phản ánh này."))
    at = Desk(row.veto.desk)
    allowed = own is at if deed is None else deed in deeds(State(row.case.state), own=own, at=at, rings=True)
    if not allowed:
        raise Refusal(_("Việc này không làm được lúc này, hoặc phản ánh đang ở cấp khác."))
    return row


def _refused(act: Callable[[], None]) -> None:
    try:
        act()
    except NotAllowed as why:
        raise Refusal(str(why)) from why


def _say(row: Complaint, text: str, officer: Officer, *, now: dt.datetime) -> None:
    if not text.strip():
        raise Refusal(_("Lời trả lời đang trống."))
    _tell(row, text.strip(), officer, now=now)
    row.answered_at = now
    row.save(update_fields=["answered_at"])


def _tell(row: Complaint, text: str, officer: Officer, *, now: dt.datetime) -> None:
    _seal(row, row.owner, text, officer, now=now)
    if not row.wrapped and row.owner.startswith("conduct:"):
        _later("conduct.letter", row, now, sealed=text)


def _seal(row: Complaint, owner: str, text: str, officer: Officer, *, now: dt.datetime) -> None:
    author = actor_of(officer)
    vault.seal_text(lock_id=row.lock_id or 0, owner=owner, kind=vault.Kind.REPLY, text=text, author=author, now=now)


def _later(task: str, row: Complaint, now: dt.datetime, *, sealed: str = "", **arguments: object) -> None:
    """Defer a job with its text encrypted to the worker, so that job arguments are unreadable."""
    key = f"{task}:{row.pk}:{now.timestamp()}"
    words = {"sealed": worker_tasks.seal(sealed, complaint_id=row.pk)} if sealed else {}
    defer_once(queue="urgent", task=task, key=key, arguments={"complaint_id": row.pk, **words, **arguments})
