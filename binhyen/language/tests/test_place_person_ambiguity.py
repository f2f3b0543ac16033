"""Communes bear names of people: a person of that name does not route a case to that police; a place stays a place."""

import unicodedata

import pytest

from binhyen.language.entities import extract_entities, place_person_ambiguity, placenames
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.resolve import resolve_place
from binhyen.language.reading import Entity
from binhyen.language.training.anonymize import mask_personal_data

KIM_HOA, DONG_TIEN = "18223", "18619"
PEOPLE = (
    "Bé Kim Hoa 5 tuổi đi lạc từ chiều",
    "Chị Kim Hoa vừa bị giật dây chuyền ở chợ",
    "anh Đức Long ăn trộm gà",
    "anh Xuân Mỹ đổ rác ra mương",
    "Thằng Đức Minh bán ma tuý ở nhà nó",
    "chị Kim Hoa ở xóm 3 nợ tiền tôi",
    "Cô Mai Hoa dạy cháu tôi bị ngã xe",
    "Hôm qua ông Xuân Hải say rượu đánh vợ",
    "bác Sơn Giang bị mất con bò",
    "con Hà Linh bỏ nhà đi từ hôm qua",
    "Cháu Hà Linh học lớp 5 đi lạc",
    "o Kim Hoa bán hàng lừa tiền",
    "chú Đức Thịnh chặt trộm keo",
    "bà Yên Hòa bị lừa 20 triệu",
    "Tui có đứa em tên Kim Hoa đi lạc",
    "nó tên là Đức Thịnh, hay đánh người",
    "tên Xuân Thành trộm xe của tôi",
    "mệ Kim Hoa bị ngã ở bờ ruộng",
    "dì Cẩm Bình chưa về nhà",
    "anh Vũ Quang đánh bạc ở quán",
    "vợ chồng anh Đức Thọ cãi nhau to",
    "cậu Hồng Lĩnh đòi nợ, dọa đốt nhà",
    "nhà anh Đức Long đốt rác khói mù",
    "cháu tên Gia Hanh, mặc áo đỏ",
    "chi kim hoa vua bi giat day chuyen o cho",
    "anh duc long an trom ga",
    "be kim hoa 5 tuoi di lac tu chieu",
    "thang duc minh ban ma tuy o nha no",
    "anh Xuan My do rac ra muong",
    "ong xuan hai say ruou danh vo",
    "CHỊ KIM HOA VỪA BỊ GIẬT DÂY CHUYỀN",
    "a Đức Long trộm chó nhà em",
    "Lê Thị Kim Hoa bị mất giấy tờ",
    "anh Trần Văn Đức Thọ đánh vợ",
    "bạn Xuân Mỹ lớp em bị đánh",
)
PLACES = (
    ("anh em Thạch Kim cho hỏi chợ họp chưa", "Thạch Kim"),
    ("bọn em Hồng Lĩnh bị mất xe", "Hồng Lĩnh"),
    ("bà con Thạch Kim chú ý có trộm", "Thạch Kim"),
    ("cán bộ Đức Thọ có ở đó không", "Đức Thọ"),
    ("chị em Cẩm Bình cẩn thận kẻo mất túi", "Cẩm Bình"),
    ("em ở Kim Hoa bị mất xe", "Kim Hoa"),
    ("xã Kim Hoa có vụ đánh nhau", "xã Kim Hoa"),
    ("công an Xuân Mỹ ơi cứu với", "Xuân Mỹ"),
    ("các anh Đức Thọ xuống giúp với", "Đức Thọ"),
    ("mấy bác Hồng Lĩnh ơi có cháy", "Hồng Lĩnh"),
    ("chúng em Kỳ Anh bị lừa", "Kỳ Anh"),
    ("tụi em Kim Hoa bị lừa tiền", "Kim Hoa"),
    ("các cháu Xuân Mỹ tắm sông nguy hiểm", "Xuân Mỹ"),
    ("bà con cô bác Kim Hoa chú ý", "Kim Hoa"),
    ("anh chị em Đức Thọ ơi mất điện", "Đức Thọ"),
    ("cháy ở Đức Minh", "Đức Minh"),
    ("Em mất ví tại Kim Hoa chiều qua", "Kim Hoa"),
    ("đoạn qua Đức Long có tai nạn", "Đức Long"),
    ("anh Sơn ở Đức Minh bán ma túy", "Đức Minh"),
    ("chị Lan xã Kim Hoa bị giật túi", "xã Kim Hoa"),
    ("chị ở xã Kim Hoa bị giật túi", "xã Kim Hoa"),
    ("thị trấn Vũ Quang có đánh nhau", "thị trấn Vũ Quang"),
    ("em Kim Hoa, Hương Sơn bị mất xe máy", "Kim Hoa"),
    ("anh Long Đức Thọ bán pháo", "Đức Thọ"),
    ("ba con thach kim chu y co trom", "thach kim"),
    ("anh em thach kim cho hoi", "thach kim"),
    ("can bo duc tho co o do khong", "duc tho"),
    ("chay o duc minh", "duc minh"),
    ("em o kim hoa bi mat xe", "kim hoa"),
    ("cong an duc tho oi cuu voi", "duc tho"),
    ("trộm ở chợ Kim Hoa", "chợ Kim Hoa"),
    ("bọn trẻ Kim Hoa phá cột điện", "Kim Hoa"),
    ("các bạn Xuân Mỹ đua xe", "Xuân Mỹ"),
    ("dân quân Đức Minh bắt được trộm", "Đức Minh"),
)


