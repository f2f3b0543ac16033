"""Writes of procedures: draft, submission, approval, withdrawal, answers in chats, questions without an answer."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.text import slugify
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.cases.services import closing
from binhyen.cases.services.unit_of_work import Actor
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.kit.text import collapse_spaces, fold_text, fold_to_words
from binhyen.people.models import Officer
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.procedures import queries
from binhyen.procedures.models import MAX_QUESTION_LENGTH, Procedure, UnansweredQuestion
from binhyen.procedures.rules.matching import (
    CHOOSE,
    MAX_OFFER_LENGTH,
    MAX_OFFERS,
    MENU,
    choose_reply,
    choose_variant,
    format_procedure_answer,
    list_tokens,
)
from binhyen.procedures.rules.states import (
    MAX_LINE_LENGTH,
    ProcedureAction,
    ProcedureContent,
    ProcedureState,
    choose_end,
    find_content_problem,
    find_next_procedure_state,
    load_library,
)

PUBLIC_URL = "/thu-tuc"
MAX_OPEN_QUESTIONS = 2000  # different questions; further ones are not stored, so that the list stays readable
REPLY_TIME = dt.timedelta(minutes=15)  # then the answer lists every variant
_MIN_QUESTION_LETTERS = 6
_PROGRAM = "system:procedures"
ANSWER_ACTOR = Actor(_PROGRAM)


# The library.


@transaction.atomic
def load_shipped_procedures(*, now: dt.datetime) -> int:
    """Propose the shipped library to the province, each version once; return how many are new. Idempotent."""
    revision, library = load_library()
    present = set(Procedure.objects.filter(shipped_revision=revision).values_list("key", flat=True))
    rows = [
        _fill(
            Procedure(key=key, shipped_revision=revision, state=ProcedureState.SUBMITTED, created_at=now),
            content,
            now=now,
        )
        for key, content in library.items()
        if key not in present
    ]
    Procedure.objects.bulk_create(rows)
    if rows:
        record_actions([AuditAction(_PROGRAM, "procedure.shipped", detail={"count": len(rows)})], now=now)
    return len(rows)


@transaction.atomic
def create_procedure(*, content: ProcedureContent, officer: Officer, now: dt.datetime) -> Procedure:
    """Create a draft of the officer's unit. Raises RuleViolation."""
    _require_editor(officer)
    _check(content)
    key = _choose_key(content.title)
    row = _fill(Procedure(key=key, unit=officer.unit, author=officer, created_at=now), content, now=now)
    row.save(force_insert=True)
    _record(row, "procedure.created", officer, now=now)
    return row


@transaction.atomic
def create_next_version(*, public_id: UUID, officer: Officer, now: dt.datetime) -> Procedure:
    """Copy a version in use into a draft that will replace it. An open draft of the same procedure is returned."""
    _require_editor(officer)
    current = queries.get_visible_procedure(officer, public_id)
    if current.state != ProcedureState.APPROVED:
        raise RuleViolation(_("Chỉ soạn bản mới từ thủ tục đang dùng."))
    open_draft = queries.list_procedures(officer, tab="draft").filter(key=current.key).first()
    if open_draft is not None:
        return open_draft
    row = Procedure(key=current.key, unit=officer.unit, author=officer, created_at=now)
    _fill(row, current.content, now=now).save(force_insert=True)
    _record(row, "procedure.created", officer, now=now)
    return row


@transaction.atomic
def update_procedure(*, public_id: UUID, content: ProcedureContent, officer: Officer, now: dt.datetime) -> Procedure:
    """Change a draft. The last editor is the author and cannot approve it."""
    row = _lock(public_id, officer)
    if row.state != ProcedureState.DRAFT:
        raise RuleViolation(_("Thủ tục không còn ở bước soạn."))
    _check(content)
    row.author, row.unit = officer, row.unit or officer.unit
    _fill(row, content, now=now).save()
    return row


