"""Life in danger is never missed for politeness of wording: rows of others between heads and tails that nothing was taught with."""

from functools import lru_cache

import pytest

from binhyen.language.classify import Classifier, decide
from binhyen.language.classify.courtesy import rest
from binhyen.language.reader import Reader
from binhyen.language.training.frames import HEADS, TAILS
from binhyen.language.training.rows import blind, fill, of_split, shipped

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


@lru_cache(maxsize=1)
def dangers() -> list[str]:
    return [fill(row).text for row in (*of_split(shipped(), "test"), *blind()) if row.urgency == 3]


@lru_cache(maxsize=1)
def classifier() -> Classifier:
    return Classifier.load()


def recall(frame: str) -> float:
    told = dangers()
    return sum(classifier().classify(frame.format(text), ()).urgency == 3 for text in told) / len(told)


@pytest.mark.parametrize("frame", FRAMES)
def test_courtesy_hides_no_danger(frame: str) -> None:
    assert recall(frame) >= LEAST


@pytest.mark.parametrize("frame", [FRAMES[3], FRAMES[5], FRAMES[6]])
def test_control_read_as_a_whole_only_it_does(frame: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide, "rest", lambda text, idle: "")
    assert recall(frame) < LEAST


def test_the_frames_are_others_than_those_of_training() -> None:
    taught = [*HEADS, *filter(None, TAILS)]
    assert not [frame for frame in FRAMES for part in taught if part.strip(" ,.:") in frame]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Cảm ơn công an tuần trước đã tìm lại xe cho em. Giờ nhà hàng xóm đang cháy, các anh tới giúp với", "fire"),
        (
            "Kính gửi ban công an xã, có người đang cầm rựa chém nhau trước cổng nhà tôi, kính mong xem xét ạ",
            "violence",
        ),
        ("Cảm ơn các chú công an nhiều. Cháu xin báo là chồng em đang cầm dao doạ giết em ạ", "violence"),
    ],
)
def test_thanks_for_something_past_hide_no_present(text: str, category: str) -> None:
    found = Reader().understand(text)
    assert (found.urgency, found.category) == (3, category)


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
def test_what_is_left(text: str, left: str) -> None:
    assert rest(text, lambda part: False) == left
