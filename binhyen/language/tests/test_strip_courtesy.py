"""Polite wording never hides danger to life: held-out danger rows between untrained greetings and closings."""

from functools import lru_cache

import pytest

from binhyen.language.classify import classifier as classify_classifier
from binhyen.language.classify.classifier import Classifier
from binhyen.language.classify.strip_courtesy import extract_core, remove_courtesy
from binhyen.language.reader import Reader
from binhyen.language.training.build import HEADS, TAILS
from binhyen.language.training.rows import filter_split, load_blind_rows, load_shipped_rows, model_input

FRAMES = (
    "{}",
    "Dạ em chào các anh ạ. {} Em cảm ơn các anh ạ.",
    "Em chào các anh công an ạ, {}",
    "Kính gửi công an xã, tôi xin trình báo: {} Kính mong quý cơ quan xem xét. Tôi xin trân trọng cảm ơn.",
    "Xin lỗi đã làm phiền các bác, {}",
    "Cảm ơn các chú công an đã luôn giúp đỡ bà con. Cháu xin báo là {}",
    "Chúc các anh buổi tối vui vẻ. {} Nếu không tiện thì thôi ạ",
)
LEAST = 0.92
# Another matter first or last: a relative word count could hide the danger, above all in short messages.
TURNS = (
    "{}, mong các đồng chí bớt chút thời gian xem xét giúp gia đình, xin trân trọng cảm ơn",
    "Kính gửi công an xã, tôi xin trình bày sự việc như sau: {}",
    "hôm trước cám ơn các chú, hôm nay lại {}",
    "Dạ con chào các chú, con xin phép hỏi {} thì phải làm sao ạ",
    "cho hỏi cccd làm mấy ngày, à mà {}",
)
SHORT, LEAST_SHORT = 70, 0.88


@lru_cache(maxsize=1)
def list_dangers() -> list[str]:
    return [
        model_input(row) for row in (*filter_split(load_shipped_rows(), "test"), *load_blind_rows()) if row.urgency == 3
    ]


@lru_cache(maxsize=1)
def load_classifier() -> Classifier:
    return Classifier.load()


def measure_recall(frame: str, *, longest: int = 10_000) -> float:
    texts = [text for text in list_dangers() if len(text) <= longest]
    return sum(load_classifier().classify(frame.format(text), ()).urgency == 3 for text in texts) / len(texts)


@pytest.mark.parametrize("frame", FRAMES)
def test_courtesy_hides_no_danger(frame: str) -> None:
    assert measure_recall(frame) >= LEAST


@pytest.mark.parametrize("frame", [FRAMES[1], FRAMES[3], FRAMES[5]])
def test_control_read_as_a_whole_only_it_does(frame: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classify_classifier, "remove_courtesy", lambda text, idle: "")
    monkeypatch.setattr(classify_classifier, "extract_core", lambda text, calm, aside: "")
    assert measure_recall(frame) < LEAST


@pytest.mark.parametrize("frame", TURNS)
def test_no_other_matter_hides_a_short_danger(frame: str) -> None:
    assert measure_recall(frame, longest=SHORT) >= LEAST_SHORT


@pytest.mark.parametrize("frame", [TURNS[0], TURNS[4]])
def test_control_without_the_main_matter_it_does(frame: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classify_classifier, "extract_core", lambda text, calm, aside: "")
    assert measure_recall(frame, longest=SHORT) < LEAST_SHORT


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("cho hỏi cccd làm mấy ngày, à mà chồng em bóp cổ em", "chồng em bóp cổ em"),
        ("cho hoi cccd lam may ngay, a ma chong em bop co em", "chong em bop co em"),
        ("cháy nhà, xin trân trọng cảm ơn các đồng chí", "cháy nhà"),
        ("cháy nhà, đã dập xong", ""),
        ("cháy nhà. Với lại em nhặt được cái ví, mai em nộp", "cháy nhà"),
        ("cháy nhà. À mà họ dập xong rồi", ""),
        ("em nhặt được cái ví", ""),
        ("", ""),
    ],
)
def test_the_main_matter(text: str, left: str) -> None:
    assert extract_core(text, lambda part: "cccd" in part, lambda part: "ví" in part) == left


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("Bé Nam 5 tuổi đi lạc từ chiều", 3),
        ("Hoa nhà em 6 tuổi mất tích luôn", 3),
        ("bé Nam 5 tuổi đi lạc đã về nhà rồi, cảm ơn mọi người", 0),
    ],
)
def test_a_small_child_that_is_missed_is_in_danger_whatever_its_name(text: str, urgency: int) -> None:
    assert (Reader().understand(text).urgency == 3) == (urgency == 3)


