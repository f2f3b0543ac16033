"""Fulfilment of granted requests, by the worker: it alone may delete."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from binhyen.audit.services import AuditAction, record_actions
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.cases.services.erasure import erase_cases, erase_reporter, withdraw_case
from binhyen.cases.services.unit_of_work import CITIZEN_ACTOR
from binhyen.channels.models import Message
from binhyen.channels.services.deletion import delete_conversations, delete_unassigned
from binhyen.channels.services.quarantine import remove_child_details
from binhyen.consents import services as consent_services
from binhyen.kit import erasure_log
from binhyen.kit.clock import to_vietnam_day
from binhyen.privacy import queries
from binhyen.privacy.message_texts import KEPT, format_done_text
from binhyen.privacy.models import Request
from binhyen.privacy.rules.data_requests import DataRequestKind, DataRequestState
from binhyen.privacy.services.identities import erase_identities
from binhyen.privacy.services.requests import find_request_duties, notify_person
from binhyen.vault import queries as known
from binhyen.vault import services as vault
from binhyen.vault.queries import DisclosureNotice

ERASED_PERSON = "person"  # kind of an erased person in the erasure log, for a restore


@transaction.atomic
def fulfil_granted_request(*, request_id: int, now: dt.datetime) -> bool:
    """Fulfil a granted request; False where it was done already, or a retention duty arose meanwhile."""
    row = Request.objects.select_for_update().filter(pk=request_id, state=DataRequestState.GRANTED).first()
    if row is None:
        return False
    reporter = row.reporter_id
    if find_request_duties(row, now=now):
        row.state, row.answered_at = DataRequestState.OPEN, None  # back to the desk: something changed since the answer
        row.save(update_fields=["state", "answered_at"])
        return False
    has_later_reports = (
        row.kind == DataRequestKind.ERASE
        and reporter is not None
        and queries.has_reported_since(reporter, row.asked_at)
    )
    words = format_done_text(row.kind, row.answer, has_later_messages=has_later_reports)
    if reporter is not None and row.kind == DataRequestKind.ACCESS:
        words = f"{words} {summarize_stored_data(reporter, police=row.is_restricted)}"
    row.state, row.done_at, row.answer = DataRequestState.DONE, now, words
    notify_person(row, words, now=now)  # before the way to the person is deleted
    if not row.is_restricted and queries.has_complained_about_police(reporter):
        _notify_about_complaints(row, now=now)
    if reporter is not None and row.kind == DataRequestKind.ERASE:
        row.words, row.reporter_id = "", reporter if row.conversation_id or has_later_reports else None
    row.save(update_fields=["state", "done_at", "answer", "words", "reporter"])
    if reporter is not None and row.kind == DataRequestKind.WITHDRAW:
        withdraw_everything(reporter, now=now)
    if reporter is not None and row.kind == DataRequestKind.ERASE:
        erase_person(reporter, until=row.asked_at, keeps_address=bool(row.conversation_id), now=now)
    record_actions([AuditAction("system:privacy", "data.done", f"data:{row.code}", None, {"kind": row.kind})], now=now)
    return True


def _notify_about_complaints(row: Request, *, now: dt.datetime) -> None:
    """Notify about complaints after the request: the person gets the notice, readers of the request do not."""
    if row.kind == DataRequestKind.ERASE:
        notify_person(row, str(KEPT), apart=True, now=now)
    elif row.kind == DataRequestKind.ACCESS and row.reporter_id is not None:
        notify_person(row, summarize_stored_data(row.reporter_id, police=True), apart=True, now=now)


def withdraw_everything(reporter_id: int, *, now: dt.datetime) -> None:
    """Withdraw all consents and destroy the key to the person's identity."""
    for consent in consent_services.list_reporter_consents(reporter_id):
        consent_services.withdraw_consent(consent=consent, officer=None, now=now)
    vault.erase_reporter_data([reporter_id])
    remove_child_details(now=now)


