"""Country and province on a given day against the published figures; places of the demo story, past and present."""

import datetime as dt
import unicodedata
from typing import Any

import pytest
from django.db import transaction

from binhyen.areas import queries
from binhyen.areas.models import Area, AreaVersion
from binhyen.areas.services import add_name
from binhyen.kit import clock
from binhyen.kit.text import name_key

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 25)


def area(full_name: str, day: str, *, province: bool = True) -> int:
    held = queries.places.on_day(dt.date.fromisoformat(day)).filter(full_name=full_name)
    found = [v.area_id for v in held if not province or queries.directory().commune_codes_of_area(v.area_id)]
    assert len(found) == 1, full_name
    return found[0]


def names(areas: tuple[int, ...], day: dt.date = TODAY) -> set[str]:
    return set(queries.labels(areas, day).values())


@pytest.mark.parametrize(
    ("day", "districts", "communes"),
    [("2019-12-31", 13, 262), ("2020-01-01", 13, 216), ("2024-12-31", 13, 216), ("2025-01-01", 12, 209),
     ("2025-06-30", 12, 209), ("2025-07-01", 0, 69), ("2026-11-25", 0, 69)],
)  # fmt: skip
def test_ha_tinh_on_a_day(day: str, districts: int, communes: int) -> None:
    assert queries.counts(dt.date.fromisoformat(day), province_code="42") == {1: 1, 2: districts, 3: communes}


@pytest.mark.parametrize(
    ("day", "wanted"),
    [("2025-06-30", (63, 696, 10_035)), ("2025-07-01", (34, 0, 3_321)), ("2026-11-25", (34, 0, 3_321))],
)
def test_the_country_on_a_day(day: str, wanted: tuple[int, int, int]) -> None:
    assert tuple(queries.counts(dt.date.fromisoformat(day)).values()) == wanted


def test_types_of_today() -> None:
    assert queries.types(TODAY) == {"tinh": 25, "thanh_pho_tw": 9, "xa": 2599, "phuong": 709, "dac_khu": 13}
    assert queries.types(dt.date(2025, 7, 1))["xa"] == 2621


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
def test_what_became_of_it(then: str, day: str, now: set[str]) -> None:
    old = area(then, day)
    assert names(queries.commune_of(old, TODAY)) == now
    codes = queries.directory().commune_codes_of_area(old)
    assert {queries.directory().communes[code].full_name for code in codes} == now


def test_in_between_the_ground_had_the_name_of_then() -> None:
    assert names(queries.commune_of(area("Xã Thạch Tiến", "2019-01-01"), dt.date(2022, 1, 1)), dt.date(2022, 1, 1)) == {
        "Xã Việt Tiến, Huyện Thạch Hà"
    }


def test_a_split_place_goes_to_the_province_and_a_clear_one_to_its_commune() -> None:
    responsible = queries.responsible
    assert responsible(area("Phường Đại Nài", "2024-03-01"), TODAY).code == "CAT-42"
    assert responsible(area("Xã Ích Hậu", "2024-03-01"), TODAY).name == "Công an xã Đông Kinh"
    assert responsible(area("Phường Trần Phú", "2024-03-01"), TODAY).name == "Công an phường Thành Sen"
    assert responsible(10**9, TODAY).code == "CAT-42"
    hanoi = AreaVersion.objects.filter(code="01", current=True).get().area_id
    assert responsible(hanoi, TODAY).code == "CAT-42"


def test_phu_mau_prints_the_names_of_then_and_lies_in_loc_ha_now() -> None:
    village = queries.directory().villages["18568", name_key("Phú Mậu")]
    assert queries.labels([village], dt.date(2024, 3, 1)) == {
        village: "Tổ dân phố Phú Mậu, Thị trấn Lộc Hà, Huyện Lộc Hà"
    }
    assert queries.labels([village], TODAY) == {village: "Tổ dân phố Phú Mậu, Xã Lộc Hà"}
    assert queries.responsible(village, TODAY).code == "CAX-18568"
    assert Area.objects.get(pk=village).demo


