"""Country and province on a given day against the published figures; places of the demo story, past and present."""

import datetime as dt
import unicodedata
from typing import Any

import pytest
from django.db import transaction

from binhyen.areas import queries
from binhyen.areas.models import Area, AreaVersion
from binhyen.areas.services import add_alias
from binhyen.kit import clock
from binhyen.kit.text import to_name_key

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 25)


def get_area_id(full_name: str, day: str, *, province: bool = True) -> int:
    versions = queries.places.filter_in_force(dt.date.fromisoformat(day)).filter(full_name=full_name)
    area_ids = [v.area_id for v in versions if not province or queries.get_directory().list_commune_codes(v.area_id)]
    assert len(area_ids) == 1, full_name
    return area_ids[0]


def list_names(areas: tuple[int, ...], day: dt.date = TODAY) -> set[str]:
    return set(queries.build_labels(areas, day).values())


@pytest.mark.parametrize(
    ("day", "districts", "communes"),
    [
        ("2019-12-31", 13, 262),
        ("2020-01-01", 13, 216),
        ("2024-12-31", 13, 216),
        ("2025-01-01", 12, 209),
        ("2025-06-30", 12, 209),
        ("2025-07-01", 0, 69),
        ("2026-11-25", 0, 69),
    ],
)
def test_ha_tinh_on_a_day(day: str, districts: int, communes: int) -> None:
    assert queries.count_areas_by_level(dt.date.fromisoformat(day), province_code="42") == {
        1: 1,
        2: districts,
        3: communes,
    }


@pytest.mark.parametrize(
    ("day", "wanted"),
    [("2025-06-30", (63, 696, 10_035)), ("2025-07-01", (34, 0, 3_321)), ("2026-11-25", (34, 0, 3_321))],
)
def test_the_country_on_a_day(day: str, wanted: tuple[int, int, int]) -> None:
    assert tuple(queries.count_areas_by_level(dt.date.fromisoformat(day)).values()) == wanted


def test_types_of_today() -> None:
    assert queries.count_areas_by_type(TODAY) == {
        "tinh": 25,
        "thanh_pho_tw": 9,
        "xa": 2599,
        "phuong": 709,
        "dac_khu": 13,
    }
    assert queries.count_areas_by_type(dt.date(2025, 7, 1))["xa"] == 2621


@pytest.mark.parametrize(
    ("then", "day", "now"),
    [
        ("Xã Ích Hậu", "2024-03-01", {"Xã Đông Kinh"}),
        ("Xã Thạch Tiến", "2019-01-01", {"Xã Việt Xuyên"}),  # two steps: Việt Tiến in between
        ("Thị trấn Nghèn", "2024-03-01", {"Xã Can Lộc"}),
        ("Thị trấn Lộc Hà", "2024-03-01", {"Xã Lộc Hà"}),
        ("Xã Thạch Đài", "2024-03-01", {"Phường Hà Huy Tập"}),
        ("Phường Trần Phú", "2024-03-01", {"Phường Thành Sen"}),  # not today's Trần Phú
        ("Phường Hà Huy Tập", "2024-03-01", {"Phường Thành Sen"}),  # not today's Hà Huy Tập
        ("Phường Đại Nài", "2024-03-01", {"Phường Thành Sen", "Phường Hà Huy Tập"}),  # ambiguous: asks
        ("Xã Kỳ Lợi", "2024-03-01", {"Phường Vũng Áng", "Phường Sông Trí", "Phường Hoành Sơn"}),  # ambiguous: asks
        ("Xã Sơn Kim 1", "2024-03-01", {"Xã Sơn Kim 1"}),
    ],
)
def test_successors_of_a_unit(then: str, day: str, now: set[str]) -> None:
    old = get_area_id(then, day)
    assert list_names(queries.list_communes(old, TODAY)) == now
    codes = queries.get_directory().list_commune_codes(old)
    assert {queries.get_directory().communes[code].full_name for code in codes} == now


def test_in_between_the_ground_had_the_name_of_then() -> None:
    assert list_names(
        queries.list_communes(get_area_id("Xã Thạch Tiến", "2019-01-01"), dt.date(2022, 1, 1)), dt.date(2022, 1, 1)
    ) == {"Xã Việt Tiến, Huyện Thạch Hà"}


def test_a_split_place_goes_to_the_province_and_a_clear_one_to_its_commune() -> None:
    responsible = queries.get_responsible_unit
    assert responsible(get_area_id("Phường Đại Nài", "2024-03-01"), TODAY).code == "CAT-42"
    assert responsible(get_area_id("Xã Ích Hậu", "2024-03-01"), TODAY).name == "Công an xã Đông Kinh"
    assert responsible(get_area_id("Phường Trần Phú", "2024-03-01"), TODAY).name == "Công an phường Thành Sen"
    assert responsible(10**9, TODAY).code == "CAT-42"
    hanoi = AreaVersion.objects.filter(code="01", current=True).get().area_id
    assert responsible(hanoi, TODAY).code == "CAT-42"


