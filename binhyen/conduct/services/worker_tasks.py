"""Follow-ups of handlers' actions that the custody process may not do itself; run by the worker."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from binhyen.cases.choices import PROVINCE_ONLY_CATEGORIES
from binhyen.cases.models import Report
from binhyen.cases.rules import EscalationDelays
from binhyen.cases.services.restricted_cases import open_from_extract
from binhyen.channels.models import Outgoing
from binhyen.channels.services import OutgoingDraft, queue_messages
from binhyen.conduct import message_texts
from binhyen.conduct.models import Complaint
from binhyen.conduct.services.exclusions import set_exclusion
from binhyen.intake.model_cache import classify_with_officers
from binhyen.people.access import COMPLAINT_PURPOSE
from binhyen.people.conflict_facts import list_excluded_officers
from binhyen.people.models import Officer
from binhyen.vault import services as vault

_KEY_PREFIX = "conduct:"  # prefix of the key of a handler's answer
SEALED_LETTER_PREFIX = (
    f"{_KEY_PREFIX}lifted:"  # of an officer's earlier letter, which has since been encrypted with the notes
)
_State = Outgoing.State
_FINAL_STATES = (_State.SENT, _State.DELIVERED, _State.SEEN, _State.DEAD, _State.CANCELLED)


def seal_for_job(text: str, *, complaint_id: int) -> str:
    """Encrypt a text in a job's arguments, for the process that runs it."""
    return vault.seal_for_worker(text, context=_format_context(complaint_id))


def open_job_text(sealed: str, *, complaint_id: int) -> str:
    """Decrypt the same in the worker. Raises key_files.KeyFileMissing, envelopes.EnvelopeError."""
    return vault.open_in_worker(sealed, context=_format_context(complaint_id))


def _format_context(complaint_id: int) -> str:
    return f"procrastinate_jobs.args:conduct:{complaint_id}"


def queue_letter(complaint_id: int, text: str, *, now: dt.datetime) -> None:
    """Queue a letter to the reporter's private conversation; no list of sent messages shows it."""
    complaint = Complaint.objects.select_related("case").get(pk=complaint_id)
    reports = Report.objects.filter(case=complaint.case, conversation__isnull=False).select_related("conversation")
    queue_messages(
        [
            OutgoingDraft(
                key=f"{_KEY_PREFIX}{complaint.pk}:{now.timestamp()}:{report.pk}",
                channel_id=report.conversation.channel_id,
                conversation_id=report.conversation_id,
                text=message_texts.format_answer(complaint.case.code, text),
                purpose=COMPLAINT_PURPOSE,
                case_id=complaint.case_id,
            )
            for report in reports
            if report.conversation is not None
        ],
        now=now,
    )


def erase_sent_letters(*, case_id: int | None = None) -> int:
    """Delete the text of delivered or abandoned letters, which is also stored encrypted; return how many.

    On our own page the row of a handler's answer stays: it is the only readable copy where no link opens the encrypted
    one.
    """
    finished = Outgoing.objects.filter(purpose=COMPLAINT_PURPOSE, state__in=_FINAL_STATES).exclude(text="")
    is_own_letter = Q(key__startswith=_KEY_PREFIX) & ~Q(channel__kind="web")
    finished = finished.filter(Q(key__startswith=SEALED_LETTER_PREFIX) | is_own_letter)
    return (finished if case_id is None else finished.filter(case=case_id)).update(text="")


@transaction.atomic
def open_extract_case(
    extract: str, *, complaint_id: int, officer_id: int, urgency: int, ladder: EscalationDelays, now: dt.datetime
) -> str:
    """Open a case of the province from the extract, with the complaint's exclusions; return its code."""
    reading = classify_with_officers(extract)
    case_id, conflict_keys = Complaint.objects.values_list("case_id", "veto__conflict_keys").get(pk=complaint_id)
    code = open_from_extract(
        extract=extract,
        category="other" if reading.category in PROVINCE_ONLY_CATEGORIES else reading.category,
        urgency=max(urgency, reading.urgency),
        commune_id=None,
        officer=Officer.objects.get(pk=officer_id),
        ladder=ladder,
        excluded_officers=list_excluded_officers(conflict_keys),
        source_id=case_id,
        now=now,
    )
    set_exclusion(code, conflict_keys)
    return code