def test_villages_cut_through_the_split_of_dai_nai() -> None:
    dai_nai = area("Phường Đại Nài", "2024-03-01")
    held = AreaVersion.objects.filter(parent_id=dai_nai, area__level=4)
    found = {queries.directory().commune_code_of_area(v.area_id) for v in held}
    assert found == {"18073", "18652"}


@pytest.mark.parametrize(
    "text", ["ich hau", "Ích hậu", unicodedata.normalize("NFD", "Ích Hậu"), "xã Ích Hậu", "ÍCH HẬU"]
)
def test_search_with_and_without_marks(text: str) -> None:
    first = queries.search(text, today=TODAY)[0]
    assert (first.full_name, first.today_names) == ("Xã Ích Hậu", ("Xã Đông Kinh",))


def test_search_does_not_mind_where_the_tone_sits() -> None:
    assert {f.area_id for f in queries.search("hoà lạc", today=TODAY)} == {
        f.area_id for f in queries.search("Hòa Lạc", today=TODAY)
    }


def test_search_on_a_day_tells_old_from_new_tran_phu() -> None:
    then = queries.search("Trần Phú", today=TODAY, on=dt.date(2024, 3, 1))[0]
    now = queries.search("Trần Phú", today=TODAY, on=TODAY)[0]
    assert then.label == "Phường Trần Phú, Thành phố Hà Tĩnh" and then.today_names == ("Phường Thành Sen",)
    assert now.today_names == ("Phường Trần Phú",) and then.area_id != now.area_id


def test_marks_come_first() -> None:
    found = queries.search("Đông Tiến", today=TODAY, on=TODAY)
    names_found = [f.full_name for f in found]
    assert "Xã Đông Tiến" in names_found[0] or "Phường Đông Tiến" in names_found[0]
    assert any("Đồng Tiến" in name for name in names_found)


@pytest.mark.parametrize(
    "text", ["", " ", "a", "%", "__", "\\", "'; DROP TABLE areas_area; --", "\x00\x00", "😀" * 200]
)
def test_search_of_nonsense_finds_nothing(text: str) -> None:
    assert queries.search(text, today=TODAY) == ()


def test_the_directory_asks_nothing_twice(django_assert_num_queries: Any) -> None:
    directory = queries.directory()
    with django_assert_num_queries(0):
        assert queries.directory() is directory
    assert len(directory.communes) == 69
    assert directory.unit_name(directory.communes["18568"].unit_id) == "Công an xã Lộc Hà"
    assert directory.unit_name(directory.province_unit_id) == "Công an tỉnh Hà Tĩnh"
    assert directory.seat_of_area(10**9) == (directory.province_unit_id, None)


def test_the_gazetteer_knows_the_villages_of_the_installation() -> None:
    place = next(p for p in queries.gazetteer().named("TDP Phú Mậu") if p.kind == "to_dan_pho")
    assert place.communes == ("18568",)
    assert queries.gazetteer() is queries.gazetteer()


def test_points_lie_in_their_communes() -> None:
    for code, entry in queries.directory().communes.items():
        at = Area.objects.get(pk=entry.area_id)
        assert queries.commune_at(at.latitude or 0, at.longitude or 0) == code
    assert queries.commune_at(21.03, 105.85) is None  # Hà Nội
    assert queries.commune_at(float("nan"), 105.9) is None


def test_the_villages_of_a_day() -> None:
    communes = queries.directory().communes.values()
    found = {c.code: queries.villages_of(c.area_id, TODAY) for c in communes}
    assert len(found) == 69 and 1900 <= sum(map(len, found.values())) <= 2000
    assert "Tổ dân phố Phú Mậu" in [v.full_name for v in found["18568"]] and all(v.village for v in found["18568"])
    assert queries.villages_of(queries.directory().communes["18568"].area_id, dt.date(1990, 1, 1)) == ()


def test_what_was_rolled_back_was_seen_by_nobody() -> None:
    before = queries.directory()
    with pytest.raises(RuntimeError), transaction.atomic():
        add_name(area_id=before.communes["18568"].area_id, name="Cửa Sót", actor="test", now=clock.now())
        assert any(name.name == "Cửa Sót" for name in queries.directory().names)
        assert queries.directory.__globals__["_cache"].directory is before
        raise RuntimeError
    assert queries.directory() is before
