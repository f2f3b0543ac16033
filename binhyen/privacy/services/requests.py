"""Data subject requests: recorded with a deadline, answered by an officer or at once, and fulfilled."""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.cases.models import Case, CaseMessage
from binhyen.channels.models import Conversation
from binhyen.channels.services import OutgoingDraft, queue_messages
from binhyen.channels.services.quarantine import remove_child_details
from binhyen.consents import services as consent_services
from binhyen.kit.clock import start_of_day, to_vietnam_day
from binhyen.kit.ids import format_code
from binhyen.kit.jobs import defer_once
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.people import access
from binhyen.people.access import COMPLAINT_PURPOSE
from binhyen.people.models import Officer
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.privacy import queries
from binhyen.privacy.config import HOLIDAYS
from binhyen.privacy.message_texts import ANSWERED, WORDS
from binhyen.privacy.models import Request
from binhyen.privacy.queries import ABOUT_POLICE
from binhyen.privacy.rules.data_requests import MAX_TEXT_LENGTH, DataRequestKind, DataRequestState, get_last_answer_day
from binhyen.privacy.rules.retention import DUTY_FOR_CITIZEN, RetentionDuty
from binhyen.vault import callback_numbers
from binhyen.vault import services as vault

# Rectification: the case that a person in a chat wants corrected.


def find_case_to_correct(row: Request, officer: Officer) -> Case | None:
    """Return the case of the person's newest message, later messages included, if the officer may see it.

    Only one, because the set of a person's cases is hidden here.
    """
    if row.kind != DataRequestKind.CORRECT or row.reporter_id is None or row.is_restricted:
        return None
    visible_links = CaseMessage.objects.filter(
        access.filter_cases(officer, "case__"), message__reporter=row.reporter_id
    )
    newest = (
        visible_links.filter(detached_at=None)
        .exclude(ABOUT_POLICE)
        .order_by("-message_id")
        .select_related("case")
        .first()
    )
    return newest.case if newest else None


CITIZEN = "citizen"
Field = vault.Field
_MAX_JOINED_LENGTH = 4 * MAX_TEXT_LENGTH  # of waiting corrections together


def compute_request_deadline(now: dt.datetime) -> dt.datetime:
    return start_of_day(get_last_answer_day(to_vietnam_day(now), HOLIDAYS) + dt.timedelta(days=1))


@rls_scope(PROGRAM_SCOPE)
@transaction.atomic
def create_request(
    *,
    reporter_id: int,
    kind: DataRequestKind,
    words: str = "",
    link_hash: str = "",
    conversation_id: int | None = None,
    via: Request.Via | None = None,
    now: dt.datetime,
) -> Request:
    """Record a request; the same request while one waits updates it with the newest text.

    Texts of corrections are joined, because each may concern something else. After a complaint about police it is a new
    request for the custodians, and the first one stays unchanged.
    """
    apart = queries.has_complained_about_police(reporter_id)
    row = _get_waiting_request(reporter_id, kind, apart)
    if row is None:
        try:
            with transaction.atomic():
                return _insert_request(
                    reporter_id,
                    kind,
                    apart,
                    now=now,
                    words=words[:MAX_TEXT_LENGTH],
                    link_hash=link_hash,
                    conversation_id=conversation_id,
                    via=via or (Request.Via.CHAT if conversation_id else Request.Via.LINK),
                )
        except IntegrityError:  # a double click: the other request was faster
            row = _get_waiting_request(reporter_id, kind, apart)
            if row is None:
                raise
    if kind == DataRequestKind.ERASE:  # erase up to now; the deadline of the first request stays
        row.asked_at = now
        row.save(update_fields=["asked_at"])
    if words and row.state == DataRequestState.OPEN and words not in row.words.split("\n\n"):
        joined_text = f"{row.words}\n\n{words}" if kind == DataRequestKind.CORRECT and row.words else words
        Request.objects.filter(pk=row.pk).update(words=joined_text[-_MAX_JOINED_LENGTH:])
    return row


def _get_waiting_request(reporter_id: int, kind: DataRequestKind, apart: bool) -> Request | None:
    """Return the waiting request, row locked."""
    rows = Request.objects.select_for_update().filter(reporter=reporter_id, kind=kind, is_restricted=apart)
    return rows.filter(state__in=["OPEN", "GRANTED"]).first()


def _insert_request(
    reporter_id: int, kind: DataRequestKind, apart: bool, *, now: dt.datetime, **fields: Any
) -> Request:
    row = Request.objects.create(
        reporter_id=reporter_id,
        kind=kind,
        asked_at=now,
        due_at=compute_request_deadline(now),
        is_restricted=apart,
        excluded_officers=queries.find_conflicted_custodians(reporter_id) if apart else None,
        **fields,
    )
    _record_request_action(row, "data.asked", CITIZEN, None, now=now)
    return row


@rls_scope(PROGRAM_SCOPE)
@transaction.atomic
def complete_request(*, request: Request, now: dt.datetime) -> None:
    """Complete a request that the page itself can fulfil: export, contact change, withdrawn consent."""
    Request.objects.filter(pk=request.pk).update(
        state=DataRequestState.DONE, answered_at=now, done_at=now, answer=WORDS[DataRequestKind(request.kind)]
    )
    _record_request_action(request, "data.done", CITIZEN, None, now=now)


