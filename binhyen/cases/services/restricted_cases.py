"""Events of a case whose text another feature keeps sealed: the register learns of the event, never of the text."""

import datetime as dt
from collections.abc import Callable, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.cases import event_data
from binhyen.cases.choices import CATEGORY_LABELS, OPEN_STATES, Outcome, State, Verb
from binhyen.cases.kinds import get_kind, get_kind_for_category
from binhyen.cases.models import Alarm, Case, CaseMessage, Clock, Note
from binhyen.cases.rules import EscalationDelays, NotAllowed, check_outcome, check_state, should_reopen
from binhyen.cases.services.alarms import silence
from binhyen.cases.services.create import NewCase, create_cases, enqueue_sealing
from binhyen.cases.services.exclusions import link_to_source
from binhyen.cases.services.linking import separate_cases
from binhyen.cases.services.unit_of_work import (
    CITIZEN_ACTOR,
    Actor,
    build_live_data,
    list_topics,
    lock_case_for_system,
    reopen_case,
    reset_clocks,
    save_change,
    to_actor,
    to_case_status,
    update_clocks,
)
from binhyen.kit import rls_scope
from binhyen.kit.bulk_insert import update_columns
from binhyen.kit.live_events import LiveEventData, publish_live
from binhyen.kit.search_terms import accented_words
from binhyen.kit.text import fold_text
from binhyen.people.models import Officer
from binhyen.vault import envelopes
from binhyen.vault import services as vault

# Restrict a case that an officer recognises as a complaint about police: hidden everywhere at once.

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
    case.is_restricted, case.sensitive, case.unit_id, case.assignee_id = (
        True,
        True,
        areas.get_directory().province_unit_id,
        None,
    )
    case.title, case.place, case.snippet, case.search_text, case.search_accented = case_kind.label, "", "", "", ""
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
                "is_restricted",
                "sensitive",
                "unit",
                "assignee",
                "title",
                "place",
                "snippet",
                "search_text",
                "search_accented",
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


@transaction.atomic
def record_follow_up(*, case_id: int, resumes: bool = True, now: dt.datetime) -> None:
    """Record a follow-up; where it `resumes`, a case that waited or closed recently is reopened."""
    case = lock_case_for_system(case_id)
    changed: list[str] = []
    waited = case.state == State.WAITING or should_reopen(State(case.state), closed_at=case.closed_at, now=now)
    if resumes and waited:
        changed = reopen_case(case, now=now)
    save_change(case, Verb.HEARD, actor=CITIZEN_ACTOR, now=now, changed=changed)


@transaction.atomic
def mark_restricted(*, case_id: int, category: str, urgency: int, now: dt.datetime) -> Case:
    """Turn a case into a complaint about police after a follow-up, in any state, and hide it everywhere."""
    case = lock_case_for_system(case_id)
    for absorbed in case.absorbed.select_for_update(of=("self",)).order_by("pk"):
        separate_cases(absorbed, case, actor=CITIZEN_ACTOR, now=now)
    if case.merged_into_id is not None:
        separate_cases(
            case, lock_case_for_system(case.merged_into_id), restart_alarms=False, actor=CITIZEN_ACTOR, now=now
        )
    if case.state not in OPEN_STATES:
        update_columns(case, reopen_case(case, now=now))
    return restrict(case, category, max(case.urgency, urgency), actor=CITIZEN_ACTOR, now=now)


def lock_restricted(case_id: int) -> None:
    """Lock a case that a process may read, before its complaint: in another order two writers wait for each other."""
    Case.objects.select_for_update(of=("self",)).filter(pk=case_id).first()


@transaction.atomic
def record_withdrawal(*, case_id: int, now: dt.datetime) -> None:
    """Record a withdrawal; the case stays open until an officer closes it, but its alarm ends."""
    case = lock_case_for_system(case_id)
    Alarm.objects.filter(case=case).update(next_at=None)
    save_change(case, Verb.WITHDRAWN, actor=CITIZEN_ACTOR, now=now)