@pytest.mark.parametrize(
    "text",
    [
        "Chó Vàng 5 tuổi đi lạc",
        "cho vang 5 tuoi di lac",
        "cháu chó 3 tuổi nhà em đi lạc từ sáng",
        "bé mèo 2 tuổi nhà mình đi lạc",
        "bé cún 2 tuổi đi lạc",
        "cún con 1 tuổi mất tích hôm qua",
        "mèo mướp 4 tuổi bỏ đi 2 hôm chưa về",
    ],
)
def test_a_missed_dog_or_cat_with_an_age_is_no_missing_child(text: str) -> None:
    reading = Reader().understand(text)
    assert (reading.category, reading.urgency) == ("lost_item", 1)


@pytest.mark.parametrize(
    "text",
    [
        "bé Cún 3 tuổi mặc áo đỏ đi lạc ở chợ Nghèn",
        "be cun 2 tuoi di lac",
        "cháu Mèo 4 tuổi học mầm non đi lạc",
        "bé 5 tuổi đi lạc theo con chó vàng",
        "cháu bé 3 tuổi đi lạc cùng con chó nhỏ",
        "Bé Vàng 5 tuổi đi lạc ở chợ",
        "chau 5 tuoi di lac o cho Nghen",
        "chó vàng 5 tuổi và bé 4 tuổi đi lạc",
        "con trai tôi 4 tuổi dắt chó vàng 5 tuổi đi lạc",
    ],
)
def test_a_child_raises_an_alarm_beside_any_animal_word(text: str) -> None:
    assert Reader().understand(text).urgency == 3


def test_the_frames_are_others_than_those_of_training() -> None:
    taught = [*HEADS, *filter(None, TAILS)]
    assert not [frame for frame in (*FRAMES, *TURNS) for part in taught if part.strip(" ,.:") in frame]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Cảm ơn công an tuần trước đã tìm lại xe cho em. Giờ nhà hàng xóm đang cháy, các anh tới giúp với", "fire"),
        (
            "Kính gửi ban công an xã, có người đang cầm rựa chém nhau trước cổng nhà tôi, kính mong xem xét ạ",
            "violence",
        ),
        ("Cảm ơn các chú công an nhiều. Cháu xin báo là chồng em đang cầm dao doạ giết em ạ", "violence"),
        ("cho hỏi cccd làm mấy ngày, à mà chồng em bóp cổ em", "violence"),
    ],
)
def test_thanks_for_something_past_hide_no_present(text: str, category: str) -> None:
    reading = Reader().understand(text)
    assert (reading.urgency, reading.category) == (3, category)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Dạ em chào các anh ạ. Nhà bên cháy rồi. Em cảm ơn các anh ạ.", "Nhà bên cháy rồi"),
        ("Kính gửi công an xã, xe tông nhau ở cầu Phủ", "xe tông nhau ở cầu Phủ"),
        ("Xe tông nhau ở cầu Phủ", ""),
        ("Em chào các anh ạ", ""),
        ("", ""),
    ],
)
def test_text_without_greetings_and_closings(text: str, left: str) -> None:
    assert remove_courtesy(text, lambda part: False) == left
