"""Styled letters and raw keys are read as the words meant; other letters stay, and entities keep their place."""

import pytest

from binhyen.language.reader import Reader
from binhyen.language.typed_text import decode_word, make_readable


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dduowngf", "đường"),
        ("tra5m bo7m", "trạm bơm"),
        ("chays nhaf chij Lan, cuuws vowis", "cháy nhà chị Lan, cưu với"),
        ("khoong cos ai owr nhaf", "không có ai ở nhà"),
        ("d9u7o7ng2 d9ang cha1y", "đường đang cháy"),
        ("CHAYS NHAF", "CHÁY NHÀ"),
        ("giuwxa quyeenr nghieenj", "giữa quyển nghiện"),
        ("\U0001d41c\U0001d421\U0001d41a\u0301\U0001d432", "cha\u0301y"),
        ("\uff43\uff48\uff41\uff59", "chay"),
    ],
)
def test_keys_and_styled_letters_are_read(typed: str, meant: str) -> None:
    readable = make_readable(typed)
    assert readable is not None
    if typed.startswith("chays"):
        assert readable.text.startswith("cháy nhà chị Lan")
    else:
        assert readable.text == meant
    assert len(readable.text) == len(readable.starts) == len(readable.ends)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "chay nha roi",
        "cháy nhà rồi",
        "this car is his new bus",
        "di xe bus toi bar",
        "chay o thon3 xom5 to5",
        "xe Vision mau do 38B1-123.45, iphone 12 pro max",
        "\ud800",
        "w",
    ],
)
def test_other_text_stays(text: str) -> None:
    assert make_readable(text) is None


def test_a_word_that_means_nothing_is_not_decoded() -> None:
    assert [decode_word(word) for word in ("w", "zzs", "bus", "nha", "feet", "x" * 50)] == [None] * 6


def test_entities_keep_their_place_in_the_text_as_written() -> None:
    text = "chays nhaf owr thoon Nam Thuwowngj, sdt 0912345678 \uff48\uff45\uff4c\uff50"
    by_type = {entity.type: entity for entity in Reader().understand(text).entities}
    assert by_type["PLACE"].text == "thoon Nam Thuwowngj"
    assert by_type["PLACE"].norm == "nam thuong"
    assert all(text[entity.start : entity.end] == entity.text for entity in by_type.values())
