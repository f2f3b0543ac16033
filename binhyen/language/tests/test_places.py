"""Place names of all periods → communes of today; split units and homonyms are asked about instead of guessed."""

import unicodedata

import pytest

from binhyen.kit.text import to_name_key
from binhyen.language.entities import extract_entities
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.resolve import MIN_PLACE_CONFIDENCE, ResolvedPlace, resolve_place
from binhyen.language.places.types import Place
from binhyen.language.reading import Entity

DONG_KINH, CAN_LOC, LOC_HA, HA_HUY_TAP, THANH_SEN, TRAN_PHU, VIET_XUYEN = (
    "18586",
    "18406",
    "18568",
    "18652",
    "18073",
    "18100",
    "18601",
)


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    villages = [Place.of("Phú Mậu", "to_dan_pho", [LOC_HA]), Place.of("Nam Thượng", "thon", [HA_HUY_TAP])]
    return Gazetteer.load_default().with_places(villages)


def resolve_text(gazetteer: Gazetteer, *names: str, near: str | None = None) -> ResolvedPlace:
    return resolve_place([Entity("PLACE", name, 0, len(name), None) for name in names], gazetteer, near)


@pytest.mark.parametrize(
    ("name", "commune"),
    [
        ("Nghèn", CAN_LOC),
        ("nghen", CAN_LOC),
        ("thị trấn Nghèn", CAN_LOC),
        ("thị trấn Lộc Hà", LOC_HA),
        ("tt loc ha", LOC_HA),
        ("Ích Hậu", DONG_KINH),
        ("ich hau", DONG_KINH),
        ("Ích hậu", DONG_KINH),
        (unicodedata.normalize("NFD", "Ích Hậu"), DONG_KINH),
        ("xã Thạch Đài", HA_HUY_TAP),
        ("Thạch Tiến", VIET_XUYEN),
        ("hoà lạc", "18229"),
        ("Hòa Lạc", "18229"),
        ("TDP Phú Mậu", LOC_HA),
        ("tổ dân phố phu mau", LOC_HA),
        ("xã Kỳ Anh", "18775"),
        ("phường Thành Sen", THANH_SEN),
    ],
)
def test_names_old_and_new_with_and_without_marks(gazetteer: Gazetteer, name: str, commune: str) -> None:
    answer = resolve_text(gazetteer, name)
    assert answer.commune == commune
    assert answer.confidence >= 0.75


@pytest.mark.parametrize(
    ("name", "candidates"),
    [
        ("phường Đại Nài", {THANH_SEN, HA_HUY_TAP}),
        ("xã Kỳ Lợi", {"18754", "18823", "18832"}),
        ("huyện Lộc Hà", {TRAN_PHU, "18409", LOC_HA, "18583", DONG_KINH}),
    ],
)
def test_split_units_and_districts_ask(gazetteer: Gazetteer, name: str, candidates: set[str]) -> None:
    answer = resolve_text(gazetteer, name)
    assert answer.commune is None
    assert set(answer.candidates) == candidates
    assert answer.confidence < 0.6


def test_the_group_decides_between_the_parts_of_a_split_unit(gazetteer: Gazetteer) -> None:
    assert resolve_text(gazetteer, "phường Đại Nài", near=HA_HUY_TAP).commune == HA_HUY_TAP
    assert resolve_text(gazetteer, "phường Đại Nài", near="18406").commune is None


@pytest.mark.parametrize("name", ["phường Trần Phú", "Trần Phú", "phường Hà Huy Tập"])
def test_an_old_ward_is_not_the_new_one_of_its_name(gazetteer: Gazetteer, name: str) -> None:
    answer = resolve_text(gazetteer, name)
    assert THANH_SEN in answer.candidates
    assert len(answer.candidates) == 2
    assert answer.confidence < 0.7
    assert resolve_text(gazetteer, name, near=THANH_SEN).commune == THANH_SEN


@pytest.mark.parametrize("name", ["Lộc Hà", "Kỳ Anh", "Can Lộc", "Thạch Hà", "Đức Thọ"])
def test_a_name_of_a_former_district_is_less_sure_than_its_commune(gazetteer: Gazetteer, name: str) -> None:
    assert resolve_text(gazetteer, name).confidence < resolve_text(gazetteer, "xã " + name).confidence
    assert len(resolve_text(gazetteer, name).candidates) > 1


@pytest.mark.parametrize("name", ["Can Lộc", "can loc", "Thạch Hà", "Cẩm Xuyên", "Hương Khê", "Lộc Hà"])
def test_a_former_district_and_a_commune_of_one_name_are_asked_about(gazetteer: Gazetteer, name: str) -> None:
    answer = resolve_text(gazetteer, name)
    assert answer.commune is None and answer.confidence < MIN_PLACE_CONFIDENCE and len(answer.candidates) > 1
    expected_commune = resolve_text(gazetteer, "xã " + name).commune
    assert (
        expected_commune == answer.candidates[0]
        and resolve_text(gazetteer, name, near=expected_commune).commune == expected_commune
    ), "the group decides"
    elsewhere = next(code for code in gazetteer.communes if code not in answer.candidates)
    assert resolve_text(gazetteer, name, near=elsewhere).commune is None, "another group does not"


@pytest.mark.parametrize(
    ("text", "commune"),
    [
        ("Nhà em Thạch Kim, vừa bị giật túi ở ngã tư Vinh", None),
        ("Bị giật túi ở bến xe Vinh, em dân Thạch Kim", None),
        ("Bị giật túi ở ngã tư Vinh, nhà ở xã Lộc Hà", LOC_HA),  # named by its type word
        ("Chiều qua xe biển Nghệ An đổ trộm đất ở Thạch Kim", LOC_HA),  # the plate, not the sea
        ("Xe khách Hà Nội tông người ở Thạch Kim", LOC_HA),
    ],
)
def test_a_spot_outside_the_province_brings_doubt(gazetteer: Gazetteer, text: str, commune: str | None) -> None:
    answer = resolve_place(extract_entities(text, gazetteer), gazetteer)
    assert answer.commune == commune
    assert answer.confidence < 0.8, "some doubt remains in any case"


