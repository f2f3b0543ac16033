"""Invisible characters between letters do not change the result, and positions refer to the text as written."""

import pytest

from binhyen.kit.tests.test_unicode import INVISIBLE_SAMPLES
from binhyen.language import aligned_text, reader
from binhyen.language.aligned_text import align
from binhyen.language.reader import Reader

COMPLAINT = "Công an xã nhận tiền của tôi rồi bỏ qua, tôi muốn tố cáo"
READER = Reader()


@pytest.mark.parametrize("char", INVISIBLE_SAMPLES, ids=ascii)
def test_a_complaint_stays_a_complaint(char: str) -> None:
    plain, hidden = READER.understand(COMPLAINT), READER.understand(char.join(COMPLAINT))
    assert hidden.category == plain.category
    assert hidden.category != "other"


@pytest.mark.parametrize("char", INVISIBLE_SAMPLES, ids=ascii)
def test_words_are_the_same_at_their_original_positions(char: str) -> None:
    text = char.join(COMPLAINT)
    actual, expected = align(text), align(COMPLAINT)
    assert (actual.plain, actual.marked, actual.words) == (expected.plain, expected.marked, expected.words)
    for start, end, word in zip(actual.starts, actual.ends, actual.marks, strict=True):
        first, last = actual.to_original_span(start, end)
        assert text[first:last].replace(char, "").lower() == word


def test_a_mark_behind_an_invisible_character_belongs_to_its_letter() -> None:
    assert align("co\u034f\u031b\u200b\u0301p").marked == "cớp"


def test_enclosing_marks_do_not_split_words() -> None:
    assert align("c\u20ddướp").words == ["cuop"]


def test_entities_have_their_original_positions() -> None:
    text = "\u3164".join("Gọi 0912 345 678, đánh nhau ở Lộc Hà")
    entities_read = READER.understand(text).entities
    assert entities_read and all(text[e.start : e.end] == e.text for e in entities_read)
    (phone,) = [e for e in entities_read if e.type == "PHONE"]
    assert phone.text.replace("\u3164", "") == "0912 345 678"


def test_control_words_are_split_without_the_alignment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aligned_text, "is_invisible", lambda _: False)
    assert align("\u061c".join(COMPLAINT)).words != align(COMPLAINT).words


def test_control_a_complaint_is_something_else_without_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "drop_invisible", lambda text: text)
    assert READER.understand("\u3164".join(COMPLAINT)).category != "officer_complaint"