@transaction.atomic
def submit_procedure(*, public_id: UUID, officer: Officer, now: dt.datetime) -> Procedure:
    return _move(_lock(public_id, officer), ProcedureAction.SUBMIT, "procedure.submitted", officer, now=now)


@transaction.atomic
def return_procedure(*, public_id: UUID, note: str, officer: Officer, now: dt.datetime) -> Procedure:
    """Send a submitted version back to its author, with what to change."""
    row = _lock(public_id, officer)
    if not queries.may_approve(officer):
        raise RuleViolation(_("Chỉ công an tỉnh duyệt thủ tục."))
    if len(note.strip()) < 5:
        raise RuleViolation(_("Hãy ghi cần sửa điều gì."))
    row.returned_note, row.unit = note.strip()[:MAX_LINE_LENGTH], row.unit or officer.unit
    return _move(row, ProcedureAction.SEND_BACK, "procedure.returned", officer, now=now)


@transaction.atomic
def approve_procedure(*, public_id: UUID, officer: Officer, now: dt.datetime) -> Procedure:
    """Put a version in use; it replaces the one before. Raises RuleViolation for its author."""
    row = _lock(public_id, officer)
    if not queries.may_approve(officer):
        raise RuleViolation(_("Chỉ công an tỉnh duyệt thủ tục."))
    if row.author_id == officer.pk:
        raise RuleViolation(_("Người soạn không tự duyệt. Hãy nhờ một người khác."))
    today = to_vietnam_day(now)
    row.valid_to = choose_end(row.valid_to, row.valid_from, today)
    if row.valid_to < today:
        raise RuleViolation(_("Ngày hết áp dụng đã qua. Hãy sửa lại."))
    for previous in Procedure.objects.select_for_update().filter(key=row.key, state=ProcedureState.APPROVED):
        previous.ended_by, previous.ended_at = officer, now
        _move(previous, ProcedureAction.REPLACE, "procedure.replaced", officer, now=now)
    row.approved_by, row.approved_at, row.returned_note = officer, now, ""
    return _move(row, ProcedureAction.APPROVE, "procedure.approved", officer, now=now)


@transaction.atomic
def withdraw_procedure(*, public_id: UUID, reason: str, officer: Officer, now: dt.datetime) -> Procedure:
    """Take a version out of use at once, or give a draft up. One in use is withdrawn by the province."""
    row = _lock(public_id, officer)
    if row.state == ProcedureState.APPROVED and not queries.may_approve(officer):
        raise RuleViolation(_("Chỉ công an tỉnh rút thủ tục đang dùng."))
    if len(reason.strip()) < 5:
        raise RuleViolation(_("Hãy ghi vì sao rút."))
    row.reason, row.ended_by, row.ended_at = reason.strip()[:MAX_LINE_LENGTH], officer, now
    return _move(row, ProcedureAction.WITHDRAW, "procedure.withdrawn", officer, now=now)


def _require_editor(officer: Officer) -> None:
    if not queries.may_edit(officer):
        raise RuleViolation(_("Bạn không có quyền làm việc này."))


def _lock(public_id: UUID, officer: Officer) -> Procedure:
    """Return the locked version. Raises ProcedureNotVisible, or RuleViolation for one of another unit."""
    row = queries.get_visible_procedure(officer, public_id, for_update=True)
    if not queries.is_own_procedure(officer, row):
        raise RuleViolation(_("Thủ tục của đơn vị khác, bạn chỉ xem được."))
    return row


def _check(content: ProcedureContent) -> None:
    if problem := find_content_problem(content):
        raise RuleViolation(_(problem))


def _choose_key(title: str) -> str:
    """Return a new key for the public address, made of the title."""
    base = slugify(fold_text(title))[:50].strip("-") or "thu-tuc"
    with rls_scope(PROGRAM_SCOPE):  # a draft of another unit may have it
        taken = set(Procedure.objects.filter(key__startswith=base).values_list("key", flat=True))
    return next(key for key in (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))) if key not in taken)


