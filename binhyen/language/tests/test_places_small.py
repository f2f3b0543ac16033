"""Every present commune as people type it: in lower case, beside capitalised names, with and without diacritics; and
with a hamlet or a numbered village beside it."""

import pytest

from binhyen.kit.text import fold
from binhyen.language.entities import extract
from binhyen.language.places import SURE, Gazetteer, Place, Placed, resolve

LOC_HA, THANH_SEN = "18568", "18073"


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load_default()


def at(text: str, gazetteer: Gazetteer) -> Placed:
    return resolve(extract(text, gazetteer), gazetteer)


@pytest.mark.parametrize(
    "frame",
    [
        "đánh nhau ở {}", "{} có trộm vào nhà", "Anh Nam ở {} bị đánh", "Cháy ở Chợ Gát, {}", "ở {} mai mất điện",
        "thôn Bình Nguyên {} ngập",
    ],
)  # fmt: skip
def test_every_commune_in_small_letters(gazetteer: Gazetteer, frame: str) -> None:
    for commune in gazetteer.communes.values():
        said = frame.format(commune.full_name.lower())
        for text in (said, fold(said)):
            read = [fold(str(e.norm)) for e in extract(text, gazetteer) if e.type == "PLACE"]
            assert fold(commune.full_name).split(" ", 1)[1] in read, (text, read)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("em lên xã mai nộp giấy", True), ("họp ở xã mai có ai đi không", True), ("mai phụ mẹ bán hàng", True),
        ("có trộm ở xã mai phụ", False), ("lễ hội xã mai hoa đông lắm", False),
    ],
)  # fmt: skip
def test_tomorrow_is_no_commune(gazetteer: Gazetteer, text: str, time: bool) -> None:
    assert any(e.type == "TIME" for e in extract(text, gazetteer)) is time


@pytest.mark.parametrize("text", ["phường bác Tuấn ở", "xã cô Hoa dạy học", "lên phường anh Sơn gặp"])
def test_whom_a_unit_is_named_beside_is_no_unit(gazetteer: Gazetteer, text: str) -> None:
    assert not [e for e in extract(text, gazetteer) if e.type == "PLACE"]


def test_a_hamlet_of_the_old_maps_beside_its_commune_is_as_sure_as_the_commune(gazetteer: Gazetteer) -> None:
    hamlets = [p for p in gazetteer.places if p.kind == "hamlet" and len(gazetteer.named(p.name)) == 1]
    hamlets = [p for p in hamlets if len(p.communes) == 1]
    assert len(hamlets) > 900
    for hamlet in hamlets:
        (code,) = hamlet.communes
        found = at(f"đánh nhau ở thôn {hamlet.name}, {gazetteer.communes[code].full_name}", gazetteer)
        assert found.commune == code and found.confidence > 0.8, (hamlet.name, found)
        alone = at(f"đánh nhau ở thôn {hamlet.name}", gazetteer)
        assert alone.commune is None and alone.confidence < SURE, "alone it stays a hint"


def test_a_number_that_one_list_has_is_no_place_of_the_whole_province(gazetteer: Gazetteer) -> None:
    """Village lists are per commune, and almost every commune has a seventh village."""
    one = gazetteer.with_places(
        [Place.of(name, kind, [LOC_HA]) for name, kind in (("Xóm 7", "xom"), ("Tổ dân phố 5", "to_dan_pho"))]
    )
    named = one.with_places([Place.of("Phú Mậu", "to_dan_pho", [LOC_HA])])
    assert at("cháy ở tổ dân phố Phú Mậu", named).commune == LOC_HA, "the control: a name is one"
    for text in ("cháy ở xóm 7", "chay o xom 7", "cháy ở tổ dân phố 5"):
        assert at(text, one).commune is None and at(text, one).candidates == (LOC_HA,), text
    assert at("cháy ở xóm 7, xã Lộc Hà", one).commune == LOC_HA
    assert at("cháy ở tổ dân phố 5 phường Thành Sen", one).commune == THANH_SEN


@pytest.mark.parametrize("spot", ["trường mầm non", "nhà văn hóa", "trạm y tế", "bưu điện", "sân bóng"])
def test_a_spot_that_is_called_by_its_commune_s_name_and_type_lies_there(gazetteer: Gazetteer, spot: str) -> None:
    for commune in gazetteer.communes.values():
        said = f"mất xe ở {spot} {commune.full_name[0].lower()}{commune.full_name[1:]}"
        assert at(said, gazetteer).commune == commune.code, said
    assert at("cháy ở trường THPT Trần Phú", gazetteer).commune is None, "without its type it may be a person's"
