"""Data subject requests: recorded with a deadline, answered by an officer or at once, and fulfilled."""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import Act, record
from binhyen.channels.models import Conversation
from binhyen.channels.services import Draft, queue
from binhyen.channels.services.quarantine import forget_children
from binhyen.consents import queries as consents
from binhyen.consents import services as consent_services
from binhyen.kit.clock import day_start, vietnam_day
from binhyen.kit.ids import show_code
from binhyen.kit.jobs import defer_once
from binhyen.kit.rls_scope import PROGRAM, entered
from binhyen.people.access import APART
from binhyen.people.models import Officer
from binhyen.people.services import Refusal, actor_of
from binhyen.privacy import queries
from binhyen.privacy.config import HOLIDAYS
from binhyen.privacy.message_texts import ANSWERED, WORDS
from binhyen.privacy.models import Request
from binhyen.privacy.rules.data_requests import LONGEST, Kind, State, last_day
from binhyen.privacy.rules.retention import DUTY_FOR_CITIZEN, Duty
from binhyen.vault import services as vault

CITIZEN = "citizen"
Field = vault.Field
_MOST_WORDS = 4 * LONGEST  # of waiting corrections together


def due_at(now: dt.datetime) -> dt.datetime:
    return day_start(last_day(vietnam_day(now), HOLIDAYS) + dt.timedelta(days=1))


@entered(PROGRAM)
@transaction.atomic
def ask(
    *, reporter_id: int, kind: Kind, words: str = "", link_hash: str = "", conversation_id: int | None = None,
    via: Request.Via | None = None, now: dt.datetime,
) -> Request:  # fmt: skip
    """Record a request; the same request while one waits updates it with the newest text.

    Texts of corrections are joined, because each may concern something else. After a complaint about police it is a new
    request for the custodians, and the first one stays unchanged.
    """
    apart = queries.told_about_police(reporter_id)
    row = _waiting(reporter_id, kind, apart)
    if row is None:
        try:
            with transaction.atomic():
                return _file(
                    reporter_id, kind, apart, now=now, words=words[:LONGEST], link_hash=link_hash,
                    conversation_id=conversation_id,
                    via=via or (Request.Via.CHAT if conversation_id else Request.Via.LINK),
                )  # fmt: skip
        except IntegrityError:  # a double click: the other request was faster
            row = _waiting(reporter_id, kind, apart)
            if row is None:
                raise
    if kind == Kind.ERASE:  # erase up to now; the deadline of the first request stays
        row.asked_at = now
        row.save(update_fields=["asked_at"])
    if words and row.state == State.OPEN and words not in row.words.split("\n\n"):
        both = f"{row.words}\n\n{words}" if kind == Kind.CORRECT and row.words else words
        Request.objects.filter(pk=row.pk).update(words=both[-_MOST_WORDS:])
    return row


def _waiting(reporter_id: int, kind: Kind, apart: bool) -> Request | None:
    """Return the waiting request, row locked."""
    rows = Request.objects.select_for_update().filter(reporter=reporter_id, kind=kind, apart=apart)
    return rows.filter(state__in=["OPEN", "GRANTED"]).first()


def _file(reporter_id: int, kind: Kind, apart: bool, *, now: dt.datetime, **more: Any) -> Request:
    row = Request.objects.create(
        reporter_id=reporter_id, kind=kind, asked_at=now, due_at=due_at(now), apart=apart,
        barred=queries.concerned(reporter_id) if apart else None, **more,
    )  # fmt: skip
    _note(row, "data.asked", CITIZEN, None, now=now)
    return row


@entered(PROGRAM)
@transaction.atomic
def answer_at_once(*, request: Request, now: dt.datetime) -> None:
    """Complete a request that the page itself can fulfil: export, contact change, withdrawn consent."""
    Request.objects.filter(pk=request.pk).update(
        state=State.DONE, answered_at=now, done_at=now, answer=WORDS[Kind(request.kind)]
    )
    _note(request, "data.done", CITIZEN, None, now=now)


