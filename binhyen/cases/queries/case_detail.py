"""One case: access check, its thread of messages in and out, its events."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef

from binhyen.cases.models import CallbackView, Case, CaseEvent, CaseMessage, Report
from binhyen.cases.queries.case_page import is_visible
from binhyen.cases.rules import NotFound
from binhyen.channels.models import Message, Outgoing
from binhyen.kit.ids import hash_token, normalize_code
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.people import access


@dataclass(frozen=True, slots=True)
class ThreadEntry:
    """An entry of the thread: an incoming message, an outgoing message, or a note."""

    at: dt.datetime
    side: str  # citizen, ours, note
    message: Message | None = None
    outgoing: Outgoing | None = None
    text: str = ""
    who: str = ""
    case_code: str = ""


def get_visible_case(officer: Any, code: str) -> Case:
    """Return the case by its code as typed. Raises NotFound where it is not visible to the officer."""
    visible_case = (
        Case.objects.filter(access.filter_cases(officer), code=normalize_code(code))
        .select_related("unit", "assignee", "commune", "area", "alarm")
        .first()
    )
    if visible_case is None:
        raise NotFound
    visible_case.merged_into = find_merge_target(visible_case)
    return visible_case


def find_merge_target(case: Case) -> Case | None:
    """Return the case this one was merged into, in any unit; views show only its code where it is not visible."""
    if case.merged_into_id is None:
        return None
    with rls_scope(PROGRAM_SCOPE):
        return Case.objects.get(pk=case.merged_into_id)  # nosemgrep: query-without-sight  views show its code only


def list_merged_cases(case: Case) -> list[Case]:
    """Return cases merged into this one."""
    return list(case.absorbed.order_by("id"))


def list_thread(officer: Any, case: Case, merged_cases: Sequence[Case]) -> list[ThreadEntry]:
    """List messages of the case and of `merged_cases`, oldest first. Raises NotFound if the officer may not see it."""
    if not is_visible(officer, case.pk):
        raise NotFound
    family = {case.pk: case.code} | {merged_case.pk: merged_case.code for merged_case in merged_cases}
    links = CaseMessage.objects.filter(case_id__in=family, detached_at=None).select_related(
        "message", "message__reporter", "message__group", "message__channel"
    )
    lines = [
        ThreadEntry(link.message.sent_at, "citizen", message=link.message, case_code=family[link.case_id])
        for link in links.prefetch_related("message__attachments")
    ]
    sent = Outgoing.objects.filter(case_id__in=family).select_related(
        "officer", "channel", "group", "conversation__reporter"
    )
    lines += [
        ThreadEntry(
            outgoing_message.created_at,
            "ours",
            outgoing=outgoing_message,
            who=outgoing_message.officer.name if outgoing_message.officer else "",
        )
        for outgoing_message in sent.order_by("pk")
    ]
    notes = case.notes.select_related("officer")
    lines += [ThreadEntry(note.at, "note", text=note.text, who=note.officer.name) for note in notes]
    return sorted(lines, key=lambda line: line.at)


def map_alias_codes(lines: Sequence[ThreadEntry], case: Case) -> dict[int, str]:
    """Return by reporter the code of the case that names them: an alias stays the same after a merge.

    A reporter of both cases keeps the alias of the remaining one.
    """
    incoming = [(line.message.reporter_id, line.case_code) for line in lines if line.message is not None]
    return dict(sorted(incoming, key=lambda item: item[1] == case.code))


def list_events(case: Case) -> list[CaseEvent]:
    return list(case.events.select_related("officer").order_by("-id"))


def find_report_by_link(token: str) -> Report | None:
    """Return the report behind a citizen's status link. `was_called`: the number was shown to call this person."""
    views = CallbackView.objects.filter(reporter=OuterRef("reporter"))
    return (
        Report.objects.filter(link_hash=hash_token(token))
        .annotate(was_called=Exists(views))  # here, so that most status pages need no statement for it
        .select_related("case", "case__unit", "case__merged_into__unit", "conversation", "reporter")
        .first()
    )
