"""Events of a case whose text another feature keeps sealed: the register learns of the event, never of the text."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from binhyen.areas import queries as areas
from binhyen.cases import event_data
from binhyen.cases.choices import CATEGORY_LABELS, OPEN_STATES, Outcome, State, Verb
from binhyen.cases.kinds import get_kind_for_category
from binhyen.cases.models import Alarm, Case, Note
from binhyen.cases.rules import EscalationDelays, check_outcome, check_state, should_reopen
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.exclusions import link_to_source
from binhyen.cases.services.linking import separate_cases
from binhyen.cases.services.restrict import restrict
from binhyen.cases.services.unit_of_work import (
    CITIZEN_ACTOR,
    Actor,
    lock_case_for_system,
    reopen_case,
    save_change,
    to_actor,
    to_case_status,
    update_clocks,
)
from binhyen.kit.bulk_insert import update_columns
from binhyen.kit.search_terms import accented_words
from binhyen.kit.text import fold_text
from binhyen.people.models import Officer


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
    barred: Sequence[int] | None = None,
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
                excluded_officers=barred,
            )
        ],
        ladder=ladder,
        now=now,
    )
    Note.objects.create(case=case, officer=officer, text=extract[:5000], at=now)
    link_to_source(case.pk, source_id=source_id)
    return case.code
