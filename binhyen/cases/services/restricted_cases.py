"""Events of a case whose text another feature keeps sealed: the register learns of the event, never of the text."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from binhyen.areas import queries as areas
from binhyen.cases import event_data
from binhyen.cases.choices import CATEGORY_LABELS, OPEN_STATES, Outcome, State, Verb
from binhyen.cases.kinds import kind_for
from binhyen.cases.models import Alarm, Case, Note
from binhyen.cases.rules import Ladder, check_outcome, check_state, reopens
from binhyen.cases.services.create import Opening, open_cases
from binhyen.cases.services.exclusions import draw
from binhyen.cases.services.linking import part
from binhyen.cases.services.restrict import lift
from binhyen.cases.services.unit_of_work import (
    CITIZEN,
    Actor,
    acting,
    back_to_work,
    facts,
    finish,
    keep_clocks,
    lock_for_system,
)
from binhyen.kit.bulk_insert import rewrite
from binhyen.kit.search_terms import marked
from binhyen.kit.text import fold
from binhyen.people.models import Officer


@transaction.atomic
def heard(*, case_id: int, resumes: bool = True, now: dt.datetime) -> None:
    """Record a follow-up; where it `resumes`, a case that waited or closed recently is reopened."""
    case = lock_for_system(case_id)
    changed: list[str] = []
    waited = case.state == State.WAITING or reopens(State(case.state), closed_at=case.closed_at, now=now)
    if resumes and waited:
        changed = back_to_work(case, now=now)
    finish(case, Verb.HEARD, actor=CITIZEN, now=now, changed=changed)


@transaction.atomic
def lifted(*, case_id: int, category: str, urgency: int, now: dt.datetime) -> Case:
    """Turn a case into a complaint about police after a follow-up, in any state, and hide it everywhere."""
    case = lock_for_system(case_id)
    for absorbed in case.absorbed.select_for_update(of=("self",)).order_by("pk"):
        part(absorbed, case, actor=CITIZEN, now=now)
    if case.merged_into_id is not None:
        part(case, lock_for_system(case.merged_into_id), loud=False, actor=CITIZEN, now=now)
    if case.state not in OPEN_STATES:
        rewrite(case, back_to_work(case, now=now))
    return lift(case, category, max(case.urgency, urgency), actor=CITIZEN, now=now)


@transaction.atomic
def withdrawn(*, case_id: int, now: dt.datetime) -> None:
    """Record a withdrawal; the case stays open until an officer closes it, but its alarm ends."""
    case = lock_for_system(case_id)
    Alarm.objects.filter(case=case).update(next_at=None)
    finish(case, Verb.WITHDRAWN, actor=CITIZEN, now=now)


@transaction.atomic
def answered(*, case_id: int, actor: Actor, now: dt.datetime) -> None:
    case = lock_for_system(case_id)
    finish(case, Verb.ANSWERED, actor=actor, now=now)


@transaction.atomic
def moved(*, case_id: int, to: State, actor: Actor, now: dt.datetime) -> None:
    """Record that the handlers took the case or reopened it. Raises NotAllowed."""
    case = lock_for_system(case_id)
    before = State(case.state)
    check_state(facts(case), to)
    case.acknowledged_at = case.acknowledged_at or now
    if before is State.CLOSED:  # a closed case can only go back to work
        changed = back_to_work(case, now=now)
    else:
        case.state, changed = to, ["state", "due_at"]
        keep_clocks(case, now=now)
    finish(
        case,
        Verb.STATE,
        actor=actor,
        now=now,
        data=event_data.set_to(before, to),
        changed=["acknowledged_at", *changed],
    )


@transaction.atomic
def ended(*, case_id: int, outcome: Outcome, actor: Actor, now: dt.datetime) -> None:
    """Close the case with an outcome code; result text and proof are sealed elsewhere. Raises NotAllowed."""
    case = lock_for_system(case_id)
    check_outcome(facts(case), outcome, decides=False, summary=event_data.SEALED, proved=True)
    case.state, case.outcome, case.closed_at = State.CLOSED, outcome, now
    case.acknowledged_at = case.acknowledged_at or now
    keep_clocks(case, now=now)
    finish(
        case, Verb.CLOSED, actor=actor, now=now, data={"outcome": outcome},
        changed=["state", "outcome", "closed_at", "acknowledged_at", "due_at"],
    )  # fmt: skip


@transaction.atomic
def handed_on(*, case_id: int, actor: Actor, now: dt.datetime) -> None:
    """Record that an extract became a separate case; readers of either do not learn which (models.DerivedCase)."""
    case = lock_for_system(case_id)
    finish(case, Verb.EXTRACTED, actor=actor, now=now)


@transaction.atomic
def open_from_extract(
    *, extract: str, category: str, urgency: int, commune_id: int | None, officer: Officer, ladder: Ladder,
    source_id: int, barred: Sequence[int] | None = None, now: dt.datetime,
) -> str:  # fmt: skip
    """Open an ordinary case for the place, as if the province had reported it; return its code.

    Never for a complaint about police: its text would be stored in plaintext. `source_id`: the sealed case;
    `excluded_officers`: ids of officers who must not see it.
    """
    directory = areas.directory()
    commune = next((c for c in directory.communes.values() if c.area_id == commune_id), None)
    chosen = kind_for(category)
    if chosen.apart:
        raise ValueError("a complaint about police has a keeper")
    [case] = open_cases(
        [
            Opening(
                kind=chosen.code, lane=chosen.lane_of(category), category=category, urgency=urgency, sensitive=True,
                title=" · ".join(filter(None, [CATEGORY_LABELS[category], commune.full_name if commune else ""])),
                unit_id=commune.unit_id if commune else directory.province_unit_id, actor=acting(officer),
                words=extract, folded=fold(extract), marked=marked(extract), commune_id=commune_id, area_id=commune_id,
                barred=barred,
            )
        ],
        ladder=ladder, now=now,
    )  # fmt: skip
    Note.objects.create(case=case, officer=officer, text=extract[:5000], at=now)
    draw(case.pk, source_id=source_id)
    return case.code
