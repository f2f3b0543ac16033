"""Location of a case: set it when it becomes known and move the case to the responsible unit, or correct it."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.areas.models import Unit
from binhyen.areas.queries import CommuneEntry
from binhyen.cases import event_data
from binhyen.cases.choices import CATEGORY_LABELS, OPEN_STATES, Lane, State, Verb
from binhyen.cases.kinds import kind
from binhyen.cases.models import Case
from binhyen.cases.rules import Ladder, NotAllowed, alarm_starts, follows_place
from binhyen.cases.services.alarms import ring
from binhyen.cases.services.lost_found import match_later
from binhyen.cases.services.search_index import tell_more
from binhyen.cases.services.unit_of_work import INTAKE, acting, finish, lock, lock_for_system, require
from binhyen.channels.models import Message
from binhyen.kit.search_terms import marked
from binhyen.kit.text import fold, nfc, squeeze
from binhyen.language.entities import extract
from binhyen.language.places import SURE, Placed, of_the_scene, resolve
from binhyen.language.reading import Entity
from binhyen.people.models import Officer
from binhyen.people.roles import May

_LONGEST = 160
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Spot:
    """A current commune with its unit, the smallest known area, and the place as written."""

    unit_id: int
    commune_id: int
    area_id: int
    words: str


@transaction.atomic(savepoint=False)
def place(*, case_id: int, spot: Spot, ladder: Ladder, now: dt.datetime) -> int | None:
    """Set the place of a case; return the unit it moved to, or None.

    Changes nothing where the commune is known or the case is closed. A case that an officer took or transferred stays
    with its unit.
    An urgent case rings again: the province acknowledged it, but the commune's officers must go there.
    """
    case = lock_for_system(case_id)
    if case.commune_id is not None or State(case.state) not in OPEN_STATES:
        return None
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
        changed += ring(case, ladder=ladder, now=now)
    finish(
        case, Verb.PLACED, actor=INTAKE, now=now, data=event_data.placed(before, case.unit_id, spot.commune_id),
        changed=changed, also=(f"unit:{before}",) if before != case.unit_id else (), alarms=rings,
    )  # fmt: skip
    return case.unit_id if case.unit_id != before else None


@transaction.atomic
def correct(*, code: str, officer: Officer, words: str, version: int | None, now: dt.datetime) -> Case:
    """Correct the place by an officer. Raises NotFound, StaleCase, NotAllowed.

    The areas that match the text replace the old ones, the text is stored as typed; without a match the commune stays.
    A commune of another unit needs a transfer instead; only a case of the province can get any place, and it stays
    there until transferred.
    """
    require(officer, May.WORK_CASES)
    case = lock(code, officer=officer, version=version)
    words = squeeze(nfc(words))
    if State(case.state) not in OPEN_STATES or kind(case.kind).sealed:
        raise NotAllowed(_("Không sửa nơi của vụ việc này được nữa."))
    if not 2 <= len(words) <= _LONGEST:
        raise NotAllowed(_("Ghi nơi xảy ra, tối đa {most} ký tự.").format(most=_LONGEST))
    commune, area_id = _named(words, case)
    before = case.area_id or case.commune_id
    if commune is not None:
        _check_ground(case, commune)
        case.commune_id, case.area_id = commune.area_id, area_id
    else:
        case.area_id = case.commune_id  # the text names no known village
    label = CATEGORY_LABELS.get(case.category, "")
    if case.title in (label, f"{label} · {case.place}"[:_LONGEST]):
        case.title = f"{label} · {words}"[:_LONGEST]
    case.place = words
    told = tell_more(case, fold(words), marked(words))
    finish(
        case, Verb.RELOCATED, actor=acting(officer), now=now, data={"from": before, "to": case.area_id},
        changed=["commune", "area", "place", "title", *told],
    )  # fmt: skip
    match_later([case])
    return case


def told_place(message: Message) -> tuple[int | None, int | None, str]:
    """Return commune, smallest area and place text of a message, by the same rules as intake.

    A GPS point has priority over text; a message without a place in a group of one commune belongs to that commune.
    """
    directory = areas.directory()
    entities = [Entity(**each) for each in message.reading.get("entities", ())]
    words = ", ".join(dict.fromkeys(e.text for e in of_the_scene(entities)))[:_LONGEST]
    home = directory.commune_code_of_area(message.group.area_id) if message.group else None
    placed = resolve(entities, areas.gazetteer(), home)
    code = placed.commune if placed.confidence >= SURE else home
    if message.latitude is not None and message.longitude is not None:
        code = areas.commune_at(message.latitude, message.longitude) or code
    commune = directory.communes.get(code or "")
    return (commune.area_id, _smallest(placed, commune), words) if commune else (None, None, words)


def _smallest(placed: Placed, commune: CommuneEntry) -> int:
    village = areas.directory().villages.get((commune.code, placed.place.key)) if placed.place else None
    return village or commune.area_id


def _named(words: str, case: Case) -> tuple[CommuneEntry | None, int | None]:
    """Find the current commune and smallest area that the text names; (None, None) where it names none.

    Raises NotAllowed where it is ambiguous.
    """
    directory = areas.directory()
    placed = _read(words, directory.commune_code_of_area(case.commune_id or case.unit.area_id))
    commune = directory.communes.get(placed.commune or "")
    if commune is None and len(placed.candidates) > 1:
        names = [directory.communes[c].full_name for c in placed.candidates[:_MOST_NAMED] if c in directory.communes]
        raise NotAllowed(_("Có nhiều nơi tên này: {names}. Ghi thêm tên xã, phường.").format(names=", ".join(names)))
    if commune is None or placed.confidence < SURE:
        return None, None
    return commune, _smallest(placed, commune)


def _read(words: str, near: str | None) -> Placed:
    """Resolve the text as intake does and, since all of it is a place, each part between commas as a name."""
    gazetteer = areas.gazetteer()
    placed = resolve(extract(words, gazetteer), gazetteer, near)
    if placed.candidates:
        return placed
    parts = [part.strip() for part in words.split(",") if part.strip()]
    return resolve([Entity("PLACE", part, 0, len(part), None) for part in parts], gazetteer, near)


def _check_ground(case: Case, commune: CommuneEntry) -> None:
    if case.unit.level == Unit.Level.PROVINCE or commune.unit_id == case.unit_id:
        return
    unit = areas.directory().unit_name(commune.unit_id)
    raise NotAllowed(
        _("Nơi này do {unit} phụ trách. Hãy dùng «Giao cho người khác» để chuyển vụ việc cho đơn vị ấy.").format(
            unit=unit
        )
    )
