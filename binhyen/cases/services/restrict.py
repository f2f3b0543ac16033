"""Restrict a case that an officer recognises as a complaint about police: hidden everywhere at once."""

import datetime as dt
from collections.abc import Callable

from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.cases import event_data
from binhyen.cases.choices import OPEN_STATES, Verb
from binhyen.cases.kinds import get_kind, get_kind_for_category
from binhyen.cases.models import Case, CaseMessage, Clock, Note
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services.alarms import silence
from binhyen.cases.services.create import enqueue_sealing
from binhyen.cases.services.unit_of_work import Actor, build_live_data, list_topics, reset_clocks, save_change
from binhyen.kit import rls_scope
from binhyen.kit.live_events import LiveEventData, publish_live
from binhyen.vault import envelopes
from binhyen.vault import services as vault

SubjectSource = Callable[[int], list[str]]
_subject_sources: list[SubjectSource] = []


def register_subject_source(source: SubjectSource) -> None:
    """Register a source of further audit subjects; `source` returns those of a case id."""
    _subject_sources.append(source)


def list_subjects(case_id: int) -> list[str]:
    """Return all further audit subjects of a case, as used by requests about it."""
    return [name for source in _subject_sources for name in source(case_id)]


def has_sealed_messages(case: Case) -> bool:
    """Return whether messages of it are encrypted with a key that the complaint handlers do not have."""
    return (
        get_kind(case.kind).sealed
        or CaseMessage.objects.filter(case=case, detached_at=None, message__lock__isnull=False).exists()
    )


def read_note(note: Note) -> str:
    """Return the text of a note, decrypted with the worker's key if sealed; older notes are plaintext.

    Raises key_files.KeyFileMissing without the worker's key: then the note stays as it is.
    """
    try:
        return vault.open_in_worker(note.text, context=_build_context(note.case_id))
    except (envelopes.EnvelopeError, ValueError):
        return note.text


def _build_context(case_id: int) -> str:
    return f"cases_note.text:{case_id}"


def restrict(case: Case, category: str, urgency: int, *, words: str = "", actor: Actor, now: dt.datetime) -> Case:
    """Restrict the case: out of the unit's lists and counts, to the province, without place and text.

    The job `conduct.seal_case` seals the messages and `words` of the officer. Runs in the caller's transaction with the
    case locked. Desks that showed it are only notified that it changed.
    """
    if case.state not in OPEN_STATES or case.absorbed.exists():
        raise NotAllowed(_("Vụ việc đã xong hoặc đã gộp. Hãy mở lại hoặc tách ra trước."))
    case_kind = get_kind_for_category(category)
    live_event = LiveEventData(list_topics(case), "case", build_live_data(case, Verb.RECLASSIFIED))
    silence(case, by=actor.officer_id, now=now)
    case.kind, case.category, case.urgency, case.lane = case_kind.code, category, urgency, case_kind.lane
    case.apart, case.sensitive, case.unit_id, case.assignee_id = (
        True,
        True,
        areas.get_directory().province_unit_id,
        None,
    )
    case.title, case.place, case.snippet, case.folded, case.marked = case_kind.label, "", "", "", ""
    case.area_id = case.commune_id = case.latitude = case.longitude = None
    Clock.objects.filter(case=case).delete()
    reset_clocks(case, now=now)
    with rls_scope.extra_rls_scope(f"case:{case.pk}"):  # it is visible to no officer while its changes are recorded
        if words and actor.officer_id is not None:
            # Sealed before the INSERT: an old row version remains in the database files.
            sealed = vault.seal_for_worker(words, context=_build_context(case.pk))
            Note.objects.create(case=case, officer_id=actor.officer_id, text=sealed, at=now)
        save_change(
            case,
            Verb.RECLASSIFIED,
            actor=actor,
            now=now,
            data=event_data.build_restricted_data(category),
            changed=[
                "kind",
                "category",
                "urgency",
                "lane",
                "apart",
                "sensitive",
                "unit",
                "assignee",
                "title",
                "place",
                "snippet",
                "folded",
                "marked",
                "area",
                "commune",
                "latitude",
                "longitude",
                "due_at",
            ],
        )
    publish_live([live_event], now=now)
    enqueue_sealing(case)
    return case
