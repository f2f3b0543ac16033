"""Fulfilment of granted requests, by the worker: it alone may delete."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from binhyen.audit.services import Act, record
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.cases.services.erasure import forget_cases, strip_teller, withdraw_case
from binhyen.cases.services.unit_of_work import CITIZEN
from binhyen.channels.models import Message
from binhyen.channels.services.deletion import drop_loose, drop_talks
from binhyen.channels.services.quarantine import forget_children
from binhyen.consents import queries as consents
from binhyen.consents import services as consent_services
from binhyen.kit import erasure_log
from binhyen.kit.clock import vietnam_day
from binhyen.privacy import queries
from binhyen.privacy.message_texts import KEPT, words_of
from binhyen.privacy.models import Request
from binhyen.privacy.rules.data_requests import Kind, State
from binhyen.privacy.services.identities import erase_identities
from binhyen.privacy.services.requests import duties_of, tell
from binhyen.vault import queries as known
from binhyen.vault import services as vault
from binhyen.vault.queries import OpenedOnce

PERSON = "person"  # kind of an erased person in the erasure log, for a restore


@transaction.atomic
def carry_out(*, request_id: int, now: dt.datetime) -> bool:
    """Fulfil a granted request; False where it was done already, or a retention duty arose meanwhile."""
    row = Request.objects.select_for_update().filter(pk=request_id, state=State.GRANTED).first()
    if row is None:
        return False
    reporter = row.reporter_id
    if duties_of(row, now=now):
        row.state, row.answered_at = State.OPEN, None  # back to the desk: something changed since the answer
        row.save(update_fields=["state", "answered_at"])
        return False
    since = row.kind == Kind.ERASE and reporter is not None and queries.told_since(reporter, row.asked_at)
    words = words_of(row.kind, row.answer, since=since)
    if reporter is not None and row.kind == Kind.ACCESS:
        words = f"{words} {summary(reporter, police=row.apart)}"
    row.state, row.done_at, row.answer = State.DONE, now, words
    tell(row, words, now=now)  # before the way to the person is deleted
    if not row.apart and queries.told_about_police(reporter):
        _tell_of_police(row, now=now)
    if reporter is not None and row.kind == Kind.ERASE:
        row.words, row.reporter_id = "", reporter if row.conversation_id or since else None
    row.save(update_fields=["state", "done_at", "answer", "words", "reporter"])
    if reporter is not None and row.kind == Kind.WITHDRAW:
        take_back(reporter, now=now)
    if reporter is not None and row.kind == Kind.ERASE:
        erase_person(reporter, until=row.asked_at, stays=bool(row.conversation_id), now=now)
    record([Act("system:privacy", "data.done", f"data:{row.code}", None, {"kind": row.kind})], now=now)
    return True


def _tell_of_police(row: Request, *, now: dt.datetime) -> None:
    """Notify about complaints after the request: the person gets the notice, readers of the request do not."""
    if row.kind == Kind.ERASE:
        tell(row, str(KEPT), apart=True, now=now)
    elif row.kind == Kind.ACCESS and row.reporter_id is not None:
        tell(row, summary(row.reporter_id, police=True), apart=True, now=now)


def take_back(reporter_id: int, *, now: dt.datetime) -> None:
    """Withdraw all consents and destroy the key to the person's identity."""
    for consent in consents.of_reporter(reporter_id):
        consent_services.withdraw(consent=consent, officer=None, now=now)
    vault.forget([reporter_id])
    forget_children(now=now)


