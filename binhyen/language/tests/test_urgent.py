"""The reason of an alarm: a literal quotation of the writer."""

import unicodedata

import pytest

from binhyen.kit.text import fold
from binhyen.language.classify.urgency_reasons import ALIKE, URGENT
from binhyen.language.reader import Reader
from binhyen.language.training import rows
from binhyen.language.training.rows import fill, of_split

READER = Reader()


def why(text: str) -> str:
    found = READER.understand(text)
    assert found.urgency == 3, text
    return next(reason for reason in found.reasons if reason.startswith(URGENT))


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("Chồng em đang say, cầm dao đuổi mẹ con em", "cầm dao"),
        ("dạ có người nằm bất động giữa đường ạ", "nằm bất động"),
        ("co nguoi dang be khoa vao nha ba Tu", "dang be khoa"),
    ],
)
def test_an_alarm_is_quoted(text: str, quoted: str) -> None:
    assert quoted in why(text)


def test_what_only_looks_like_an_alarm_is_not() -> None:
    """«bơm» is no «bom», «xác minh» no body, «sưng» no «súng»."""
    for text in (
        "Ca nô hết xăng không bơm được, thuyền đang chìm, có trẻ em trên thuyền, cứu chúng tôi",
        "Nó đánh em sưng mặt, máu chảy nhiều, giờ đang đập cửa phòng đòi vào giết em",
    ):
        told = why(text)
        assert not any(word in told for word in ("«bơm»", "«xác»", "«sưng»"))


def test_where_only_the_machine_says_so_it_is_said() -> None:
    told = why("vua quay lung thi me toi bi lan khong thay dau nua, nha sat duong tau")
    assert told.startswith(f"{ALIKE}: «") and "khong thay" in told


def test_every_reason_quotes_the_text() -> None:
    for row in of_split(rows.shipped(), "test")[::2]:
        text = unicodedata.normalize("NFC", fill(row).text)
        found = READER.understand(text)
        if found.urgency == 3:
            told = next(reason for reason in found.reasons if reason.startswith(URGENT))
            parts = told.split(": ", 1)[1].removeprefix("«").removesuffix("»").split("», «")
            said = " ".join(text.split())
            assert all(part in said and len(part) <= 60 for part in parts), (told, text)


def test_the_quotes_are_the_same_bare() -> None:
    text = "đánh nhau to ở sân bóng, có đứa cầm mã tấu"
    assert fold(why(text)) == fold(why(fold(text)))
