"""A bare place, time or name is an answer, regardless of the model; with one more word the model decides."""

import unicodedata

import pytest

from binhyen.language.classify import Classifier
from binhyen.language.classify.fragment import ONLY_NAMED
from binhyen.language.reader import Reader

READER = Reader()


@pytest.mark.parametrize(
    "text",
    [
        "TDP Phú Mậu, Lộc Hà", "dạ ở Cẩm Xuyên ạ", "o thon Nam Thuong, Thach Dai", "khoảng 9h tối qua", "Kỳ Anh",
        "em tên Trần Thị Liên, số 0912345678", "38A-123.45",
    ],
)  # fmt: skip
def test_what_is_only_named_is_no_report(text: str) -> None:
    for written in (text, unicodedata.normalize("NFD", text)):
        found = READER.understand(written)
        assert (found.category, found.urgency, found.sensitive) == ("other", 0, False)
        assert found.reasons == (ONLY_NAMED,) and len(found.top) == 3


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("cháy ở TDP Phú Mậu, Lộc Hà", "fire"), ("Lộc Hà đánh nhau", "violence"), ("mất trộm ở Kỳ Anh", "theft"),
        ("cảm ơn công an Kỳ Anh", "thanks"),
        ("nổ ở Lộc Hà", "fire"),
    ],
)  # fmt: skip
def test_one_word_more_is_read(text: str, category: str) -> None:
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