def _fill(row: Procedure, content: ProcedureContent, *, now: dt.datetime) -> Procedure:
    fields: Mapping[str, Any] = asdict(content)
    for name, value in fields.items():
        # nosemgrep: fields-from-outside  the fields of ProcedureContent
        setattr(row, name, list(value) if name == "variants" else value)
    row.changed_at = now
    return row


def _move(row: Procedure, action: ProcedureAction, verb: str, officer: Officer, *, now: dt.datetime) -> Procedure:
    state = find_next_procedure_state(row.state, action)
    if state is None:
        raise RuleViolation(_("Thủ tục đã sang bước khác. Hãy tải lại trang."))
    row.state, row.changed_at = state, now
    row.save()
    _record(row, verb, officer, now=now)
    return row


def _record(row: Procedure, verb: str, officer: Officer, *, now: dt.datetime) -> None:
    action = AuditAction(get_audit_actor(officer), verb, f"procedure:{row.public_id}", row.unit_id)
    record_actions([action], now=now)


# Questions.


@transaction.atomic
def select_answerable(*, case_ids: Iterable[int], now: dt.datetime) -> list[int]:
    """Return the cases for `answer_case`; count the questions of the others, which the library cannot answer.

    Most questions of a busy hour have no answer: they cost one read together instead of a transaction each.
    """
    questions, index = queries.find_questions(case_ids), queries.get_index(now)
    answered, unanswered = [], Counter[tuple[str, str]]()
    for case_id in sorted(questions.keys() - queries.list_follow_up_cases(questions)):
        question = questions[case_id]
        match = index.match(question.text)
        if match.key or not list_tokens(question.text):
            answered.append(case_id)
        else:
            unanswered[question.masked, match.ranked[0] if match.ranked else ""] += 1
    # In the order of their digest's words: two jobs must not wait for each other.
    for (text, nearest_key), times in sorted(unanswered.items(), key=lambda item: fold_to_words(item[0][0])):
        record_unanswered(text=text, nearest_key=nearest_key, times=times, now=now)
    return answered


@transaction.atomic
def answer_case(*, case_id: int, now: dt.datetime) -> bool:
    """Answer the question of a case from the library and close it; return whether it was answered.

    In a chat the answer may need a question first: which of its cases the person is in. Otherwise the case stays as it
    is, for a person, and the question goes on the list of the unanswered.
    """
    question = queries.find_question(case_id)
    if question is None or queries.count_follow_up_questions(case_id):
        return False
    match = queries.match_question(question.text, now)
    procedure = queries.find_valid_procedure(match.key, now) if match.key else None
    if procedure is not None:
        return _answer_or_ask(case_id, question, procedure, question.text, now=now)
    if not list_tokens(question.text) and queries.list_valid_procedures(now).exists():
        _send_menu(case_id, now=now)
    else:
        record_unanswered(text=question.masked, nearest_key=match.ranked[0] if match.ranked else "", now=now)
    return False


@transaction.atomic
def answer_reply(*, case_id: int, now: dt.datetime) -> bool:
    """Answer the reply to the menu or to the question between variants; return whether the case was closed."""
    question, asked = queries.find_question(case_id), queries.count_follow_up_questions(case_id)
    if question is None or not 0 < asked < len(question.texts):
        return False
    first_key = queries.match_question(question.texts[0], now).key
    reply = question.texts[-1]
    procedure = queries.find_valid_procedure(first_key or queries.match_question(reply, now).key, now)
    if procedure is None:
        return False
    is_from_menu = not first_key and asked == 1
    return _answer_or_ask(case_id, question, procedure, reply, may_ask=is_from_menu, now=now)


def answer_unreplied(*, now: dt.datetime) -> int:
    """Answer with every variant where the person did not say which; return how many cases were closed."""
    closed = 0
    for case_id in queries.list_unreplied_cases(now - dt.timedelta(days=1), now - REPLY_TIME):
        with transaction.atomic():
            question = queries.find_question(case_id)
            match = queries.match_question(question.text, now) if question is not None else None
            procedure = queries.find_valid_procedure(match.key, now) if match is not None else None
            if question is not None and procedure is not None:
                closed += _answer_or_ask(case_id, question, procedure, "", may_ask=False, now=now)
    return closed


