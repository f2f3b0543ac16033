"""Data of a report that a citizen may read with the secret link: nothing about officers, notes or other reporters."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch

from binhyen.cases import message_texts
from binhyen.cases.choices import State
from binhyen.cases.models import Report
from binhyen.channels.models import Attachment, Message, Outgoing
from binhyen.intake.complaint_store import keeper
from binhyen.kit import file_storage
from binhyen.people.access import APART

_SAID = ("ACK", "ANSWER", "ASK", "RESULT", APART)
ONCE_AN_HOUR = dt.timedelta(hours=1)
ONCE_IN_A_GROUP = dt.timedelta(minutes=10)
_UNSAID = ("CANCELLED", "HELD")


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the conversation. `is_reply`: from the police; `is_automatic`: not written by an officer.

    `photos`: public ids of pictures that may be shown.
    """

    id: str
    at: dt.datetime
    ours: bool
    text: str
    photos: tuple[str, ...] = ()
    auto: bool = False


def said(report: Report, others: Sequence[Report], link_key: bytes) -> list[Said]:
    """Return all messages of this page, oldest first; those of complaints are decrypted with the link.

    `others`: further reports of this page. Three statements, plus those of each complaint.
    """
    lines = _clear(report.conversation_id) if report.conversation_id else []
    for each in _apart(report, others):
        known = {(line.at, line.text) for line in lines if line.text}  # another case holds it too, as plain text
        words = [word for word in keeper().words(each.case_id, link_key) if (word.at, word.text) not in known]
        lines += [Said(w.id, w.at, w.ours, w.text, w.photos) for w in words]
    return sorted(lines, key=lambda line: (line.at, line.ours))


def _apart(report: Report, others: Sequence[Report]) -> list[Report]:
    return [each for each in (report, *others) if each.case.apart and each.conversation_id == report.conversation_id]


def _clear(conversation_id: int) -> list[Said]:
    """Return the plain-text messages; sealed ones have a row without text here."""
    pictures = Attachment.objects.filter(state=Attachment.State.READY).order_by("pk")
    heard = Message.objects.filter(conversation=conversation_id)
    lines = [
        Said(str(m.public_id), m.sent_at, False, m.text, tuple(str(a.public_id) for a in m.attachments.all()))
        for m in heard.prefetch_related(Prefetch("attachments", pictures)).order_by("pk")
    ]
    told = Outgoing.objects.filter(conversation=conversation_id, purpose__in=_SAID).exclude(state__in=_UNSAID)
    lines += [
        Said(str(o.public_id), o.created_at, True, o.text, auto=o.officer_id is None) for o in told.order_by("pk")
    ]
    return [line for line in lines if line.text or line.photos]


def may_read_result(report: Report) -> bool:
    """Return whether the newest result message of the deciding case was sent to this person.

    Outbound DLP may hold it because of statements about another reporter.
    """
    case = report.case.merged_into or report.case
    letters = Outgoing.objects.filter(conversation=report.conversation_id, case=case, purpose="RESULT")
    newest = letters.order_by("-pk").values_list("state", flat=True).first() if report.conversation_id else None
    return newest is not None and newest not in _UNSAID


def said_lately(conversation_id: int, beginning: str, *, now: dt.datetime) -> bool:
    """Return whether this was sent within the hour: a person in danger does not get the numbers with every message."""
    lately = Outgoing.objects.filter(conversation=conversation_id, created_at__gt=now - ONCE_AN_HOUR)
    return lately.filter(text__startswith=beginning).exclude(state__in=(*_UNSAID, "DEAD")).exists()


def acknowledged_lately(group_id: int, beginning: str, *, now: dt.datetime) -> bool:
    """Return whether the group recently got an acknowledgement beginning like this; one is enough for all posts."""
    lately = Outgoing.objects.filter(group=group_id, purpose="ACK", created_at__gt=now - ONCE_IN_A_GROUP)
    lately = lately.filter(text__startswith=beginning)
    return lately.exclude(state__in=(*_UNSAID, "DEAD")).exists()


def stands(report_id: int) -> str:
    """Return the status message of a report; of a case merged into another, the state of that one."""
    report = Report.objects.select_related("case", "case__merged_into").get(pk=report_id)
    return message_texts.stands(report.case.code, State((report.case.merged_into or report.case).state))


def picture(report: Report, link_key: bytes, public_id: str) -> bytes | None:
    """Return a picture of this page that may be shown, as JPEG; of a complaint it is decrypted with the link."""
    if report.conversation_id is None:
        return None
    shown = Attachment.objects.filter(public_id=public_id, state=Attachment.State.READY)
    found = shown.filter(message__conversation=report.conversation_id).first()
    if found is not None:
        return file_storage.read(found.shown)
    for each in _apart(report, other_reports(report)):
        if (data := keeper().picture(each.case_id, link_key, public_id)) is not None:
            return data
    return None


def other_reports(report: Report) -> Sequence[Report]:
    """Return further cases that grew out of the same person's messages on this page."""
    more = Report.objects.filter(reporter=report.reporter_id).exclude(pk=report.pk)
    return list(more.select_related("case", "case__merged_into").order_by("pk")[:10])
