"""Landmarks learnt from cases beside the directory name of a place: with consistent cases it is never less certain."""

import pytest

from binhyen.kit.text import fold_text
from binhyen.language.entities import extract_entities
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.resolve import ResolvedPlace, resolve_place
from binhyen.language.places.types import Place

LOC_HA, HONG_LOC, CAN_LOC, THACH_HA = "18568", "18409", "18406", "18562"
ONCE, TWICE, THRICE = 1 / 2, 2 / 3, 3 / 4  # areas/rules/names.py
SPOTS = ("chợ", "trường mầm non", "bệnh viện", "ngã ba", "bến xe")


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load_default().with_places([Place.of("Xuân Khánh", "thon", [LOC_HA])])


def resolve_text(text: str, gazetteer: Gazetteer, near: str | None = None) -> ResolvedPlace:
    return resolve_place(extract_entities(text, gazetteer), gazetteer, near)


def add_landmark(gazetteer: Gazetteer, name: str, *communes: str, trust: float = ONCE) -> Gazetteer:
    return gazetteer.with_places([Place.of(name, "landmark", communes, trust=trust)])


def test_a_unit_with_a_clear_name_stays_certain_when_a_case_agreed(gazetteer: Gazetteer) -> None:
    names = sorted({single_place.full_name.split(" ", 1)[1] for single_place in gazetteer.communes.values()})
    placements_by_name = {
        f"{spot} {name}": resolve_text(f"đánh nhau ở {spot} {name}", gazetteer) for spot in SPOTS for name in names
    }
    sure = {place: placement for place, placement in placements_by_name.items() if placement.commune}
    assert len(sure) > 100
    once = gazetteer.with_places(
        Place.of(place, "landmark", [placement.commune or ""], trust=ONCE) for place, placement in sure.items()
    )
    for place, placement in sure.items():
        now = resolve_text(f"đánh nhau ở {place}", once)
        assert (now.commune, now.confidence >= placement.confidence) == (placement.commune, True), place


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("chợ Lộc Hà", "rác đổ đầy đường trước chợ Lộc Hà"),
        ("chợ Lộc Hà", "rac do day duong truoc cho loc ha"),
        ("chợ Lộc Hà", "đánh nhau ở ngã ba chợ Lộc Hà"),
        ("nhà văn hóa thôn Xuân Khánh", "mất loa ở nhà văn hóa thôn Xuân Khánh"),
    ],
)
def test_one_case_takes_nothing_away(gazetteer: Gazetteer, place: str, text: str) -> None:
    before = resolve_text(text, gazetteer)
    assert before.commune == LOC_HA, "the control: its name suffices"
    now = resolve_text(text, add_landmark(gazetteer, place, LOC_HA))
    assert now.commune == LOC_HA and now.confidence >= before.confidence


def test_contradicting_evidence_counts_by_its_trust(gazetteer: Gazetteer) -> None:
    text = "đánh nhau ở chợ Lộc Hà"
    placements = [
        resolve_text(text, add_landmark(gazetteer, "chợ Lộc Hà", CAN_LOC, trust=trust))
        for trust in (ONCE, TWICE, THRICE)
    ]
    assert [item.commune for item in placements] == [None, CAN_LOC, CAN_LOC]
    assert set(placements[0].candidates) >= {LOC_HA, CAN_LOC}


def test_names_of_persons_and_distant_places_are_learnt_as_before(gazetteer: Gazetteer) -> None:
    for place in ("trường THPT Trần Phú", "chợ Vinh", "cầu Ích Hậu", "quán bà Hoa"):
        assert resolve_text(f"đánh nhau ở {place}", gazetteer).commune is None, place
        once, twice = (
            resolve_text(f"đánh nhau ở {place}", add_landmark(gazetteer, place, LOC_HA, trust=t)) for t in (ONCE, TWICE)
        )
        assert (once.commune, twice.commune) == (None, LOC_HA), place
        assert fold_text(place) in fold_text(twice.reason)