def _send_menu(case_id: int, *, now: dt.datetime) -> None:
    titles = queries.list_frequent_titles(now, limit=MAX_OFFERS, max_length=MAX_OFFER_LENGTH)
    text, buttons = MENU.format(link=f"{settings.PUBLIC_URL}{PUBLIC_URL}"), tuple((title, title) for title in titles)
    purpose = "ASK" if queries.can_reply_in_chat(case_id) else "ANSWER"
    closing.answer_open_case(case_id=case_id, text=text, actor=ANSWER_ACTOR, purpose=purpose, buttons=buttons, now=now)


def _answer_or_ask(
    case_id: int,
    question: queries.AskedQuestion,
    procedure: Procedure,
    words: str,
    *,
    may_ask: bool = True,
    now: dt.datetime,
) -> bool:
    """Answer for the variant that the words name; ask which one where they name none and the person can reply."""
    content = procedure.content
    variant = choose_reply(content.variants, words) or choose_variant(content.variants, question.text)
    labels = [item.label for item in content.variants]
    if variant is None and may_ask and 1 < len(labels) <= MAX_OFFERS and queries.can_reply_in_chat(case_id):
        text = CHOOSE.format(title=content.title, ask=content.ask)
        buttons = tuple((label[:MAX_OFFER_LENGTH], label) for label in labels)
        closing.answer_open_case(
            case_id=case_id, text=text, actor=ANSWER_ACTOR, purpose="ASK", buttons=buttons, now=now
        )
        return False
    text = format_procedure_answer(content, variant, f"{settings.PUBLIC_URL}{PUBLIC_URL}/{procedure.key}")
    is_closed = closing.close_with_answer(
        case_id=case_id, version=question.version, text=text, actor=ANSWER_ACTOR, now=now
    )
    if is_closed:
        Procedure.objects.filter(pk=procedure.pk).update(answers=F("answers") + 1)
    return is_closed


def record_unanswered(*, text: str, nearest_key: str, times: int = 1, now: dt.datetime) -> None:
    """Count a question without an answer. `text`: masked. Person, place and hour are not stored."""
    text, today = collapse_spaces(text)[:MAX_QUESTION_LENGTH], to_vietnam_day(now)
    words = fold_to_words(text)
    if len(words) < _MIN_QUESTION_LETTERS:
        return
    digest = sha256(words.encode()).hexdigest()
    with rls_scope(PROGRAM_SCOPE):
        rows = UnansweredQuestion.objects.filter(digest=digest)
        if rows.update(times=F("times") + times, last_on=today):
            return
        if UnansweredQuestion.objects.count() >= MAX_OPEN_QUESTIONS:
            return
        UnansweredQuestion.objects.bulk_create(
            [
                UnansweredQuestion(
                    digest=digest,
                    text=text,
                    nearest_key=nearest_key[:60],
                    times=times,
                    first_on=today,
                    last_on=today,
                )
            ],
            ignore_conflicts=True,
        )


@transaction.atomic
def delete_question(*, public_id: UUID, officer: Officer, now: dt.datetime) -> None:
    """Take a question off the list: an answer was written, or none is needed. Idempotent."""
    row = queries.list_unanswered(officer).filter(public_id=public_id).first()
    if row is None:
        return
    row.delete()
    subject = f"question:{public_id}"
    record_actions([AuditAction(get_audit_actor(officer), "procedure.settled", subject, officer.unit_id)], now=now)


def delete_expired_rows(now: dt.datetime, limit: int) -> int:
    """Delete questions not asked any more, and versions that ended long ago; return how many."""
    deleted = 0
    for rows in (queries.select_expired_questions(now), queries.select_expired_versions(now)):
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
        rows.model._default_manager.filter(pk__in=ids).delete()
        deleted += len(ids)
    return deleted
