"""The reason of an alarm: a literal quotation of the writer."""

import unicodedata

import pytest

from binhyen.kit.text import fold_text
from binhyen.language.classify.urgency import ALIKE_REASON, URGENT_REASON
from binhyen.language.reader import Reader
from binhyen.language.training import rows
from binhyen.language.training.rows import fill_row, filter_split

READER = Reader()


def get_alarm_reason(text: str) -> str:
    reading = READER.understand(text)
    assert reading.urgency == 3, text
    return next(reason for reason in reading.reasons if reason.startswith(URGENT_REASON))


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("Chồng em đang say, cầm dao đuổi mẹ con em", "cầm dao"),
        ("dạ có người nằm bất động giữa đường ạ", "nằm bất động"),
        ("co nguoi dang be khoa vao nha ba Tu", "dang be khoa"),
    ],
)
def test_an_alarm_is_quoted(text: str, quoted: str) -> None:
    assert quoted in get_alarm_reason(text)


def test_texts_that_only_look_like_an_alarm_are_not() -> None:
    """«bơm» is no «bom», «xác minh» no body, «sưng» no «súng»."""
    for text in (
        "Ca nô hết xăng không bơm được, thuyền đang chìm, có trẻ em trên thuyền, cứu chúng tôi",
        "Nó đánh em sưng mặt, máu chảy nhiều, giờ đang đập cửa phòng đòi vào giết em",
    ):
        output = get_alarm_reason(text)
        assert not any(word in output for word in ("«bơm»", "«xác»", "«sưng»"))


def test_a_reason_from_the_model_alone_is_labelled() -> None:
    output = get_alarm_reason("vua quay lung thi me toi bi lan khong thay dau nua, nha sat duong tau")
    assert output.startswith(f"{ALIKE_REASON}: «") and "khong thay" in output


def test_every_reason_quotes_the_text() -> None:
    for row in filter_split(rows.load_shipped_rows(), "test")[::2]:
        text = unicodedata.normalize("NFC", fill_row(row).text)
        reading = READER.understand(text)
        if reading.urgency == 3:
            texts = next(reason for reason in reading.reasons if reason.startswith(URGENT_REASON))
            parts = texts.split(": ", 1)[1].removeprefix("«").removesuffix("»").split("», «")
            word_list = " ".join(text.split())
            assert all(part in word_list and len(part) <= 60 for part in parts), (texts, text)


def test_the_quotes_are_the_same_bare() -> None:
    text = "đánh nhau to ở sân bóng, có đứa cầm mã tấu"
    assert fold_text(get_alarm_reason(text)) == fold_text(get_alarm_reason(fold_text(text)))


@pytest.mark.parametrize(
    ("text", "names_person"),
    [
        ("Có nhóm thanh niên cầm dao đuổi đánh nhau trước chợ Lộc Hà, có người chảy máu", False),
        ("Trần Văn Nam cầm dao đuổi đánh nhau trước chợ Lộc Hà, có người chảy máu", True),
    ],
)
def test_only_a_text_that_names_a_person_is_said_to_name_one(text: str, names_person: bool) -> None:
    reading = READER.understand(text)
    assert reading.sensitive
    assert any("nêu đích danh một người" in reason for reason in reading.reasons) == names_person
