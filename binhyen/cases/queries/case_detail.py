"""One case: access check, its thread of messages in and out, its events."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from binhyen.cases.models import Case, CaseEvent, CaseMessage, Report
from binhyen.cases.rules import NotFound
from binhyen.channels.models import Message, Outgoing
from binhyen.kit.ids import read_code, token_hash
from binhyen.kit.rls_scope import PROGRAM, entered
from binhyen.people import access


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of the thread: an incoming message, an outgoing message, or a note."""

    at: dt.datetime
    side: str  # citizen, ours, note
    message: Message | None = None
    outgoing: Outgoing | None = None
    text: str = ""
    who: str = ""
    case_code: str = ""


def access_case(officer: Any, code: str) -> Case:
    """Return the case by its code as typed. Raises NotFound where it is not visible to the officer."""
    found = (
        Case.objects.filter(access.cases(officer), code=read_code(code))
        .select_related("unit", "assignee", "commune", "area", "alarm")
        .first()
    )
    if found is None:
        raise NotFound
    found.merged_into = main_case(found)
    return found


def main_case(case: Case) -> Case | None:
    """Return the case this one was merged into, in any unit; views show only its code where it is not visible."""
    if case.merged_into_id is None:
        return None
    with entered(PROGRAM):
        return Case.objects.get(pk=case.merged_into_id)  # nosemgrep: query-without-sight  views show its code only


def absorbed(case: Case) -> list[Case]:
    """Return cases merged into this one."""
    return list(case.absorbed.order_by("id"))


def thread(officer: Any, case: Case) -> list[Line]:
    """List messages of the case and of those merged into it, oldest first. The case must be visible to the officer."""
    if not Case.objects.filter(access.cases(officer), pk=case.pk).exists():
        raise NotFound
    family = {case.pk: case.code} | {c.pk: c.code for c in absorbed(case)}
    links = CaseMessage.objects.filter(case_id__in=family, detached_at=None).select_related(
        "message", "message__reporter", "message__group", "message__channel"
    )
    lines = [
        Line(link.message.sent_at, "citizen", message=link.message, case_code=family[link.case_id])
        for link in links.prefetch_related("message__attachments")
    ]
    sent = Outgoing.objects.filter(case_id__in=family).select_related(
        "officer", "channel", "group", "conversation__reporter"
    )
    lines += [
        Line(o.created_at, "ours", outgoing=o, who=o.officer.name if o.officer else "") for o in sent.order_by("pk")
    ]
    notes = case.notes.select_related("officer")
    lines += [Line(n.at, "note", text=n.text, who=n.officer.name) for n in notes]
    return sorted(lines, key=lambda line: line.at)


def events(case: Case) -> list[CaseEvent]:
    return list(case.events.select_related("officer").order_by("-id"))


def report_by_link(token: str) -> Report | None:
    """Return the report behind a citizen's status link."""
    return (
        Report.objects.filter(link_hash=token_hash(token))
        .select_related("case", "case__unit", "case__merged_into", "conversation", "reporter")
        .first()
    )
