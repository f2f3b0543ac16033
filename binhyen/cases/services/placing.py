"""A case whose place was not known gets one: it is put on the map and goes to the unit that answers for the place."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from binhyen.areas.models import Unit
from binhyen.cases.models import Case
from binhyen.cases.rules import Ladder, alarm_starts, follows_place
from binhyen.cases.services.steps import INTAKE, finish, lock_for_system
from binhyen.cases.services.witness import ring
from binhyen.cases.words import CATEGORY_LABELS, OPEN_STATES, Lane, State


@dataclass(frozen=True, slots=True)
class Spot:
    """Today's commune with its unit, the smallest area known, and the place in the words of whoever named it."""

    unit_id: int
    commune_id: int
    area_id: int
    words: str


@transaction.atomic(savepoint=False)
def place(*, case_id: int, spot: Spot, ladder: Ladder, now: dt.datetime) -> Case:
    """Changes nothing where the commune is known or the case is done. What a person took or handed on stays theirs.

    An urgent case rings anew: whoever acknowledged it at the province is not the one who drives there.
    """
    case = lock_for_system(case_id)
    if case.commune_id is not None or State(case.state) not in OPEN_STATES:
        return case
    changed = ["commune", "area", "place", "title"]
    case.commune_id, case.area_id = spot.commune_id, spot.area_id
    case.place = case.place or spot.words[:160]
    if case.place and case.title == CATEGORY_LABELS.get(case.category):
        case.title = f"{case.title} · {case.place}"[:160]
    before, rings = case.unit_id, False
    held_high = case.unit.level == Unit.Level.PROVINCE
    taken = case.assignee_id is not None
    if follows_place(Lane(case.lane), case.category, held_high=held_high, taken=taken) and spot.unit_id != before:
        case.unit_id, rings = spot.unit_id, alarm_starts(case.urgency)
        changed.append("unit")
    if rings:
        ring(case, ladder=ladder, now=now)
        changed.append("acknowledged_at")
    finish(
        case, "placed", actor=INTAKE, now=now, data={"from": before, "to": case.unit_id, "commune": spot.commune_id},
        changed=changed, also=(f"unit:{before}",) if before != case.unit_id else (), alarms=rings,
    )  # fmt: skip
    return case
