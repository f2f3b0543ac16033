"""A place name says nothing about the incident there: no village makes a calm message raise an alarm."""

import unicodedata
from functools import lru_cache

import pytest

from binhyen.kit.text import fold_text
from binhyen.language.classify import classifier
from binhyen.language.classify.classifier import mask_places, unmask_quote
from binhyen.language.reader import Reader
from binhyen.language.training.rows import fill_row, load_blind_rows

PLACES = ("ở TDP Phú Mậu", "o tdp phu mau", "ở thôn Máu", "tại xóm Bàu Dao", "ở khối 6")
MORE = 0.01


@lru_cache(maxsize=1)
def load_reader() -> Reader:
    return Reader()


@lru_cache(maxsize=1)
def list_calm_messages() -> list[str]:
    """Return calm messages of other authors that raise no alarm as they are."""
    texts = [fill_row(row).text for row in load_blind_rows()[::5] if row.urgency <= 1]
    return [text for text in texts if load_reader().understand(text).urgency < 3]


def measure_alarm_share() -> float:
    texts = [f"{text} {place}" for text in list_calm_messages() for place in PLACES]
    return sum(load_reader().understand(text).urgency == 3 for text in texts) / len(texts)


def test_no_village_makes_a_calm_message_alarm() -> None:
    assert measure_alarm_share() <= MORE


def test_control_with_its_name_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    list_calm_messages()
    monkeypatch.setattr(classifier, "mask_places", lambda text, entities: text)
    assert measure_alarm_share() > MORE


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
def test_place_words_are_hidden(text: str, left: str) -> None:
    for written in (text, unicodedata.normalize("NFD", text)):
        hidden = mask_places(written, load_reader().understand(written).entities)
        assert len(hidden) == len(written)
        assert unicodedata.normalize("NFC", unmask_quote(hidden)) == left


def test_reasons_show_dots_for_the_place_name() -> None:
    reasons = load_reader().understand("Cháy chợ Nghèn rồi, lửa cháy chợ Nghèn to lắm").reasons
    assert not [reason for reason in reasons if "\u2e31" in reason]


def test_folded_words_of_a_place_are_hidden_too() -> None:
    text = fold_text("cháy ở xã Cẩm Bình")
    assert unmask_quote(mask_places(text, load_reader().understand(text).entities)) == "chay o xa …"