@transaction.atomic
def record_desk_answer(*, case_id: int, actor: Actor, now: dt.datetime) -> None:
    case = lock_case_for_system(case_id)
    save_change(case, Verb.ANSWERED, actor=actor, now=now)


@transaction.atomic
def set_restricted_state(*, case_id: int, to: State, actor: Actor, now: dt.datetime) -> None:
    """Record that the handlers took the case or reopened it. Raises NotAllowed."""
    case = lock_case_for_system(case_id)
    previous_state = State(case.state)
    check_state(to_case_status(case), to)
    case.acknowledged_at = case.acknowledged_at or now
    if previous_state is State.CLOSED:  # a closed case can only go back to work
        changed = reopen_case(case, now=now)
    else:
        case.state, changed = to, ["state", "due_at"]
        update_clocks(case, now=now)
    save_change(
        case,
        Verb.STATE,
        actor=actor,
        now=now,
        data=event_data.build_state_data(previous_state, to),
        changed=["acknowledged_at", *changed],
    )


@transaction.atomic
def close_restricted(*, case_id: int, outcome: Outcome, actor: Actor, now: dt.datetime) -> None:
    """Close the case with an outcome code; result text and proof are sealed elsewhere. Raises NotAllowed."""
    case = lock_case_for_system(case_id)
    check_outcome(
        to_case_status(case), outcome, can_decide=False, summary=event_data.SEALED_RESULT_TEXT, has_proof=True
    )
    case.state, case.outcome, case.closed_at = State.CLOSED, outcome, now
    case.acknowledged_at = case.acknowledged_at or now
    update_clocks(case, now=now)
    save_change(
        case,
        Verb.CLOSED,
        actor=actor,
        now=now,
        data={"outcome": outcome},
        changed=["state", "outcome", "closed_at", "acknowledged_at", "due_at"],
    )


@transaction.atomic
def record_extraction(*, case_id: int, actor: Actor, now: dt.datetime) -> None:
    """Record that an extract became a separate case; readers of either do not learn which (models.DerivedCase)."""
    case = lock_case_for_system(case_id)
    save_change(case, Verb.EXTRACTED, actor=actor, now=now)


@transaction.atomic
def open_from_extract(
    *,
    extract: str,
    category: str,
    urgency: int,
    commune_id: int | None,
    officer: Officer,
    ladder: EscalationDelays,
    source_id: int,
    excluded_officers: Sequence[int] | None = None,
    now: dt.datetime,
) -> str:
    """Open an ordinary case for the place, as if the province had reported it; return its code.

    Never for a complaint about police: its text would be stored in plaintext. `source_id`: the sealed case;
    `excluded_officers`: ids of officers who must not see it.
    """
    directory = areas.get_directory()
    commune = next((entry for entry in directory.communes.values() if entry.area_id == commune_id), None)
    case_kind = get_kind_for_category(category)
    if case_kind.is_restricted:
        raise ValueError("a complaint about police has a keeper")
    [case] = create_cases(
        [
            NewCase(
                kind=case_kind.code,
                lane=case_kind.get_lane(category),
                category=category,
                urgency=urgency,
                sensitive=True,
                title=" · ".join(filter(None, [CATEGORY_LABELS[category], commune.full_name if commune else ""])),
                unit_id=commune.unit_id if commune else directory.province_unit_id,
                actor=to_actor(officer),
                words=extract,
                folded=fold_text(extract),
                search_accented=accented_words(extract),
                commune_id=commune_id,
                area_id=commune_id,
                excluded_officers=excluded_officers,
            )
        ],
        ladder=ladder,
        now=now,
    )
    Note.objects.create(case=case, officer=officer, text=extract[:5000], at=now)
    link_to_source(case.pk, source_id=source_id)
    return case.code
