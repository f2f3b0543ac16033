"""Quiet in chat that reports nothing: remarks, jokes, forwarded news, greetings; real comments train without their text."""

from dataclasses import replace
from pathlib import Path

import pytest

from binhyen.language.classify.classifier import Classifier
from binhyen.language.classify.forwarded import find_forwarding
from binhyen.language.classify.strip_courtesy import strip_greeting
from binhyen.language.classify.talk_signs import weigh_misread_fire
from binhyen.language.reader import Reader
from binhyen.language.reading import DANGER, would_open_case_in_group
from binhyen.language.training import comments
from binhyen.language.training.command import main
from binhyen.language.training.fit import BLOCKS, Vocabulary
from tests.complexity import measure_minimum

READER = Reader()


@pytest.mark.parametrize(
    "text",
    [
        "ai cũng muốn làm người nổi tiếng thôi",
        "nhìn cái xác định không phải hàng hiệu",
        "nó gửi mã xác thực về điện thoại",
        "cửa hàng gas đầu ngõ nghỉ bán rồi",
        "mấy đứa này chửi nhau trên mạng mà sợ gì không biết",
        "gọi công an phường xuống là nó im ngay chứ gì",
        "máy nóng như lửa, pin tụt nhanh, không nên mua",
        "thầy dạy dễ hiểu , phòng học nóng , quạt hỏng .",
        "coi phim đó xong muốn đột quỵ luôn haha",
    ],
)
def test_remarks_alarm_nobody(text: str) -> None:
    assert READER.understand(text).urgency < DANGER


@pytest.mark.parametrize(
    "text",
    [
        "mẹ tui tự nhiên méo miệng, nói ngọng, tay trái không nhấc lên được",
        "bà ngoại em lay mãi không dậy, gọi không thưa",
        "em chịu hết nổi rồi, em ra cầu đây, đừng tìm em",
        "chays nhaf rooif, coof trer con beem trong, cuwus vowis",
        "Chào các anh công an ạ, có hai nhóm cầm mã tấu chém nhau ở đầu cầu",
    ],
)
def test_dangers_alarm_in_quiet_words_and_raw_keys(text: str) -> None:
    assert READER.understand(text).urgency == DANGER


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(Nguồn: VTV24) Cháy lớn ở xưởng gỗ, lửa lan sang nhà bên", "Nguồn: VTV24"),
        ("Theo báo Dân Trí, hai nhóm cầm mã tấu chém nhau ở đầu cầu", "Theo báo"),
        ("Thông báo lịch cắt điện ngày mai", "Thông báo lịch"),
        ("Theo báo nói thì cháy, mà ngay cạnh nhà em đang cháy đây", ""),
        ("Theo anh thì chỗ này có nguy hiểm không", ""),
        ("Thông báo tìm trẻ lạc", ""),
    ],
)
def test_forwarded_news_is_recognised(text: str, words: str) -> None:
    assert find_forwarding(text).startswith(words)
    assert bool(find_forwarding(text)) is bool(words)
    if words:
        reading = READER.understand(text)
        assert reading.urgency == 0
        assert reading.category in ("other", "thanks", "admin_question") or words in reading.reasons[0]


@pytest.mark.parametrize(
    ("text", "remaining"),
    [
        ("Chào các anh công an, nhà em cháy rồi", "nhà em cháy rồi"),
        ("Alo công an ơi! Có đánh nhau ở chợ", "Có đánh nhau ở chợ"),
        ("Em chào anh, dạ", "Em chào anh, dạ"),
        ("Chú Ba, nhà chú cháy rồi", "Chú Ba, nhà chú cháy rồi"),
    ],
)
def test_a_greeting_in_front_is_left_out(text: str, remaining: str) -> None:
    assert strip_greeting(text) == remaining


def test_what_is_worded_like_talk_opens_no_case_in_a_group() -> None:
    reading = READER.understand("công an ngu, xử nhẹ hều thì đứa nào sợ")
    assert reading.is_talk
    assert not would_open_case_in_group(replace(reading, category="violence", confidence=0.9, urgency=2))
    report = READER.understand("Đêm qua nhà em ở thôn Nam Thượng bị trộm cạy cửa lấy mất xe máy")
    assert not report.is_talk
    assert would_open_case_in_group(report)


@pytest.mark.parametrize(
    ("lower", "is_misread"),
    [("chạy đâu cho khỏi", True), ("anh đang chạy trên cao tốc", True), ("khói um rồi, chạy mau", False), ("a", False)],
)
def test_a_word_that_folds_to_fire_is_none(lower: str, is_misread: bool) -> None:
    assert (weigh_misread_fire(lower) > 0) is is_misread


def test_the_strength_of_an_alarm_that_no_words_name_is_stored() -> None:
    learnt = READER.understand("chồng em khóa cửa nhốt mẹ con em trong buồng từ sáng, em sợ lắm")
    named = READER.understand("hai nhóm cầm mã tấu chém nhau ở đầu cầu")
    assert learnt.urgency == named.urgency == DANGER
    assert learnt.learnt_alarm is not None and named.learnt_alarm is None


def test_features_of_comments_are_stored_without_their_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "comments.csv"
    lines = [f"chuyện thứ {number} </s> thằng này vui tính ghê zizizi{number}" for number in range(60)]
    source.write_text("input_text,label\n" + "".join(f"{line},0\n" for line in lines), encoding="utf-8")
    parts = comments.read_comments(source)
    assert len(parts.trained) + len(parts.held_back) == 120
    assert not set(parts.trained) & set(parts.held_back)
    known = frozenset((comments.hash_feature("grams", "thang nay"),))
    stored = comments.write_comment_features([source], tmp_path / "comments.npz", known)
    assert b"vui" not in stored.read_bytes()
    vocabulary = Vocabulary()
    vocabulary.numbers[BLOCKS.index("grams")].update({"thang nay": 0, "zizizi": 1})
    rows = comments.load_comment_features(vocabulary, stored)
    assert len(rows) == len(parts.trained)
    assert sum(ids[0].tolist() == [0] for ids in rows) == sum("vui" in text for text in parts.trained)
    assert main(["evaluate", "--real", str(source)]) == 0
    assert "urgency 3" in capsys.readouterr().out
    with pytest.raises(ValueError, match="no column"):
        source.write_text("a,b\n1,2\n", encoding="utf-8")
        comments.read_comments(source)


@pytest.mark.parametrize("unit", ["9 1.2-", "1,2 ", "9/1 ", "N.V.H. ", "dduw ", "hay quá 😀 ", "tối nay tao "])
def test_a_hundred_thousand_letters_cost_little(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    assert measure_minimum(lambda: READER.understand(text), under=0.2) < 0.4


def test_the_classifier_alone_is_as_quiet() -> None:
    """`binhyen cluster` reads without a `Reader`."""
    assert Classifier.load().classify("(Nguồn: VTV24) Cháy lớn ở xưởng gỗ", ()).urgency == 0