def erase_person(reporter_id: int, *, until: dt.datetime, keeps_address: bool = False, now: dt.datetime) -> None:
    """Erase a person: everything they reported `until` the request, and their identity.

    Cases with other reporters go on with the texts of the others, and those with later reports with these. Complaints
    about police are stored by law (rules/retention.py) with a way to answer, until their own period ends.

    `keeps_address`: the answer must be delivered first. People with later messages stay too, because these must be
    read and answered. The way to them is deleted the next night (identities.sweep_identities), or with that report.
    """
    keeps_address = keeps_address or queries.has_reported_since(reporter_id, until)
    erasure_log.record_erasure(
        ERASED_PERSON, [f"{public_id} {until.isoformat()}" for public_id in known.list_public_ids([reporter_id])]
    )
    reports = list(Report.objects.filter(queries.filter_until(until), reporter=reporter_id).select_related("case"))
    for report in reports:
        if queries.is_about_police(report.case):
            continue
        if report.case.merged_into_id is not None or _is_continued(report.case, reports, until):
            has_more = _has_reported_more(report.case, reporter_id, until)
            erase_reporter(report.case_id, reporter_id, until=until if has_more else now, now=now)
        else:
            withdraw_case(report.case_id, now=now)
            erase_cases([report.case_id], actor=CITIZEN_ACTOR, now=now)
    withdraw_everything(reporter_id, now=now)
    if keeps_address or queries.has_complained_about_police(reporter_id):
        delete_unassigned([reporter_id], until=until)
        return
    delete_conversations([reporter_id])
    erase_identities([reporter_id], now=now)


def _is_continued(case: Case, own_reports: Sequence[Report], until: dt.datetime) -> bool:
    """Return whether the case has other reporters or later reports; a merged case goes on with its target.

    `own_reports`: all reports of the person up to then.
    """
    other_reports = Report.objects.filter(Q(case=case) | Q(case__merged_into=case)).exclude(
        pk__in=[own_report.pk for own_report in own_reports]
    )
    if (
        other_reports.exists()
        or case.absorbed.exclude(pk__in=[own_report.case_id for own_report in own_reports]).exists()
    ):
        return True
    return _has_reported_more(case, own_reports[0].reporter_id, until)


def _has_reported_more(case: Case, reporter_id: int, until: dt.datetime) -> bool:
    """Return whether the person reported more on this very case after that; thanks do not count."""
    later_links = CaseMessage.objects.filter(case=case, detached_at=None, message__reporter=reporter_id)
    return later_links.filter(message__received_at__gt=until).exclude(message__category=queries.THANKS).exists()


def summarize_stored_data(reporter_id: int, *, police: bool) -> str:
    """Summarise a person's stored data in numbers and days, as fits in a chat; they have the texts themselves.

    `police`: include complaints about police.
    """
    stored_messages = Message.objects.filter(reporter=reporter_id).order_by("pk")
    if not police:
        stored_messages = stored_messages.exclude(pk__in=queries.list_police_message_ids(reporter_id))
    days = [to_vietnam_day(sent_at) for sent_at in stored_messages.values_list("sent_at", flat=True)]
    disclosures = known.list_disclosures(
        reporter_id, excluded_subjects=() if police else queries.list_police_subjects(reporter_id)
    )
    cases = queries.list_receipt_codes(reporter_id, police=police)
    if not days:
        return "Hiện công an không còn giữ lời nhắn nào của bạn."
    span = f"từ {days[0]:%d/%m/%Y} đến {days[-1]:%d/%m/%Y}"
    return (
        f"Công an đang giữ {len(days)} lời nhắn của bạn, {span}, trong {len(cases)} vụ việc"
        f"{_format_codes(cases)}, và mã của "
        "bạn trên kênh này (niêm phong). Tên, số điện thoại nếu bạn đã cho cũng được niêm phong."
        + _format_disclosures(disclosures)
    )


def _format_codes(codes: Sequence[str]) -> str:
    """Format « (K7M2 9QXD, …)»: at most ten of them, the newest."""
    ellipsis = ["…"] if len(codes) > queries.MAX_CODES_NAMED else []
    return f" ({', '.join([*codes[-queries.MAX_CODES_NAMED :], *ellipsis])})" if codes else ""


def _format_disclosures(disclosures: Sequence[DisclosureNotice]) -> str:
    """Format the disclosures for the person.

    They learn of them here even if the notice failed (cases/services/disclosure_notice.py).
    """
    if not disclosures:
        return " Chưa ai mở xem bạn là ai."
    last = disclosures[-1]
    uncertainty = " (mang sang máy tách rời, có thể đã mở)" if last.until is None else ""
    return (
        f" Đã mở xem {len(disclosures)} lần; lần cuối ngày {to_vietnam_day(last.at):%d/%m/%Y}: {last.why}{uncertainty}."
    )
