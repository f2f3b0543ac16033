"""Every present commune as people type it: in lower case, beside capitalised names, with and without diacritics; and
with a hamlet or a numbered village beside it."""

import pytest

from binhyen.kit.text import fold_text
from binhyen.language.entities import extract_entities
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.resolve import MIN_PLACE_CONFIDENCE, ResolvedPlace, resolve_place
from binhyen.language.places.types import Place

LOC_HA, THANH_SEN = "18568", "18073"


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load_default()


def resolve_text(text: str, gazetteer: Gazetteer) -> ResolvedPlace:
    return resolve_place(extract_entities(text, gazetteer), gazetteer)


@pytest.mark.parametrize(
    "frame",
    [
        "đánh nhau ở {}",
        "{} có trộm vào nhà",
        "Anh Nam ở {} bị đánh",
        "Cháy ở Chợ Gát, {}",
        "ở {} mai mất điện",
        "thôn Bình Nguyên {} ngập",
    ],
)
def test_every_commune_in_small_letters(gazetteer: Gazetteer, frame: str) -> None:
    for commune in gazetteer.communes.values():
        content = frame.format(commune.full_name.lower())
        for text in (content, fold_text(content)):
            read = [fold_text(str(e.norm)) for e in extract_entities(text, gazetteer) if e.type == "PLACE"]
            assert fold_text(commune.full_name).split(" ", 1)[1] in read, (text, read)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("em lên xã mai nộp giấy", True),
        ("họp ở xã mai có ai đi không", True),
        ("mai phụ mẹ bán hàng", True),
        ("có trộm ở xã mai phụ", False),
        ("lễ hội xã mai hoa đông lắm", False),
    ],
)
def test_tomorrow_is_no_commune(gazetteer: Gazetteer, text: str, time: bool) -> None:
    assert any(e.type == "TIME" for e in extract_entities(text, gazetteer)) is time


@pytest.mark.parametrize("text", ["phường bác Tuấn ở", "xã cô Hoa dạy học", "lên phường anh Sơn gặp"])
def test_a_unit_word_before_a_person_is_no_unit(gazetteer: Gazetteer, text: str) -> None:
    assert not [e for e in extract_entities(text, gazetteer) if e.type == "PLACE"]


def test_a_hamlet_of_the_old_maps_beside_its_commune_is_as_sure_as_the_commune(gazetteer: Gazetteer) -> None:
    hamlets = [p for p in gazetteer.places if p.kind == "hamlet" and len(gazetteer.find_by_name(p.name)) == 1]
    hamlets = [p for p in hamlets if len(p.communes) == 1]
    assert len(hamlets) > 900
    for hamlet in hamlets:
        (code,) = hamlet.communes
        placement = resolve_text(f"đánh nhau ở thôn {hamlet.name}, {gazetteer.communes[code].full_name}", gazetteer)
        assert placement.commune == code and placement.confidence > 0.8, (hamlet.name, placement)
        alone = resolve_text(f"đánh nhau ở thôn {hamlet.name}", gazetteer)
        assert alone.commune is None and alone.confidence < MIN_PLACE_CONFIDENCE, "alone it stays a hint"


def test_a_village_number_is_no_unique_place_in_the_province(gazetteer: Gazetteer) -> None:
    """Village lists are per commune, and almost every commune has a seventh village."""
    single_place = gazetteer.with_places(
        [Place.of(name, kind, [LOC_HA]) for name, kind in (("Xóm 7", "xom"), ("Tổ dân phố 5", "to_dan_pho"))]
    )
    named = single_place.with_places([Place.of("Phú Mậu", "to_dan_pho", [LOC_HA])])
    assert resolve_text("cháy ở tổ dân phố Phú Mậu", named).commune == LOC_HA, "the control: a name is one"
    for text in ("cháy ở xóm 7", "chay o xom 7", "cháy ở tổ dân phố 5"):
        assert resolve_text(text, single_place).commune is None and resolve_text(text, single_place).candidates == (
            LOC_HA,
        ), text
    assert resolve_text("cháy ở xóm 7, xã Lộc Hà", single_place).commune == LOC_HA
    assert resolve_text("cháy ở tổ dân phố 5 phường Thành Sen", single_place).commune == THANH_SEN


@pytest.mark.parametrize("spot", ["trường mầm non", "nhà văn hóa", "trạm y tế", "bưu điện", "sân bóng"])
def test_a_spot_named_with_its_commune_and_type_is_there(gazetteer: Gazetteer, spot: str) -> None:
    for commune in gazetteer.communes.values():
        content = f"mất xe ở {spot} {commune.full_name[0].lower()}{commune.full_name[1:]}"
        assert resolve_text(content, gazetteer).commune == commune.code, content
    assert resolve_text("cháy ở trường THPT Trần Phú", gazetteer).commune is None, (
        "without its type it may be a person's"
    )
