"""Money, ages and times, in standard words, slang and dialect."""

import pytest

from binhyen.language.entities import extract_entities
from binhyen.language.places.gazetteer import Gazetteer


def extract_values(text: str, kind: str) -> list[object]:
    return [
        e.norm if kind in ("MONEY", "AGE") else e.text
        for e in extract_entities(text, Gazetteer.load_default())
        if e.type == kind
    ]


@pytest.mark.parametrize(
    ("text", "dong"),
    [
        ("500k", 500_000),
        ("1tr2", 1_200_000),
        ("1 triệu 250", 1_250_000),
        ("2tr500k", 2_500_000),
        ("1tỷ200tr", 1_200_000_000),
        ("1 tỷ 2 trăm triệu", 1_200_000_000),
        ("ba trăm triệu", 300_000_000),
        ("nửa tỷ", 500_000_000),
        ("nua trieu", 500_000),
        ("triệu rưỡi", 1_500_000),
        ("hai mươi mốt triệu rưỡi", 21_500_000),
        ("4 lít", 400_000),
        ("2 củ", 2_000_000),
        ("1.500.000đ", 1_500_000),
        ("2,350,000 vnd", 2_350_000),
        ("năm trăm ngàn", 500_000),
        ("1,5 tỷ", 1_500_000_000),
        ("một trăm linh năm triệu", 105_000_000),
        ("tầm mười hai triệu", 12_000_000),
    ],
)
def test_money(text: str, dong: int) -> None:
    assert extract_values(text, "MONEY") == [dong]


@pytest.mark.parametrize(
    "text", ["4 lít xăng", "2 cụ già", "5 chỉ vàng", "10 người", "12/3/2026", "vài triệu bạc", "lúc 9h30"]
)
def test_amounts_that_are_no_money(text: str) -> None:
    assert extract_values(text, "MONEY") == []


def test_the_day_after_an_amount_is_not_part_of_it() -> None:
    assert extract_values("mất 1 triệu 2 hôm trước", "MONEY") == [1_000_000]


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("bé 5 tuổi", 5),
        ("cụ bà bảy mươi tuổi", 70),
        ("tuổi 70", 70),
        ("cháu 8t", 8),
        ("bà Tạo (78t)", 78),
        ("chau 3 tuoi ruoi", 3),
    ],
)
def test_ages(text: str, years: int) -> None:
    assert extract_values(text, "AGE") == [years]


@pytest.mark.parametrize("text", ["xe 3t", "3 tháng tuổi", "tươi 5 con cá"])
def test_numbers_that_are_no_age(text: str) -> None:
    assert extract_values(text, "AGE") == []


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("tối t7 vừa rồi mất xe", "tối t7 vừa rồi"),
        ("có đánh nhau lúc 19h40", "lúc 19h40"),
        ("mất từ khi hôm", "từ khi hôm"),
        ("toi hom qua luc 7h30", "toi hom qua luc 7h30"),
        ("sáng ngày 12/3/2026", "sáng ngày 12/3/2026"),
        ("cách đây 2 hôm em có rơi", "cách đây 2 hôm"),
        ("từ 22h đến 2h sáng", "từ 22h đến 2h sáng"),
        ("túi ni có trộm", "túi ni"),
        ("bựa ni", "bựa ni"),
        ("bảy giờ tối", "bảy giờ tối"),
        ("đêm 19 rạng sáng 20/11", "đêm 19 rạng sáng 20/11"),
        ("mùng 2 tết", "mùng 2 tết"),
        ("ngày 12/3 lúc 19h", "ngày 12/3 lúc 19h"),
    ],
)
def test_times_are_whole_expressions(text: str, time: str) -> None:
    assert extract_values(text, "TIME") == [time]


@pytest.mark.parametrize(
    "text",
    [
        "bây giờ",
        "suốt 3 ngày nay",
        "mất 2 giờ đồng hồ",
        "hoạt động 24/7",
        "đường tối om",
        "lần thứ 2",
        "chị Mai",
        "2 tháng rồi",
        "một cái túi",
    ],
)
def test_durations_and_now_are_no_times(text: str) -> None:
    assert extract_values(text, "TIME") == []