def erase_person(reporter_id: int, *, until: dt.datetime, stays: bool = False, now: dt.datetime) -> None:
    """Erase a person: everything they reported `until` the request, and their identity.

    Cases with other reporters go on with the texts of the others, and those with later reports with these. Complaints
    about police are stored by law (rules/retention.py) with a way to answer, until their own period ends.

    `keeps_address`: the answer must be delivered first. People with later messages stay too, because these must be
    read and answered. The way to them is deleted the next night (identities.sweep_identities), or with that report.
    """
    stays = stays or queries.told_since(reporter_id, until)
    erasure_log.note(PERSON, [f"{one} {until.isoformat()}" for one in known.public_ids([reporter_id])])
    told = list(Report.objects.filter(queries.by_then(until), reporter=reporter_id).select_related("case"))
    for report in told:
        if queries.of_police(report.case):
            continue
        if report.case.merged_into_id is not None or _goes_on(report.case, told, until):
            more = _told_more(report.case, reporter_id, until)
            strip_teller(report.case_id, reporter_id, until=until if more else now, now=now)
        else:
            withdraw_case(report.case_id, now=now)
            forget_cases([report.case_id], actor=CITIZEN, now=now)
    take_back(reporter_id, now=now)
    if stays or queries.told_about_police(reporter_id):
        drop_loose([reporter_id], until=until)
        return
    drop_talks([reporter_id])
    erase_identities([reporter_id], now=now)


def _goes_on(case: Case, mine: Sequence[Report], until: dt.datetime) -> bool:
    """Return whether the case has other reporters or later reports; a merged case goes on with its target.

    `own_reports`: all reports of the person up to then.
    """
    told = Report.objects.filter(Q(case=case) | Q(case__merged_into=case)).exclude(pk__in=[one.pk for one in mine])
    if told.exists() or case.absorbed.exclude(pk__in=[one.case_id for one in mine]).exists():
        return True
    return _told_more(case, mine[0].reporter_id, until)


def _told_more(case: Case, reporter_id: int, until: dt.datetime) -> bool:
    """Return whether the person reported more on this very case after that; thanks do not count."""
    more = CaseMessage.objects.filter(case=case, detached_at=None, message__reporter=reporter_id)
    return more.filter(message__received_at__gt=until).exclude(message__category=queries.THANKS).exists()


def summary(reporter_id: int, *, police: bool) -> str:
    """Summarise a person's stored data in numbers and days, as fits in a chat; they have the texts themselves.

    `police`: include complaints about police.
    """
    said = Message.objects.filter(reporter=reporter_id).order_by("pk")
    if not police:
        said = said.exclude(pk__in=queries.words_about_police(reporter_id))
    days = [vietnam_day(at) for at in said.values_list("sent_at", flat=True)]
    opened = known.opened_to_others(reporter_id, but=() if police else queries.matters_of_police(reporter_id))
    cases = queries.codes_of(reporter_id, police=police)
    if not days:
        return "Hiện công an không còn giữ lời nhắn nào của bạn."
    span = f"từ {days[0]:%d/%m/%Y} đến {days[-1]:%d/%m/%Y}"
    return (
        f"Công an đang giữ {len(days)} lời nhắn của bạn, {span}, trong {len(cases)} vụ việc{_named(cases)}, và mã của "
        "bạn trên kênh này (niêm phong). Tên, số điện thoại nếu bạn đã cho cũng được niêm phong." + _opened(opened)
    )


def _named(codes: Sequence[str]) -> str:
    """Format « (K7M2 9QXD, …)»: at most ten of them, the newest."""
    more = ["…"] if len(codes) > queries.MOST_NAMED else []
    return f" ({', '.join([*codes[-queries.MOST_NAMED :], *more])})" if codes else ""


def _opened(opened: Sequence[OpenedOnce]) -> str:
    """Format the disclosures for the person.

    They learn of them here even if the notice failed (cases/services/disclosure_notice.py).
    """
    if not opened:
        return " Chưa ai mở xem bạn là ai."
    last = opened[-1]
    maybe = " (mang sang máy tách rời, có thể đã mở)" if last.until is None else ""
    return f" Đã mở xem {len(opened)} lần; lần cuối ngày {vietnam_day(last.at):%d/%m/%Y}: {last.why}{maybe}."
