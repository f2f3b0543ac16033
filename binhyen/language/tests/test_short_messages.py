"""A short message raises an alarm only if it names a danger, with or without diacritics. No training row contains the
texts."""

import pytest

from binhyen.kit.text import fold_text
from binhyen.language.classify import classifier
from binhyen.language.classify.classifier import is_short_without_danger
from binhyen.language.lexicon import shipped_lexicon
from binhyen.language.reader import Reader
from binhyen.language.tokenizer import tokenize

READER = Reader()

CALM = [
    "khổ thân nó",
    "thương hè các bác",
    "dạ màu xanh lá ạ",
    "áo cam chú ạ",
    "em đang ở nhà nội",
    "quạt tắt rồi chú",
    "cháu nó ngủ rồi",
    "các chú đến chỗ mô rồi",
    "không có gậy",
    "không cầm dao",
    "thấy bé rồi các chú ơi",
    "công an xã tới chưa",
    "công an tới rồi nha",
    "họ về cả rồi",
    "tụi nó tản rồi",
    "ở chỗ nào thế",
    "có ai bị gì không",
    "mấy giờ họp xóm",
    "dạ em chờ",
    "em run ghê",
    "một đứa con gái ạ",
    "hắn đi khỏi rồi",
]
DANGERS = [
    "cháy nhà",
    "nhà em đang cháy",
    "có đánh nhau",
    "nó chém em",
    "có súng",
    "lạc cháu bé",
    "rớt xuống giếng",
    "chồng em bóp cổ",
    "trộm vô nhà",
    "ngộ độc rồi",
    "chó dại cắn",
    "khó thở quá",
    "công an cứu em",
    "nổ súng",
    "bà ngã không dậy",
    "mạ té không dậy",
    "nước vô ngang ngực",
    "nước tới cổ rồi",
]


def is_quiet(text: str) -> bool:
    word_list = tokenize(text)
    return is_short_without_danger(word_list, shipped_lexicon().find(word_list))


@pytest.mark.parametrize("text", CALM)
def test_short_messages_without_a_danger_never_alarm(text: str) -> None:
    assert is_quiet(text)
    assert READER.understand(text).urgency < 3
    assert READER.understand(fold_text(text)).urgency < 3


@pytest.mark.parametrize("text", DANGERS)
def test_texts_that_name_a_danger_are_left_to_the_model(text: str) -> None:
    assert not is_quiet(text)
    assert not is_quiet(fold_text(text))


@pytest.mark.parametrize(
    "text", ["nước vào nhà tới ngực", "nác vô nhà ngang cổ rồi", "nước lên tới nóc bếp", "bà ngã không dậy"]
)
def test_water_levels_and_people_who_do_not_get_up_raise_an_alarm(text: str) -> None:
    assert READER.understand(text).urgency == READER.understand(fold_text(text)).urgency == 3


@pytest.mark.parametrize(
    "text", ["nước mới tới mắt cá chân, đồ kê rồi", "nước đến chân mới nhảy", "nước ra tới sân, chưa vào nhà"]
)
def test_water_that_is_no_danger_does_not(text: str) -> None:
    assert READER.understand(text).urgency < 3


def test_longer_messages_are_left_to_the_machine() -> None:
    assert not is_quiet("em đang ở nhà bà ngoại xóm dưới từ sáng")


def test_forms_of_address_do_not_make_it_longer() -> None:
    assert is_quiet("dạ thưa các anh các chú em đang ở nhà ạ")


def test_a_word_with_other_marks_names_nothing() -> None:
    assert is_quiet("hắn khỏi bệnh rồi")  # khói
    assert is_quiet("màu nâu chú ạ")  # máu
    assert not is_quiet("máu nhiều chú ơi")


@pytest.mark.parametrize(
    ("calm", "danger"),
    [
        ("nợ nần nước tới cổ", "nước tới cổ rồi"),
        ("bài vở ngập cổ", "nước ngập cổ rồi"),
        ("lỗ sặc máu", "nó hộc máu"),
        ("nó để xe trong sân", "nó nhốt con trong nhà"),
        ("cháy túi rồi", "cháy xe trong sân"),
        ("vỡ nợ rồi", "vỡ đê rồi"),
    ],
)
def test_a_figure_of_speech_is_quiet_and_a_similar_danger_alarms(calm: str, danger: str) -> None:
    assert READER.understand(calm).urgency < 3
    assert READER.understand(danger).urgency == 3


def test_control_the_model_alone_sees_danger_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "UNNAMED_DANGER_MARGIN", 0.0)
    monkeypatch.setattr(classifier, "MAX_SHORT_WORDS", 4)
    monkeypatch.setattr(classifier, "DANGER_TALK_BAR", -99.0)
    assert READER.understand("nó để xe trong sân").urgency == 3
