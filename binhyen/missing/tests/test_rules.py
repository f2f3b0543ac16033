"""Rules of missing people: names, release, radius, matching of unidentified people."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from binhyen.missing.rules.matching import (
    LIST_SCORE,
    NOTIFY_SCORE,
    SAME_PERSON_SCORE,
    PersonFacts,
    compare_people,
    compute_distance_km,
    compute_radius_km,
    list_garments,
    list_next_steps,
    rank_people,
)
from binhyen.missing.rules.names import NameIndex, compare_names, count_edits
from binhyen.missing.rules.records import (
    Movement,
    PersonKind,
    ReleaseGround,
    find_release_problem,
    is_minor,
    parse_age,
)
from binhyen.missing.tests.people_pairs import build_pairs

NOW = dt.datetime(2026, 3, 4, 8, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
LOC_HA, NEAR, FAR = (18.46, 105.89), (18.44, 105.93), (17.9, 106.4)


NAMES = [
    ("Nguyễn Thị Đào", "nguyen thi dao", 0.9, 1),
    ("Nguyễn Thị Hoà", "Nguyễn Thị Hòa", 1, 1),
    ("Trần Quý", "Trần Quí", 0.95, 1),
    ("Hoàng Văn Tý", "Huỳnh Văn Tí", 0.9, 1),
    ("Trương Văn Sáu", "Chương Văn Xáu", 0.8, 1),
    ("Nguyễn Văn Dũng", "Nguyễn Văn Dụng", 0.9, 1),
    ("Nguyễn Thị Đào", "bà Đào", 0.65, 1),
    ("Nguyễn Thị Đào", "Đào Nguyễn Thị", 0.85, 1),
    ("Nguyễn Thị Đào", "nguyenthidao", 0.85, 1),
    ("Nguyễn Thị Đào", "Nguyễn Thị Đoà", 0.7, 1),
    ("Nguyễn Thị Đào", "Nguyễn Thị Lan", 0, 0.45),
    ("Nguyễn Văn An", "Trần Thị Bình", 0, 0.3),
    ("", "bà Đào", 0, 0),
    ("cu", "cu", 1, 1),
]


def test_names_compare_as_people_write_them() -> None:
    for left, right, low, high in NAMES:
        assert low <= compare_names(left, right) <= high, (left, right)
        assert compare_names(left, right) == compare_names(right, left)


def test_names_of_generated_pairs_are_recalled_in_the_first_three() -> None:
    pairs = build_pairs(2_000, seed=17)
    index = NameIndex()
    for number, (name, _) in enumerate(pairs):
        index.add(str(number), name)
    typed_names = [(str(number), typed) for number, (_, typed) in enumerate(pairs)][::10]
    hits = sum(id in [other for other, _ in index.find(typed, limit=3)] for id, typed in typed_names)
    assert len(index) == 2_000 and hits / len(typed_names) >= 0.95, hits


def test_edits_stop_at_the_limit() -> None:
    assert [count_edits("dao", "doa", 2), count_edits("dao", "dao", 2), count_edits("a" * 9, "b" * 9, 2)] == [1, 0, 3]


def test_the_radius_grows_with_time_and_way_of_moving_up_to_its_limit() -> None:
    radii = [compute_radius_km(PersonKind.ELDER, Movement.WALK, n * HOUR) for n in (0, 1, 3, 24, 240)]
    assert radii == sorted(radii) and radii[0] == 1 and radii[-1] == 15
    by_movement = [compute_radius_km(PersonKind.ELDER, movement, 5 * HOUR) for movement in Movement]
    assert len(set(by_movement)) == len(by_movement)
    assert compute_radius_km(PersonKind.CHILD, Movement.WALK, -5 * HOUR) == 1
    steps = list_next_steps(PersonKind.CHILD, Movement.WALK, NOW - 2 * HOUR, NOW)
    assert steps[0] == (NOW + HOUR, 6.0) and all(moment > NOW for moment, _ in steps)
    assert 4 < compute_distance_km(LOC_HA, NEAR) < 6


GROUNDS = [
    (ReleaseGround.EMERGENCY, "Trẻ em đi lạc", 7, True, False, True),
    (ReleaseGround.EMERGENCY, "", 7, True, False, False),
    (ReleaseGround.EMERGENCY, "Trẻ em đi lạc", 31, True, False, False),
    (ReleaseGround.EMERGENCY, "Trẻ em đi lạc", -1, True, False, False),
    (ReleaseGround.CONSENT, "", 7, True, True, True),
    (ReleaseGround.CONSENT, "", 7, True, False, False),
    (ReleaseGround.CONSENT, "", 7, False, True, False),
    ("", "Trẻ em đi lạc", 7, True, True, False),
]


def test_details_are_released_only_on_a_recorded_ground_with_an_end() -> None:
    for ground, reason, days, is_child, has_consent, is_allowed in GROUNDS:
        problem = find_release_problem(
            ground,
            reason=reason,
            until=NOW.date() + dt.timedelta(days=days),
            today=NOW.date(),
            is_child=is_child,
            has_consent=has_consent,
        )
        assert (problem == "") is is_allowed


def test_an_unknown_age_counts_as_a_childs_and_ages_are_read() -> None:
    assert [is_minor(PersonKind.OTHER, None), is_minor(PersonKind.ELDER, None), is_minor(PersonKind.CHILD, 19)] == [
        True,
        False,
        False,
    ]
    ages = [parse_age(text) for text in ("78", "70-80", "khoảng 5 tuổi", "")]
    assert [(age.low, age.high) if age else None for age in ages] == [(78, 78), (70, 80), (5, 5), None]
    for text in ("nhiều", "80-70", "200", "1-2-3"):
        with pytest.raises(ValueError, match=text):
            parse_age(text)


MISSING = PersonFacts(
    id="1",
    side="MISSING",
    kind="DEMENTIA",
    names=("Nguyễn Thị Đào",),
    sex="FEMALE",
    age_low=78,
    age_high=78,
    clothes="áo hoa tím, quần đen",
    marks="lưng còng, chống gậy",
    point=LOC_HA,
    seen_at=NOW,
    movement="WALK",
)
FOUND = replace(
    MISSING,
    id="2",
    side="UNIDENTIFIED",
    names=("bà Đào",),
    age_low=70,
    age_high=80,
    clothes="quần đen, áo hoa",
    marks="",
    point=NEAR,
    seen_at=NOW + 5 * HOUR,
)


def test_a_found_person_is_matched_with_reasons_both_ways() -> None:
    match, reverse = compare_people(FOUND, MISSING), compare_people(MISSING, FOUND)
    assert match.score >= NOTIFY_SCORE and match.score == reverse.score
    assert len(match.reasons) >= 4 and match.reasons[0].startswith("tên")
    nameless = replace(FOUND, names=())
    assert compare_people(nameless, MISSING).score >= NOTIFY_SCORE, "a toddler or a person in confusion gives no name"


EXCLUSIONS: list[dict[str, Any]] = [
    {"sex": "MALE"},
    {"age_low": 4, "age_high": 5, "kind": "CHILD"},
    {"seen_at": NOW - dt.timedelta(days=2)},
    {"point": FAR, "names": ("Trần Thị Lan",), "clothes": "áo trắng, quần đỏ"},
]


def test_what_excludes_a_person_excludes_it() -> None:
    for changes in EXCLUSIONS:
        assert compare_people(replace(FOUND, **changes), MISSING).score < LIST_SCORE, changes


def test_two_relatives_report_one_person_and_ranking_puts_it_first() -> None:
    again = replace(MISSING, id="3", names=("mệ Đào", "Nguyễn Đào"), clothes="áo hoa tím", seen_at=NOW - HOUR)
    assert compare_people(again, MISSING).score >= SAME_PERSON_SCORE
    others = [replace(MISSING, id=str(n), names=("Lê Thị Tám",), age_low=60, age_high=60) for n in range(10, 40)]
    assert rank_people(FOUND, [*others, MISSING], minimum=LIST_SCORE)[0].id == "1"


def test_clothes_are_pairs_of_garment_and_colour() -> None:
    assert list_garments("Áo hoa, quần màu đen; dép") == {("ao", "hoa"), ("quan", "den"), ("dep", "")}
