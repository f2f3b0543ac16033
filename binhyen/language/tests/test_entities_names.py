"""Places, people, objects, colours and brands."""

import pytest

from binhyen.language.entities import extract_entities
from binhyen.language.places.gazetteer import Gazetteer


def extract_values(text: str, kind: str) -> list[str]:
    return [e.text for e in extract_entities(text, Gazetteer.load_default()) if e.type == kind]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("ở thôn Nam Thượng Thạch Đài", ["thôn Nam Thượng", "Thạch Đài"]),
        ("o thon nam thuong thach dai co danh nhau", ["thon nam thuong", "thach dai"]),
        ("o nghen", ["nghen"]),
        ("MẤT XE Ở NGHÈN", ["NGHÈN"]),
        ("tổ 5 phường Nam Hà", ["tổ 5", "phường Nam Hà"]),
        ("đường Nguyễn Du, phường Trần Phú", ["đường Nguyễn Du", "phường Trần Phú"]),
        ("ql1a doan qua cam xuyen", ["ql1a", "cam xuyen"]),
        ("trước trường tiểu học Thạch Đài", ["trường tiểu học Thạch Đài"]),
        ("nga ba thinh thinh", ["nga ba thinh thinh"]),
        ("p. Nam Hà", ["p. Nam Hà"]),
        ("TDP Phú Mậu, TT Lộc Hà", ["TDP Phú Mậu", "TT Lộc Hà"]),
        ("danh nhau o cho Phu Mau", ["cho Phu Mau"]),  # «Chợ Phủ» is a place in the directory, and another one
        ("Mat xe o cho Phu Mau, Loc Ha", ["cho Phu Mau", "Loc Ha"]),
        ("cai loa o cho Phu ca tuan ni", ["cho Phu"]),
        ("Trâu chạy ra phía chợ Phủ Diễn", ["chợ Phủ Diễn"]),
        ("em so lam, toi truoc cau Ho Thanh", ["cau Ho Thanh"]),
        ("o cho Phu, Mau xe do", ["cho Phu"]),
        ("ben cho Loc Ha co trom", ["cho Loc Ha"]),
        ("gui tien cho Phuong roi bi chan", []),  # given to a person: no market
        ("tra lai cho Chu Hung cai vi", []),
        ("dua cho Chi Mai giu", []),
        ("Em ở thôn nam thượng, có đánh nhau", ["thôn nam thượng"]),
        ("Tui ở kỳ anh mất xe", ["kỳ anh"]),
        ("45 Phan Đình Phùng", ["Phan Đình Phùng"]),
        ("biển Lào", []),
        ("chúc bà con bình an", []),
        ("xã mình có vụ trộm", []),
        ("hàng xóm lấn đất", []),
        ("anh Vinh ơi", []),
        ("anh Nguyễn Xuân Lộc", []),
    ],
)
def test_every_level_is_a_place_of_its_own(text: str, places: list[str]) -> None:
    assert extract_values(text, "PLACE") == places


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("thằng Hùng sẹo đánh anh Tuấn", ["Hùng sẹo", "Tuấn"]),
        ("ctk NGUYEN VAN BINH", ["NGUYEN VAN BINH"]),
        ("cccd ten nguyen van an", ["nguyen van an"]),
        ("ong tuan o thon 5", ["tuan"]),
        ("Ngọc ơi ra đây", ["Ngọc"]),
        ("bác sĩ Hòa", ["Hòa"]),
        ("anh hai ơi", []),
        ("em cảm ơn các anh", []),
    ],
)
def test_people_without_their_titles(text: str, people: list[str]) -> None:
    assert extract_values(text, "PERSON") == people


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("em bị rơi chiếc ví màu nâu", ["ví"]),
        ("mất con tru đực khi hôm", ["tru"]),
        ("giao nộp khẩu súng hơi", ["súng hơi"]),
        ("mat con cho o cho nghen", ["cho"]),
        ("bị móc túi mất điện thoại", ["điện thoại"]),
        ("xe máy va chạm, gọi điện thoại cho 113", []),
        ("mất điện từ sáng", []),
        ("tui mất ngủ", []),
    ],
)
def test_only_lost_found_taken_or_handed_over_objects_count(text: str, things: list[str]) -> None:
    assert extract_values(text, "ITEM") == things


def test_colours_and_brands() -> None:
    text = "Mất xe Wave alpha đỏ đen, áo sơ mi trắng, điện thoại iphone 11 pro max màu xanh dương"
    assert extract_values(text, "COLOR") == ["đỏ đen", "trắng", "xanh dương"]
    assert extract_values(text, "BRAND") == ["Wave alpha", "iphone 11 pro max"]


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("mặc áo sơ mi trắng", "trắng"),
        ("xe ga màu đen-đỏ đời 2019", "đen-đỏ"),
        ("xe Giant đen cam", "đen cam"),
        ("áo khóac xanh lá mạ", "xanh lá mạ"),
        ("mac ao do", "do"),
    ],
)
def test_colours_of_clothes_and_vehicles(text: str, colour: str) -> None:
    assert extract_values(text, "COLOR") == [colour]


def test_gold_is_no_colour() -> None:
    assert extract_values("mất cái nhẫn vàng", "COLOR") == []
