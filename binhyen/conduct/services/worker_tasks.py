"""Follow-ups of handlers' actions that the custody process may not do itself; run by the worker."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from binhyen.cases.choices import NEVER_DOWN
from binhyen.cases.models import Report
from binhyen.cases.rules import Ladder
from binhyen.cases.services.restricted_cases import open_from_extract
from binhyen.channels.models import Outgoing
from binhyen.channels.services import Draft, queue
from binhyen.conduct import message_texts
from binhyen.conduct.models import Complaint
from binhyen.conduct.services.exclusions import bar
from binhyen.intake.model_cache import read_upward
from binhyen.people.access import APART
from binhyen.people.conflict_facts import barred_by
from binhyen.people.models import Officer
from binhyen.vault import services as vault

_KEY = "conduct:"  # prefix of the key of a handler's answer
LIFTED = f"{_KEY}lifted:"  # of an officer's earlier letter, which has since been encrypted with the notes
_State = Outgoing.State
_OVER = (_State.SENT, _State.DELIVERED, _State.SEEN, _State.DEAD, _State.CANCELLED)


def seal(words: str, *, complaint_id: int) -> str:
    """Encrypt a text in a job's arguments, for the process that runs it."""
    return vault.seal_for_worker(words, context=_context(complaint_id))


def opened(sealed: str, *, complaint_id: int) -> str:
    """Decrypt the same in the worker. Raises key_files.KeyFileMissing, envelopes.EnvelopeError."""
    return vault.open_by_worker(sealed, context=_context(complaint_id))


def _context(complaint_id: int) -> str:
    return f"procrastinate_jobs.args:conduct:{complaint_id}"


def write(complaint_id: int, text: str, *, now: dt.datetime) -> None:
    """Queue a letter to the reporter's private conversation; no list of sent messages shows it."""
    complaint = Complaint.objects.select_related("case").get(pk=complaint_id)
    told = Report.objects.filter(case=complaint.case, conversation__isnull=False).select_related("conversation")
    queue(
        [
            Draft(
                key=f"{_KEY}{complaint.pk}:{now.timestamp()}:{report.pk}", channel_id=report.conversation.channel_id,
                conversation_id=report.conversation_id, text=message_texts.answered(complaint.case.code, text), purpose=APART,
                case_id=complaint.case_id,
            )
            for report in told
            if report.conversation is not None
        ],
        now=now,
    )  # fmt: skip


def hush(*, case_id: int | None = None) -> int:
    """Delete the text of delivered or abandoned letters, which is also stored encrypted; return how many.

    On our own page the row of a handler's answer stays: it is the only readable copy where no link opens the encrypted
    one.
    """
    over = Outgoing.objects.filter(purpose=APART, state__in=_OVER).exclude(text="")
    ours = Q(key__startswith=_KEY) & ~Q(channel__kind="web")
    over = over.filter(Q(key__startswith=LIFTED) | ours)
    return (over if case_id is None else over.filter(case=case_id)).update(text="")


@transaction.atomic
def open_extract(
    extract: str, *, complaint_id: int, officer_id: int, urgency: int, ladder: Ladder, now: dt.datetime
) -> str:  # fmt: skip
    """Open a case of the province from the extract, with the complaint's exclusions; return its code."""
    reading = read_upward(extract)
    case_id, kept = Complaint.objects.values_list("case_id", "veto__kept_from").get(pk=complaint_id)
    code = open_from_extract(
        extract=extract, category="other" if reading.category in NEVER_DOWN else reading.category,
        urgency=max(urgency, reading.urgency), commune_id=None, officer=Officer.objects.get(pk=officer_id),
        ladder=ladder, barred=barred_by(kept), source_id=case_id, now=now,
    )  # fmt: skip
    bar(code, kept)
    return code
