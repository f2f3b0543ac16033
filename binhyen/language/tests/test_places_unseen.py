"""A place name says nothing about the incident there: no village makes a calm message raise an alarm."""

import unicodedata
from functools import lru_cache

import pytest

from binhyen.kit.text import fold
from binhyen.language.classify import classifier
from binhyen.language.classify.mask_places import shown, unplaced
from binhyen.language.reader import Reader
from binhyen.language.training.rows import blind, fill

PLACES = ("ở TDP Phú Mậu", "o tdp phu mau", "ở thôn Máu", "tại xóm Bàu Dao", "ở khối 6")
MORE = 0.01


@lru_cache(maxsize=1)
def reader() -> Reader:
    return Reader()


@lru_cache(maxsize=1)
def calm() -> list[str]:
    """Return calm messages of other authors that raise no alarm as they are."""
    told = [fill(row).text for row in blind()[::5] if row.urgency <= 1]
    return [text for text in told if reader().understand(text).urgency < 3]


def ringing() -> float:
    told = [f"{text} {place}" for text in calm() for place in PLACES]
    return sum(reader().understand(text).urgency == 3 for text in told) / len(told)


def test_no_village_makes_a_calm_message_ring() -> None:
    assert ringing() <= MORE


def test_control_with_its_name_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    calm()
    monkeypatch.setattr(classifier, "unplaced", lambda text, entities: text)
    assert ringing() > MORE


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("đánh nhau ở TDP Phú Mậu", "đánh nhau ở …"),
        ("danh nhau o tdp phu mau", "danh nhau o …"),
        ("có người nhảy cầu Bến Thủy", "có người nhảy cầu …"),
        ("báo công an xã Cẩm Bình", "báo công an xã …"),
        ("hắn cầm dao ở chợ máu me đầy mặt", "hắn cầm dao ở chợ máu me đầy mặt"),
        ("", ""),
    ],
)
def test_what_of_a_place_is_read(text: str, left: str) -> None:
    for written in (text, unicodedata.normalize("NFD", text)):
        hidden = unplaced(written, reader().understand(written).entities)
        assert len(hidden) == len(written)
        assert unicodedata.normalize("NFC", shown(hidden)) == left


def test_whoever_reads_the_reasons_sees_dots_for_the_name() -> None:
    reasons = reader().understand("Cháy chợ Nghèn rồi, lửa cháy chợ Nghèn to lắm").reasons
    assert not [reason for reason in reasons if "\u2e31" in reason]


def test_folded_words_of_a_place_are_hidden_too() -> None:
    text = fold("cháy ở xã Cẩm Bình")
    assert shown(unplaced(text, reader().understand(text).entities)) == "chay o xa …"