def extract_from(text: str) -> tuple[Entity, ...]:
    return extract_entities(text, Gazetteer.load_default())


def find_commune(text: str, near: str | None = None) -> str | None:
    return resolve_place(extract_from(text), Gazetteer.load_default(), near).commune


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("text", PEOPLE)
def test_a_person_named_like_a_commune_is_no_place(text: str, form: str) -> None:
    written = unicodedata.normalize(form, text)
    people = [e for e in extract_from(written) if e.type == "PERSON"]
    assert people and find_commune(written) is None
    assert all(written[e.start : e.end] == e.text for e in people)


@pytest.mark.parametrize(("text", "place"), PLACES)
def test_the_people_of_a_place_and_the_place_itself_are_a_place(text: str, place: str) -> None:
    assert place in [e.text for e in extract_from(text) if e.type == "PLACE"]


def test_control_without_the_title_check_each_was_taken_for_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placenames, "end_of_person_name", lambda *known: None)
    assert sum(find_commune(text) is not None for text in PEOPLE) > 20
    monkeypatch.undo()
    monkeypatch.setattr(place_person_ambiguity, "follows_plural", lambda view, index: False)
    assert sum(place not in [e.text for e in extract_from(text) if e.type == "PLACE"] for text, place in PLACES) > 4


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("chị Hà Linh Chi bị ngã xe", "Hà Linh Chi"),  # the name continues
        ("anh Xuân Mỹ Nghi Xuân đổ rác", "Xuân Mỹ"),  # and ends where a place begins
        ("em gái tôi Kim Hoa bỏ nhà đi", "Kim Hoa"),
        ("vợ chồng Kim Hoa cãi nhau to", "Kim Hoa"),
        ("Em là Kim Hoa, ở xóm 3", "Kim Hoa"),
        ("Họ tên: Kim Hoa", "Kim Hoa"),
        ("cô giáo Kim Hoa lớp 3A đánh học sinh", "Kim Hoa"),
        ("chị kim hoa vừa bị giật túi", "kim hoa"),
    ],
)
def test_the_whole_name(text: str, name: str) -> None:
    assert name in [e.text for e in extract_from(text) if e.type == "PERSON"]


@pytest.mark.parametrize(
    "text",
    [
        "anh chị bình an nhé",
        "chi dong tien mat roi",
        "quán bi-a Thiên Cầm có đánh nhau",
        "kho bac Can Loc mat chia khoa",
    ],
)
def test_words_that_only_look_like_a_title_and_a_name(text: str) -> None:
    assert not [e for e in extract_from(text) if e.type == "PERSON"]


def test_a_group_of_a_commune_keeps_its_reports() -> None:
    assert find_commune("Chị Kim Hoa vừa bị giật dây chuyền ở chợ", near="18568") is None
    assert find_commune("Chị ở Kim Hoa vừa bị giật dây chuyền", near="18568") == KIM_HOA


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("quê em Can Lộc, em bị giật túi", None),
        ("em người Can Lộc bị lừa qua mạng", None),
        ("em la nguoi thach kim bi lua", None),
        ("quê em ở Kim Hoa, Hương Sơn mà em bị lừa", None),
        ("Nguyên quán xã Kim Hoa, mất ví", None),
        ("em quê Kim Hoa, mất ví ở xã Đồng Tiến", DONG_TIEN),
        # possible places of the incident
        ("ở quê em Kim Hoa có cháy", KIM_HOA),
        ("bên em là Kim Hoa, đang cháy", KIM_HOA),
        ("em lấy chồng Kim Hoa, đang bị đánh", KIM_HOA),
        ("một người Kim Hoa bị đâm", KIM_HOA),
        ("chủ trọ Đậu Thị Quê, xã Kim Hoa", KIM_HOA),
    ],
)
def test_a_place_of_origin_is_not_the_place_of_the_incident(text: str, wanted: str | None) -> None:
    assert find_commune(text) == wanted
    assert any(e.type == "PLACE" for e in extract_from(text))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Thằng Đức Minh bán ma tuý ở nhà nó", "Thằng {ten} bán ma tuý ở nhà nó"),
        ("chị Kim Hoa ở xóm 3 nợ tiền tôi", "chị {ten} ở xóm 3 nợ tiền tôi"),
        ("thang duc minh ban ma tuy", "thang {ten} ban ma tuy"),
        (
            "em Kim Hoa, Hương Sơn mất xe",
            "em {ten}, Hương Sơn mất xe",
        ),  # the place is in the directory, and removed all the same
        ("Mẹ Thanh Hóa nợ tiền", "Mẹ {ten} nợ tiền"),
        ("anh em Hồng Lĩnh ơi, nhờ anh Công an xã xuống", "anh em Hồng Lĩnh ơi, nhờ anh Công an xã xuống"),
    ],
)
def test_no_name_after_a_title_becomes_a_training_row(text: str, masked: str) -> None:
    assert mask_personal_data(text, extract_from(text)) == masked
