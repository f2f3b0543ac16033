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
from binhyen.cases.kinds import get_kind
from binhyen.cases.models import Case
from binhyen.cases.rules import EscalationDelays, NotAllowed, should_alarm, should_follow_place
from binhyen.cases.services.alarms import start_alarm
from binhyen.cases.services.lost_found import enqueue_matching
from binhyen.cases.services.search_index import add_search_words
from binhyen.cases.services.unit_of_work import (
    INTAKE_ACTOR,
    lock_case,
    lock_case_for_system,
    require_permission,
    save_change,
    to_actor,
)
from binhyen.channels.models import Message
from binhyen.kit.search_terms import accented_words
from binhyen.kit.text import collapse_spaces, fold_text, to_nfc
from binhyen.language.entities import extract_entities
from binhyen.language.places.resolve import MIN_PLACE_CONFIDENCE, ResolvedPlace, list_scene_places, resolve_place
from binhyen.language.reading import Entity
from binhyen.people.models import Officer
from binhyen.people.roles import Permission

_MAX_CHARS = 160
_MAX_NAMED = 5


@dataclass(frozen=True, slots=True)
class Location:
    """A current commune with its unit, the smallest known area, and the place as written."""

    unit_id: int
    commune_id: int
    area_id: int
    words: str


@transaction.atomic(savepoint=False)
def set_location(*, case_id: int, spot: Location, ladder: EscalationDelays, now: dt.datetime) -> int | None:
    """Set the place of a case; return the unit it moved to, or None.

    Changes nothing where the commune is known or the case is closed. A case that an officer took or transferred stays
    with its unit.
    An urgent case rings again: the province acknowledged it, but the commune's officers must go there.
    """
    case = lock_case_for_system(case_id)
    if case.commune_id is not None or State(case.state) not in OPEN_STATES:
        return None
    changed = ["commune", "area", "place", "title"]
    case.commune_id, case.area_id = spot.commune_id, spot.area_id
    case.place = case.place or spot.words[:160]
    if case.place and case.title == CATEGORY_LABELS.get(case.category):
        case.title = f"{case.title} · {case.place}"[:160]
    previous_unit_id, rings = case.unit_id, False
    at_province = case.unit.level == Unit.Level.PROVINCE
    is_taken = case.assignee_id is not None
    if (
        should_follow_place(Lane(case.lane), case.category, at_province=at_province, is_taken=is_taken)
        and spot.unit_id != previous_unit_id
    ):
        case.unit_id, rings = spot.unit_id, should_alarm(case.urgency)
        changed.append("unit")
    if rings:
        changed += start_alarm(case, delays=ladder, now=now)
    save_change(
        case,
        Verb.PLACED,
        actor=INTAKE_ACTOR,
        now=now,
        data=event_data.build_placed_data(previous_unit_id, case.unit_id, spot.commune_id),
        changed=changed,
        extra_topics=(f"unit:{previous_unit_id}",) if previous_unit_id != case.unit_id else (),
        rings=rings,
    )
    return case.unit_id if case.unit_id != previous_unit_id else None


@transaction.atomic
def correct_location(*, code: str, officer: Officer, words: str, version: int | None, now: dt.datetime) -> Case:
    """Correct the place by an officer. Raises NotFound, StaleCase, NotAllowed.

    The areas that match the text replace the old ones, the text is stored as typed; without a match the commune stays.
    A commune of another unit needs a transfer instead; only a case of the province can get any place, and it stays
    there until transferred.
    """
    require_permission(officer, Permission.WORK_CASES)
    case = lock_case(code, officer=officer, version=version)
    words = collapse_spaces(to_nfc(words))
    if State(case.state) not in OPEN_STATES or get_kind(case.kind).sealed:
        raise NotAllowed(_("Không sửa địa điểm của vụ việc này được nữa."))
    if not 2 <= len(words) <= _MAX_CHARS:
        raise NotAllowed(_("Ghi nơi xảy ra, tối đa {most} ký tự.").format(most=_MAX_CHARS))
    commune, area_id = _resolve_text(words, case)
    previous_area_id = case.area_id or case.commune_id
    if commune is not None:
        _check_area(case, commune)
        case.commune_id, case.area_id = commune.area_id, area_id
    else:
        case.area_id = case.commune_id  # the text names no known village
    label = CATEGORY_LABELS.get(case.category, "")
    if case.title in (label, f"{label} · {case.place}"[:_MAX_CHARS]):
        case.title = f"{label} · {words}"[:_MAX_CHARS]
    case.place = words
    search_columns = add_search_words(case, fold_text(words), accented_words(words))
    save_change(
        case,
        Verb.RELOCATED,
        actor=to_actor(officer),
        now=now,
        data={"from": previous_area_id, "to": case.area_id},
        changed=["commune", "area", "place", "title", *search_columns],
    )
    enqueue_matching([case])
    return case