@rls_scope(PROGRAM_SCOPE)
@transaction.atomic
def replace_contact(*, reporter_id: int, link_hash: str, field: str, value: str, now: dt.datetime) -> None:
    """Replace a phone or name; the page encrypts the new value without reading the old one.

    It is a request of its own, because other waiting corrections still need an officer.
    """
    vault.seal_identity(reporter_id=reporter_id, field=Field(field), value=value, now=now)
    if field == Field.PHONE:
        callback_numbers.replace_number(reporter_id=reporter_id, phone=value, now=now)
    active_consents = [
        consent
        for consent in consent_services.list_reporter_consents(reporter_id)
        if consent.withdrawn_at is None and consent.until is None
    ]
    if not any(consent.purpose == "CONTACT" for consent in active_consents):
        consent_services.record_contact_consent(reporter_id=reporter_id, now=now)
    apart = queries.has_complained_about_police(reporter_id)
    done_fields = {
        "state": DataRequestState.DONE,
        "answered_at": now,
        "done_at": now,
        "answer": WORDS[DataRequestKind.CORRECT],
    }
    row = _insert_request(
        reporter_id, DataRequestKind.CORRECT, apart, now=now, link_hash=link_hash, via=Request.Via.LINK, **done_fields
    )
    _record_request_action(row, "data.done", CITIZEN, None, now=now)


@rls_scope(PROGRAM_SCOPE)
@transaction.atomic
def withdraw_consents(*, reporter_id: int, link_hash: str, now: dt.datetime) -> None:
    """Withdraw all consents; name and phone lose their key; published data of a child is deleted."""
    request = create_request(reporter_id=reporter_id, kind=DataRequestKind.WITHDRAW, link_hash=link_hash, now=now)
    for consent in consent_services.list_reporter_consents(reporter_id):
        consent_services.withdraw_consent(consent=consent, officer=None, now=now)
    vault.erase_reporter_data([reporter_id])
    remove_child_details(now=now)
    complete_request(request=request, now=now)


@transaction.atomic
def answer_request(*, public_id: str, officer: Officer, grant: bool, text: str, now: dt.datetime) -> Request:
    """Answer a request as an officer. Where a retention duty exists, only a refusal with that reason is possible.

    Raises Refusal.
    """
    row = (
        queries.list_visible_data_requests(officer).select_for_update(of=("self",)).filter(public_id=public_id).first()
    )
    if row is None or row.state != DataRequestState.OPEN:
        raise RuleViolation(_("Yêu cầu này đã được trả lời."))
    text = text.strip()
    with rls_scope(PROGRAM_SCOPE):
        duties = find_request_duties(row, now=now)
    if grant and duties:
        raise RuleViolation(_("Có vụ việc phải lưu theo luật, chưa xóa được. Hãy chọn «Không xóa được»."))
    if not grant and not duties and len(text) < 10:
        raise RuleViolation(_("Viết rõ lý do cho người yêu cầu đọc."))
    row.state = DataRequestState.GRANTED if grant else DataRequestState.REFUSED
    row.duty = duties[0] if duties else ""
    row.answer = " ".join(filter(None, [*(DUTY_FOR_CITIZEN[citizen_duty] for citizen_duty in duties), text]))[:2000]
    row.answered_at, row.answered_by = now, officer
    if row.is_restricted:
        row.words = ""  # plaintext for the answering custodian, no longer needed
    row.save(update_fields=["words", "state", "duty", "answer", "answered_at", "answered_by"])
    _record_request_action(
        row, "data.granted" if grant else "data.refused", get_audit_actor(officer), officer.unit_id, now=now
    )
    if grant:
        key = f"privacy.carry_out.{row.pk}"
        defer_once(queue="bulk", task="privacy.carry_out", key=key, arguments={"request": row.pk})
    else:
        with rls_scope(PROGRAM_SCOPE):  # custodians have no access to conversations
            notify_person(row, row.answer, now=now)
    return row


def find_request_duties(row: Request, *, now: dt.datetime) -> list[RetentionDuty]:
    """Return duties against an erasure; complaints about police count only in a restricted request."""
    if row.kind != DataRequestKind.ERASE or not row.reporter_id:
        return []
    return queries.find_duties(row.reporter_id, police=row.is_restricted, until=row.asked_at, now=now)


def notify_person(row: Request, text: str, *, apart: bool = False, now: dt.datetime) -> None:
    """Notify the person: by letter in chat, which no list shows if `apart`; after a request by link, on the page."""
    conversation = Conversation.objects.filter(pk=row.conversation_id).first() if row.conversation_id else None
    if conversation is not None:
        letter_text = ANSWERED.format(code=format_code(row.code), text=text)
        draft = OutgoingDraft(
            key=f"data:{row.public_id}:{row.state}{':apart' * apart}",
            channel_id=conversation.channel_id,
            conversation_id=conversation.pk,
            text=letter_text,
            purpose=COMPLAINT_PURPOSE if apart or row.is_restricted else "ANSWER",
        )
        queue_messages([draft], now=now)


def _record_request_action(row: Request, verb: str, actor: str, unit_id: int | None, *, now: dt.datetime) -> None:
    """Record the action with the request's code and kind; without the person or any text."""
    record_actions([AuditAction(actor, verb, f"data:{row.code}", unit_id, {"kind": row.kind})], now=now)
