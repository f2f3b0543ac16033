"""What a citizen may read of their own report, by the secret of its link: nothing of officers, notes or others."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch

from binhyen.cases import letters
from binhyen.cases.models import Report
from binhyen.channels.models import Attachment, Message, Outgoing
from binhyen.intake.apart import keeper
from binhyen.people.access import APART

_SAID = ("ACK", "ANSWER", "ASK", "RESULT", APART)
ONCE_AN_HOUR = dt.timedelta(hours=1)
_UNSAID = ("CANCELLED", "HELD")


@dataclass(frozen=True, slots=True)
class Said:
    """One word of the conversation. `ours`: from the police. `photos`: public ids of pictures that may be shown."""

    id: str
    at: dt.datetime
    ours: bool
    text: str
    photos: tuple[str, ...] = ()


def complaint(report: Report, link_key: bytes) -> list[Said]:
    """The words of a complaint about police, opened with the status link, and the letters beside them."""
    words = keeper().words(report.case_id, link_key)
    said = [Said(w.id, w.at, w.ours, w.text, w.photos) for w in words]
    letters = Outgoing.objects.filter(conversation=report.conversation_id, purpose=APART, state="SENT")
    letters = letters.exclude(text="")  # what a unit wrote before it was a complaint
    said += [Said(str(o.public_id), o.created_at, True, o.text) for o in letters.order_by("pk")]
    return sorted(said, key=lambda line: (line.at, line.ours))


def complaint_picture(report: Report, link_key: bytes, public_id: str) -> bytes | None:
    """A picture of one's own complaint as JPEG, opened with the status link."""
    return keeper().picture(report.case_id, link_key, public_id)


def conversation(report: Report) -> list[Said]:
    """Words in and out, oldest first. Three statements."""
    if report.conversation_id is None:
        return []
    pictures = Attachment.objects.filter(state=Attachment.State.READY).order_by("pk")
    heard = Message.objects.filter(conversation=report.conversation_id)
    lines = [
        Said(str(m.public_id), m.sent_at, False, m.text, tuple(str(a.public_id) for a in m.attachments.all()))
        for m in heard.prefetch_related(Prefetch("attachments", pictures)).order_by("pk")
    ]
    told = Outgoing.objects.filter(conversation=report.conversation_id, purpose__in=_SAID).exclude(state__in=_UNSAID)
    lines += [Said(str(o.public_id), o.created_at, True, o.text) for o in told.order_by("pk")]
    return sorted(lines, key=lambda line: (line.at, line.ours))


def may_read_result(report: Report) -> bool:
    """Did the newest letter with the result, of the case that counts for this person, go out to them? The gate may
    hold it for what it says of somebody else who told.
    """
    case = report.case.merged_into or report.case
    letters = Outgoing.objects.filter(conversation=report.conversation_id, case=case, purpose="RESULT")
    newest = letters.order_by("-pk").values_list("state", flat=True).first() if report.conversation_id else None
    return newest is not None and newest not in _UNSAID


def numbers_heard(conversation_id: int, *, now: dt.datetime) -> bool:
    """Within the hour we told this person whom to call: who goes on writing in danger is not told with every word."""
    lately = Outgoing.objects.filter(conversation=conversation_id, created_at__gt=now - ONCE_AN_HOUR)
    return lately.filter(text__startswith=letters.EMERGENCY).exists()


def picture(report: Report, public_id: str) -> Attachment | None:
    """A shown picture of the report's own conversation."""
    shown = Attachment.objects.filter(public_id=public_id, state=Attachment.State.READY)
    if report.conversation_id is None:
        return None
    return shown.filter(message__conversation=report.conversation_id).first()


def other_reports(report: Report) -> Sequence[Report]:
    """Further cases that grew out of what the same person wrote on this page."""
    more = Report.objects.filter(reporter=report.reporter_id).exclude(pk=report.pk)
    return list(more.select_related("case", "case__merged_into").order_by("pk")[:10])