@entered(PROGRAM)
@transaction.atomic
def correct_contact(*, reporter_id: int, link_hash: str, field: str, value: str, now: dt.datetime) -> None:
    """Replace a phone or name; the page encrypts the new value without reading the old one.

    It is a request of its own, because other waiting corrections still need an officer.
    """
    vault.seal_identity(reporter_id=reporter_id, field=Field(field), value=value, now=now)
    holds = [c for c in consents.of_reporter(reporter_id) if c.withdrawn_at is None and c.until is None]
    if not any(c.purpose == "CONTACT" for c in holds):
        consent_services.contact_given(reporter_id=reporter_id, now=now)
    apart = queries.told_about_police(reporter_id)
    done = {"state": State.DONE, "answered_at": now, "done_at": now, "answer": WORDS[Kind.CORRECT]}
    row = _file(
        reporter_id, Kind.CORRECT, apart, now=now, link_hash=link_hash, via=Request.Via.LINK, **done
    )  # fmt: skip
    _note(row, "data.done", CITIZEN, None, now=now)


@entered(PROGRAM)
@transaction.atomic
def withdraw_consents(*, reporter_id: int, link_hash: str, now: dt.datetime) -> None:
    """Withdraw all consents; name and phone lose their key; published data of a child is deleted."""
    request = ask(reporter_id=reporter_id, kind=Kind.WITHDRAW, link_hash=link_hash, now=now)
    for consent in consents.of_reporter(reporter_id):
        consent_services.withdraw(consent=consent, officer=None, now=now)
    vault.forget([reporter_id])
    forget_children(now=now)
    answer_at_once(request=request, now=now)


@transaction.atomic
def answer(*, public_id: str, officer: Officer, grant: bool, text: str, now: dt.datetime) -> Request:
    """Answer a request as an officer. Where a retention duty exists, only a refusal with that reason is possible.

    Raises Refusal.
    """
    row = queries.visible_requests(officer).select_for_update(of=("self",)).filter(public_id=public_id).first()
    if row is None or row.state != State.OPEN:
        raise Refusal(_("Yêu cầu này đã được trả lời."))
    text = text.strip()
    with entered(PROGRAM):
        duties = duties_of(row, now=now)
    if grant and duties:
        raise Refusal(_("Có vụ việc phải lưu theo luật, chưa xóa được. Hãy chọn «Không xóa được»."))
    if not grant and not duties and len(text) < 10:
        raise Refusal(_("Viết rõ lý do cho người yêu cầu đọc."))
    row.state = State.GRANTED if grant else State.REFUSED
    row.duty = duties[0] if duties else ""
    row.answer = " ".join(filter(None, [*(DUTY_FOR_CITIZEN[d] for d in duties), text]))[:2000]
    row.answered_at, row.answered_by = now, officer
    if row.apart:
        row.words = ""  # plaintext for the answering custodian, no longer needed
    row.save(update_fields=["words", "state", "duty", "answer", "answered_at", "answered_by"])
    _note(row, "data.granted" if grant else "data.refused", actor_of(officer), officer.unit_id, now=now)
    if grant:
        key = f"privacy.carry_out.{row.pk}"
        defer_once(queue="bulk", task="privacy.carry_out", key=key, arguments={"request": row.pk})
    else:
        with entered(PROGRAM):  # custodians have no access to conversations
            tell(row, row.answer, now=now)
    return row


def duties_of(row: Request, *, now: dt.datetime) -> list[Duty]:
    """Return duties against an erasure; complaints about police count only in a restricted request."""
    if row.kind != Kind.ERASE or not row.reporter_id:
        return []
    return queries.duties(row.reporter_id, police=row.apart, until=row.asked_at, now=now)


def tell(row: Request, text: str, *, apart: bool = False, now: dt.datetime) -> None:
    """Notify the person: by letter in chat, which no list shows if `apart`; after a request by link, on the page."""
    talk = Conversation.objects.filter(pk=row.conversation_id).first() if row.conversation_id else None
    if talk is not None:
        said = ANSWERED.format(code=show_code(row.code), text=text)
        draft = Draft(
            key=f"data:{row.public_id}:{row.state}{':apart' * apart}", channel_id=talk.channel_id,
            conversation_id=talk.pk, text=said,
            purpose=APART if apart or row.apart else "ANSWER",
        )  # fmt: skip
        queue([draft], now=now)


def _note(row: Request, verb: str, actor: str, unit_id: int | None, *, now: dt.datetime) -> None:
    """Record the action with the request's code and kind; without the person or any text."""
    record([Act(actor, verb, f"data:{row.code}", unit_id, {"kind": row.kind})], now=now)
