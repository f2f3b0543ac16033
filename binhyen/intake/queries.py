"""Data of a report that a citizen may read with the secret link: nothing about officers, notes or other reporters."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch

from binhyen.cases import message_texts
from binhyen.cases.choices import State
from binhyen.cases.models import Report
from binhyen.channels.models import Attachment, Message, Outgoing
from binhyen.intake.complaint_store import get_complaint_store
from binhyen.kit import file_storage
from binhyen.people.access import COMPLAINT_PURPOSE

_SHOWN_PURPOSES = ("ACK", "ANSWER", "ASK", "MOVED", "EXTENDED", "RESULT", COMPLAINT_PURPOSE)
REPEAT_INTERVAL = dt.timedelta(hours=1)
GROUP_REPEAT_INTERVAL = dt.timedelta(minutes=10)
_UNSENT = ("CANCELLED", "HELD")


@dataclass(frozen=True, slots=True)
class PageMessage:
    """One message of the conversation. `is_reply`: from the police; `is_automatic`: not written by an officer.

    `photos`: public ids of pictures that may be shown. `sealed_kinds`: kinds of the other files, never opened here.
    """

    id: str
    at: dt.datetime
    ours: bool
    text: str
    photos: tuple[str, ...] = ()
    sealed_kinds: tuple[str, ...] = ()
    is_automatic: bool = False
    place: str = ""  # as typed into the form
    has_point: bool = False  # sent with the position of the device


def list_page_messages(report: Report, others: Sequence[Report], link_key: bytes) -> list[PageMessage]:
    """Return all messages of this page, oldest first; those of complaints are decrypted with the link.

    `others`: further reports of this page. Three statements, plus those of each complaint.
    """
    lines = _list_plain_messages(report.conversation_id) if report.conversation_id else []
    for complaint_report in _list_restricted_reports(report, others):
        plain_texts = {(line.at, line.text) for line in lines if line.text}  # another case holds it too, as plain text
        messages = [
            message
            for message in get_complaint_store().words(complaint_report.case_id, link_key)
            if (message.at, message.text) not in plain_texts
        ]
        lines += [
            PageMessage(
                complaint_message.id,
                complaint_message.at,
                complaint_message.ours,
                complaint_message.text,
                complaint_message.photos,
                complaint_message.sealed_kinds,
            )
            for complaint_message in messages
        ]
    return sorted(lines, key=lambda line: (line.at, line.ours))


def _list_restricted_reports(report: Report, others: Sequence[Report]) -> list[Report]:
    return [
        candidate
        for candidate in (report, *others)
        if candidate.case.is_restricted and candidate.conversation_id == report.conversation_id
    ]


def _list_plain_messages(conversation_id: int) -> list[PageMessage]:
    """Return the plain-text messages; sealed ones have a row without text here."""
    files = Attachment.objects.filter(state__in=(Attachment.State.READY, Attachment.State.KEPT)).order_by("pk")
    incoming = Message.objects.filter(conversation=conversation_id)
    lines = [
        PageMessage(
            str(message.public_id),
            message.sent_at,
            False,
            message.text,
            tuple(str(file.public_id) for file in message.attachments.all() if file.state == Attachment.State.READY),
            tuple(
                file.kind
                for file in message.attachments.all()
                if file.state == Attachment.State.KEPT
                and message.ciphertext is None
                and file.restricted_key_id is None  # put away with a complaint: its store lists what stays readable
            ),
            place=message.reading.get("typed_place", ""),
            has_point=message.latitude is not None,
        )
        for message in incoming.prefetch_related(Prefetch("attachments", files)).order_by("pk")
    ]
    outgoing = Outgoing.objects.filter(conversation=conversation_id, purpose__in=_SHOWN_PURPOSES).exclude(
        state__in=_UNSENT
    )
    lines += [
        PageMessage(str(reply.public_id), reply.created_at, True, reply.text, is_automatic=reply.officer_id is None)
        for reply in outgoing.order_by("pk")
    ]
    return [line for line in lines if line.text or line.photos or line.sealed_kinds]


def can_read_result(report: Report) -> bool:
    """Return whether the newest result message of the deciding case was sent to this person.

    Outbound DLP may hold it because of statements about another reporter.
    """
    case = report.case.merged_into or report.case
    letters = Outgoing.objects.filter(conversation=report.conversation_id, case=case, purpose="RESULT")
    newest = letters.order_by("-pk").values_list("state", flat=True).first() if report.conversation_id else None
    return newest is not None and newest not in _UNSENT


def was_sent_recently(conversation_id: int, prefix: str, *, now: dt.datetime) -> bool:
    """Return whether this was sent within the hour: a person in danger does not get the numbers with every message."""
    recent = Outgoing.objects.filter(conversation=conversation_id, created_at__gt=now - REPEAT_INTERVAL)
    return recent.filter(text__startswith=prefix).exclude(state__in=(*_UNSENT, "DEAD")).exists()


def was_acknowledged_recently(group_id: int, prefix: str, *, now: dt.datetime) -> bool:
    """Return whether the group recently got an acknowledgement beginning like this; one is enough for all posts."""
    recent = Outgoing.objects.filter(group=group_id, purpose="ACK", created_at__gt=now - GROUP_REPEAT_INTERVAL)
    recent = recent.filter(text__startswith=prefix)
    return recent.exclude(state__in=(*_UNSENT, "DEAD")).exists()


def format_report_status(report_id: int) -> str:
    """Return the status message of a report; of a case merged into another, the state of that one."""
    report = Report.objects.select_related("case", "case__merged_into").get(pk=report_id)
    case = report.case.merged_into or report.case
    return message_texts.format_status(report.case.code, State(case.state), is_assigned=case.assignee_id is not None)


def get_page_picture(report: Report, link_key: bytes, public_id: str) -> bytes | None:
    """Return a picture of this page that may be shown, as JPEG; of a complaint it is decrypted with the link."""
    if report.conversation_id is None:
        return None
    ready_pictures = Attachment.objects.filter(public_id=public_id, state=Attachment.State.READY)
    attachment = ready_pictures.filter(message__conversation=report.conversation_id).first()
    if attachment is not None:
        return file_storage.read_file(attachment.preview)
    for restricted_report in _list_restricted_reports(report, list_other_reports(report)):
        if (data := get_complaint_store().picture(restricted_report.case_id, link_key, public_id)) is not None:
            return data
    return None


def list_other_reports(report: Report) -> Sequence[Report]:
    """Return further cases that grew out of the same person's messages on this page."""
    reports = Report.objects.filter(reporter=report.reporter_id).exclude(pk=report.pk)
    return list(reports.select_related("case", "case__merged_into").order_by("pk")[:10])