def test_two_levels_narrow_each_other(gazetteer: Gazetteer) -> None:
    assert resolve_text(gazetteer, "Nghèn", "Can Lộc").commune == CAN_LOC
    answer = resolve_text(gazetteer, "thôn Nam Thượng", "Thạch Đài")
    assert answer.commune == HA_HUY_TAP
    assert answer.place is not None and answer.place.name == "Nam Thượng"


def test_two_places_that_exclude_each_other_are_not_decided(gazetteer: Gazetteer) -> None:
    answer = resolve_text(gazetteer, "Thạch Đài", "Cẩm Nhượng")
    assert answer.commune is None
    assert len(answer.candidates) == 2


@pytest.mark.parametrize(
    ("text", "commune"),
    [
        ("Trộm chó ở thôn Xuân Hải xã Lộc Hà", LOC_HA),
        ("Có trộm ở xã Lộc Hà gần cầu Hộ Độ", LOC_HA),
        ("Mất ví ở chợ Thạch Châu xã Lộc Hà", LOC_HA),
        ("mat vi o cho thach chau xa loc ha", LOC_HA),
        ("Mất ví ở Thạch Châu, xã Lộc Hà", LOC_HA),
        # the controls: as certain as each other
        ("Mất ví ở chợ Thạch Châu, Lộc Hà", "18583"),
        ("Đi từ xã Mai Phụ đến xã Lộc Hà thì mất ví", None),
        ("Mất ví ở xã Đức Thọ, thị trấn Nghèn", None),
    ],
)
def test_a_commune_named_with_its_type_outweighs_a_name_elsewhere(
    gazetteer: Gazetteer, text: str, commune: str | None
) -> None:
    answer = resolve_place(extract_entities(text, gazetteer), gazetteer)
    assert answer.commune == commune
    if commune == LOC_HA:
        assert len(answer.candidates) > 1 and 0.5 < answer.confidence < 0.75, "and the doubt remains visible"
        assert "có thể thuộc Xã Lộc Hà, " in answer.reason and ", " in answer.reason.split("»")[0]


def test_nothing_named_is_nothing_placed(gazetteer: Gazetteer) -> None:
    assert resolve_text(gazetteer, near=CAN_LOC) == ResolvedPlace(None, None, 0.0, (), "không nêu địa điểm rõ")
    outside = resolve_text(gazetteer, "Nghệ An")
    assert outside.commune is None and "ngoài tỉnh" in outside.reason


def test_a_hamlet_of_the_old_maps_is_a_hint_only(gazetteer: Gazetteer) -> None:
    hamlet = next(p for p in gazetteer.places if p.kind == "hamlet" and len(gazetteer.find_by_name(p.name)) == 1)
    answer = resolve_text(gazetteer, hamlet.name)
    assert answer.commune is None
    assert answer.candidates == hamlet.communes


def test_every_old_commune_reaches_a_commune_of_today(gazetteer: Gazetteer) -> None:
    communes = [p for p in gazetteer.places if p.kind in ("xa", "phuong", "thi_tran")]
    assert len(gazetteer.communes) == 69
    assert {p.key for p in communes if not p.old} == {
        to_name_key(c.full_name.split(" ", 1)[1]) for c in gazetteer.communes.values()
    }
    for place in communes:
        assert place.communes and set(place.communes) <= set(gazetteer.communes)
        assert abs(sum(place.weights().values()) - 1) < 1e-9


def test_the_group_name_gives_its_commune(gazetteer: Gazetteer) -> None:
    assert gazetteer.find_commune_of_group("Bình yên xã Ích Hậu") == DONG_KINH
    assert gazetteer.find_commune_of_group("xa-thach-dai") == HA_HUY_TAP
    assert gazetteer.find_commune_of_group("nhóm bán hàng") is None


def test_from_message_to_commune(gazetteer: Gazetteer) -> None:
    entities = extract_entities("danh nhau to o tdp phu mau thi tran loc ha", gazetteer)
    assert resolve_place(entities, gazetteer).commune == LOC_HA


def test_a_house_in_a_road_is_not_in_the_ward_of_its_name(gazetteer: Gazetteer) -> None:
    assert resolve_place(extract_entities("cháy ở 147 Trần Phú", gazetteer), gazetteer).commune is None
    assert resolve_place(extract_entities("cháy ở phường Trần Phú", gazetteer), gazetteer).commune == TRAN_PHU
    assert resolve_place(extract_entities("cháy ở đường Trần Phú", gazetteer), gazetteer).commune is None


@pytest.mark.parametrize(
    ("text", "commune"),
    [
        ("đánh nhau ở chợ Lộc Hà", LOC_HA),
        ("danh nhau o cho loc ha", LOC_HA),
        ("mất xe ở bệnh viện Lộc Hà", LOC_HA),
        ("tai nạn ở ngã tư Thạch Long", "18562"),  # an old commune
        ("cháy ở trường THPT Trần Phú", None),  # a school bears the name of a person, like a ward
        ("tai nạn ở cầu Ích Hậu", None),  # a bridge between two units
        ("rơi ví ở chợ Vinh", None),  # outside the province
    ],
)
def test_a_market_or_a_school_is_in_the_unit_whose_name_it_bears(
    gazetteer: Gazetteer, text: str, commune: str | None
) -> None:
    assert resolve_place(extract_entities(text, gazetteer), gazetteer).commune == commune
