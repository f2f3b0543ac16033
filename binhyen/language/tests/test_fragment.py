"""A bare place, time or name is an answer, regardless of the model; with one more word the model decides."""

import unicodedata

import pytest

from binhyen.language.classify.classifier import Classifier
from binhyen.language.classify.fragment import ONLY_ENTITIES_REASON
from binhyen.language.reader import Reader

READER = Reader()


@pytest.mark.parametrize(
    "text",
    [
        "TDP Phú Mậu, Lộc Hà",
        "dạ ở Cẩm Xuyên ạ",
        "o thon Nam Thuong, Thach Dai",
        "khoảng 9h tối qua",
        "Kỳ Anh",
        "em tên Trần Thị Liên, số 0912345678",
        "38A-123.45",
    ],
)
def test_a_bare_name_is_no_report(text: str) -> None:
    for written in (text, unicodedata.normalize("NFD", text)):
        reading = READER.understand(written)
        assert (reading.category, reading.urgency, reading.sensitive) == ("other", 0, False)
        assert reading.reasons == (ONLY_ENTITIES_REASON,) and len(reading.top) == 3


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("cháy ở TDP Phú Mậu, Lộc Hà", "fire"),
        ("Lộc Hà đánh nhau", "violence"),
        ("mất trộm ở Kỳ Anh", "theft"),
        ("cảm ơn công an Kỳ Anh", "thanks"),
        ("nổ ở Lộc Hà", "fire"),
    ],
)
def test_with_one_more_word_the_model_decides(text: str, category: str) -> None:
    assert READER.understand(text).category == category


def test_control_the_model_alone_guesses() -> None:
    """Without the rule some of these answers become a matter of their own."""
    alone = Classifier.load()
    assert any(
        alone.classify(text, ()).category != "other"
        for text in (
            "em tên Trần Thị Liên",
            "tổ 4 phường Sông Trí",
            "TDP Phú Mậu, Lộc Hà",
            "Kỳ Anh",
            "chợ Nghèn",
            "ngã tư Vũng Áng",
            "xã Cẩm Bình",
            "trụ sở công an phường",
            "bãi biển Thiên Cầm",
        )
    )
