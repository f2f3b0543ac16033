"""Landmarks learnt from cases beside the directory name of a place: with consistent cases it is never less certain."""

import pytest

from binhyen.kit.text import fold
from binhyen.language.entities import extract
from binhyen.language.places import Gazetteer, Place, Placed, resolve

LOC_HA, HONG_LOC, CAN_LOC, THACH_HA = "18568", "18409", "18406", "18562"
ONCE, TWICE, THRICE = 1 / 2, 2 / 3, 3 / 4  # areas/rules/landmarks.py
SPOTS = ("chợ", "trường mầm non", "bệnh viện", "ngã ba", "bến xe")


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load_default().with_places([Place.of("Xuân Khánh", "thon", [LOC_HA])])


def at(text: str, gazetteer: Gazetteer, near: str | None = None) -> Placed:
    return resolve(extract(text, gazetteer), gazetteer, near)


def taught(gazetteer: Gazetteer, name: str, *communes: str, trust: float = ONCE) -> Gazetteer:
    return gazetteer.with_places([Place.of(name, "landmark", communes, trust=trust)])


def test_every_unit_whose_name_says_it_says_it_still_when_a_case_agreed(gazetteer: Gazetteer) -> None:
    names = sorted({one.full_name.split(" ", 1)[1] for one in gazetteer.communes.values()})
    said = {f"{spot} {name}": at(f"đánh nhau ở {spot} {name}", gazetteer) for spot in SPOTS for name in names}
    sure = {place: found for place, found in said.items() if found.commune}
    assert len(sure) > 100
    once = gazetteer.with_places(
        Place.of(place, "landmark", [found.commune or ""], trust=ONCE) for place, found in sure.items()
    )
    for place, found in sure.items():
        now = at(f"đánh nhau ở {place}", once)
        assert (now.commune, now.confidence >= found.confidence) == (found.commune, True), place


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("chợ Lộc Hà", "rác đổ đầy đường trước chợ Lộc Hà"),
        ("chợ Lộc Hà", "rac do day duong truoc cho loc ha"),
        ("chợ Lộc Hà", "đánh nhau ở ngã ba chợ Lộc Hà"),
        ("nhà văn hóa thôn Xuân Khánh", "mất loa ở nhà văn hóa thôn Xuân Khánh"),
    ],
)
def test_what_a_case_said_once_takes_nothing_away(gazetteer: Gazetteer, place: str, text: str) -> None:
    before = at(text, gazetteer)
    assert before.commune == LOC_HA, "the control: its name suffices"
    now = at(text, taught(gazetteer, place, LOC_HA))
    assert now.commune == LOC_HA and now.confidence >= before.confidence


def test_what_says_against_it_counts_as_much_as_it_is_trusted(gazetteer: Gazetteer) -> None:
    text = "đánh nhau ở chợ Lộc Hà"
    found = [at(text, taught(gazetteer, "chợ Lộc Hà", CAN_LOC, trust=trust)) for trust in (ONCE, TWICE, THRICE)]
    assert [one.commune for one in found] == [None, CAN_LOC, CAN_LOC]
    assert set(found[0].candidates) >= {LOC_HA, CAN_LOC}


def test_who_is_called_after_a_person_or_lies_elsewhere_is_learnt_as_before(gazetteer: Gazetteer) -> None:
    for place in ("trường THPT Trần Phú", "chợ Vinh", "cầu Ích Hậu", "quán bà Hoa"):
        assert at(f"đánh nhau ở {place}", gazetteer).commune is None, place
        once, twice = (at(f"đánh nhau ở {place}", taught(gazetteer, place, LOC_HA, trust=t)) for t in (ONCE, TWICE))
        assert (once.commune, twice.commune) == (None, LOC_HA), place
        assert fold(place) in fold(twice.reason)