@transaction.atomic
def pin_location(
    *, code: str, officer: Officer, latitude: float, longitude: float, version: int | None, now: dt.datetime
) -> Case:
    """Set the point of a case by an officer. Raises NotFound, StaleCase, NotAllowed.

    The commune of the point replaces another one, under the rules of `correct_location`; a known village of the same
    commune stays. The event says that a pin was set, not where.
    """
    require_permission(officer, Permission.WORK_CASES)
    case = lock_case(code, officer=officer, version=version)
    if State(case.state) not in OPEN_STATES or get_kind(case.kind).sealed:
        raise NotAllowed(_("Không sửa địa điểm của vụ việc này được nữa."))
    directory = areas.get_directory()
    commune = directory.communes.get(areas.find_commune_at(latitude, longitude) or "")
    if commune is None:
        raise NotAllowed(_("Ghim này nằm ngoài tỉnh. Hãy đặt lại."))
    previous_area_id = case.area_id or case.commune_id
    if commune.area_id != case.commune_id:
        _check_area(case, commune)
        case.commune_id, case.area_id = commune.area_id, commune.area_id
    case.latitude, case.longitude = round(latitude, 5), round(longitude, 5)  # about a metre
    save_change(
        case,
        Verb.RELOCATED,
        actor=to_actor(officer),
        now=now,
        data={"from": previous_area_id, "to": case.area_id or case.commune_id, event_data.PIN: True},
        changed=["commune", "area", "latitude", "longitude"],
    )
    return case


def infer_location(message: Message) -> tuple[int | None, int | None, str]:
    """Return commune, smallest area and place text of a message, by the same rules as intake.

    A GPS point has priority over text; a message without a place in a group of one commune belongs to that commune.
    """
    directory = areas.get_directory()
    entities = [Entity(**entity_data) for entity_data in message.reading.get("entities", ())]
    text = ", ".join(dict.fromkeys(entity.text for entity in list_scene_places(entities)))[:_MAX_CHARS]
    home = directory.get_commune_code(message.group.area_id) if message.group else None
    placed = resolve_place(entities, areas.get_gazetteer(), home)
    code = placed.commune if placed.confidence >= MIN_PLACE_CONFIDENCE else home
    if message.latitude is not None and message.longitude is not None:
        code = areas.find_commune_at(message.latitude, message.longitude) or code
    commune = directory.communes.get(code or "")
    return (commune.area_id, _find_smallest_area(placed, commune), text) if commune else (None, None, text)


def _find_smallest_area(placed: ResolvedPlace, commune: CommuneEntry) -> int:
    village = areas.get_directory().villages.get((commune.code, placed.place.key)) if placed.place else None
    return village or commune.area_id


def _resolve_text(text: str, case: Case) -> tuple[CommuneEntry | None, int | None]:
    """Find the current commune and smallest area that the text names; (None, None) where it names none.

    Raises NotAllowed where it is ambiguous.
    """
    directory = areas.get_directory()
    placed = _parse_place(text, directory.get_commune_code(case.commune_id or case.unit.area_id))
    commune = directory.communes.get(placed.commune or "")
    if commune is None and len(placed.candidates) > 1:
        names = [
            directory.communes[code].full_name for code in placed.candidates[:_MAX_NAMED] if code in directory.communes
        ]
        raise NotAllowed(_("Có nhiều nơi tên này: {names}. Ghi thêm tên xã, phường.").format(names=", ".join(names)))
    if commune is None or placed.confidence < MIN_PLACE_CONFIDENCE:
        return None, None
    return commune, _find_smallest_area(placed, commune)


def _parse_place(text: str, near: str | None) -> ResolvedPlace:
    """Resolve the text as intake does and, since all of it is a place, each part between commas as a name."""
    gazetteer = areas.get_gazetteer()
    placed = resolve_place(extract_entities(text, gazetteer), gazetteer, near)
    if placed.candidates:
        return placed
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return resolve_place([Entity("PLACE", part, 0, len(part), None) for part in parts], gazetteer, near)


def _check_area(case: Case, commune: CommuneEntry) -> None:
    if case.unit.level == Unit.Level.PROVINCE or commune.unit_id == case.unit_id:
        return
    unit = areas.get_directory().unit_name(commune.unit_id)
    raise NotAllowed(
        _("Địa điểm này do {unit} phụ trách. Hãy dùng «Giao cho người khác» để chuyển vụ việc cho đơn vị ấy.").format(
            unit=unit
        )
    )