def test_phu_mau_prints_the_old_names_and_is_in_loc_ha_now() -> None:
    village = queries.get_directory().villages["18568", to_name_key("Phú Mậu")]
    assert queries.build_labels([village], dt.date(2024, 3, 1)) == {
        village: "Tổ dân phố Phú Mậu, Thị trấn Lộc Hà, Huyện Lộc Hà"
    }
    assert queries.build_labels([village], TODAY) == {village: "Tổ dân phố Phú Mậu, Xã Lộc Hà"}
    assert queries.get_responsible_unit(village, TODAY).code == "CAX-18568"
    assert Area.objects.get(pk=village).demo


def test_villages_cut_through_the_split_of_dai_nai() -> None:
    dai_nai = get_area_id("Phường Đại Nài", "2024-03-01")
    versions = AreaVersion.objects.filter(parent_id=dai_nai, area__level=4)
    area_ids = {queries.get_directory().get_commune_code(v.area_id) for v in versions}
    assert area_ids == {"18073", "18652"}


@pytest.mark.parametrize(
    "text", ["ich hau", "Ích hậu", unicodedata.normalize("NFD", "Ích Hậu"), "xã Ích Hậu", "ÍCH HẬU"]
)
def test_search_with_and_without_marks(text: str) -> None:
    first = queries.search_places(text, today=TODAY)[0]
    assert (first.full_name, first.today_names) == ("Xã Ích Hậu", ("Xã Đông Kinh",))


def test_search_does_not_mind_where_the_tone_sits() -> None:
    assert {f.area_id for f in queries.search_places("hoà lạc", today=TODAY)} == {
        f.area_id for f in queries.search_places("Hòa Lạc", today=TODAY)
    }


def test_search_on_a_day_distinguishes_old_and_new_tran_phu() -> None:
    then = queries.search_places("Trần Phú", today=TODAY, valid_on=dt.date(2024, 3, 1))[0]
    now = queries.search_places("Trần Phú", today=TODAY, valid_on=TODAY)[0]
    assert then.label == "Phường Trần Phú, Thành phố Hà Tĩnh" and then.today_names == ("Phường Thành Sen",)
    assert now.today_names == ("Phường Trần Phú",) and then.area_id != now.area_id


def test_marks_come_first() -> None:
    results = queries.search_places("Đông Tiến", today=TODAY, valid_on=TODAY)
    names_found = [f.full_name for f in results]
    assert "Xã Đông Tiến" in names_found[0] or "Phường Đông Tiến" in names_found[0]
    assert any("Đồng Tiến" in name for name in names_found)


@pytest.mark.parametrize(
    "text", ["", " ", "a", "%", "__", "\\", "'; DROP TABLE areas_area; --", "\x00\x00", "😀" * 200]
)
def test_search_of_nonsense_finds_nothing(text: str) -> None:
    assert queries.search_places(text, today=TODAY) == ()


def test_the_directory_asks_nothing_twice(django_assert_num_queries: Any) -> None:
    directory = queries.get_directory()
    with django_assert_num_queries(0):
        assert queries.get_directory() is directory
    assert len(directory.communes) == 69
    assert directory.unit_name(directory.communes["18568"].unit_id) == "Công an xã Lộc Hà"
    assert directory.unit_name(directory.province_unit_id) == "Công an tỉnh Hà Tĩnh"
    assert directory.get_responsible_unit(10**9) == (directory.province_unit_id, None)


def test_the_gazetteer_knows_the_villages_of_the_installation() -> None:
    place = next(p for p in queries.get_gazetteer().find_by_name("TDP Phú Mậu") if p.kind == "to_dan_pho")
    assert place.communes == ("18568",)
    assert queries.get_gazetteer() is queries.get_gazetteer()


def test_points_lie_in_their_communes() -> None:
    for code, entry in queries.get_directory().communes.items():
        entry_area = Area.objects.get(pk=entry.area_id)
        assert queries.find_commune_at(entry_area.latitude or 0, entry_area.longitude or 0) == code
    assert queries.find_commune_at(21.03, 105.85) is None  # Hà Nội
    assert queries.find_commune_at(float("nan"), 105.9) is None


def test_the_villages_of_a_day() -> None:
    communes = queries.get_directory().communes.values()
    villages_by_code = {c.code: queries.list_villages_of_commune(c.area_id, TODAY) for c in communes}
    assert len(villages_by_code) == 69 and 1900 <= sum(map(len, villages_by_code.values())) <= 2000
    assert "Tổ dân phố Phú Mậu" in [v.full_name for v in villages_by_code["18568"]] and all(
        v.village for v in villages_by_code["18568"]
    )
    assert (
        queries.list_villages_of_commune(queries.get_directory().communes["18568"].area_id, dt.date(1990, 1, 1)) == ()
    )


def test_rolled_back_changes_are_visible_to_no_process() -> None:
    before = queries.get_directory()
    with pytest.raises(RuntimeError), transaction.atomic():
        add_alias(area_id=before.communes["18568"].area_id, name="Cửa Sót", actor="test", now=clock.now())
        assert any(name.name == "Cửa Sót" for name in queries.get_directory().names)
        assert queries.get_directory.__globals__["_cache"].directory is before
        raise RuntimeError
    assert queries.get_directory() is before
