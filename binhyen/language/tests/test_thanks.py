"""The content decides, not the politeness: closing thanks hide no report, and thanks for something stay thanks."""

from functools import lru_cache

import pytest

from binhyen.language.classify import Classified, Classifier
from binhyen.language.classify import classifier as classify_classifier
from binhyen.language.classify.strip_courtesy import matters, mended
from binhyen.language.classify.urgency_levels import IDLE
from binhyen.language.tests.sentences_of_thanks import THANKS
from binhyen.language.training.augmentation import HEADS, TAILS
from binhyen.language.training.rows import Row, blind, of_split, seen, shipped

FRAMES = (
    "{}. Tôi xin chân thành cảm ơn quý cơ quan",
    "{}. Cháu cảm ơn các bác công an rất nhiều ạ",
    "{}, em cảm ơn mọi người nhiều",
    "{} cam on cac anh cac chu rat nhieu",
    "{}. Chúc cả nhà buổi tối vui vẻ",
    "Cám ơn cán bộ hôm trước đã giúp bà con. {}",
)
LOST = 0.08
"""What may be read as mere thanks or talk for such a frame; without any it is 0.02."""
KEPT = 52
"""Of the 60 thanks; the model alone keeps 54."""
ASIDE = (
    "{}. Nhân tiện cho em hỏi làm hộ chiếu mất mấy ngày ạ",
    "{}. À mà em có nhặt được chùm chìa khóa ở sân vận động, ai mất thì lên lấy",
    "{}. Với cả hôm bữa em rơi cái thẻ sinh viên, ai thấy nhắn em",
)
RINGING = 0.89


@lru_cache(maxsize=1)
def told() -> list[tuple[Row, str]]:
    return [(row, seen(row)) for row in (*of_split(shipped(), "test"), *blind())]


@lru_cache(maxsize=1)
def classifier() -> Classifier:
    return Classifier.load()


def lost(frame: str) -> float:
    """Return the share of the reports that are read as thanks or small talk."""
    reports = [text for row, text in told()[::3] if row.category not in IDLE and row.urgency >= 1]
    return sum(classifier().classify(frame.format(text), ()).category in IDLE for text in reports) / len(reports)


@pytest.mark.parametrize("frame", FRAMES)
def test_thanks_lose_no_report(frame: str) -> None:
    assert lost(frame) <= LOST


@pytest.mark.parametrize("frame", [FRAMES[0], FRAMES[1], FRAMES[3], FRAMES[5]])
def test_control_read_with_the_thanks_they_do(frame: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classify_classifier, "matters", lambda text, idle: iter(()))
    assert lost(frame) > LOST


def test_thanks_for_something_stay_thanks() -> None:
    assert sum(classifier().classify(text, ()).category == "thanks" for text in THANKS) >= KEPT


def test_control_without_the_look_for_good_news_some_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classify_classifier, "THANKED", 1.0)
    monkeypatch.setattr(classify_classifier, "mended", lambda text: False)
    monkeypatch.setattr(classify_classifier, "ends", lambda said, hits: False)
    assert sum(classifier().classify(text, ()).category == "thanks" for text in THANKS) < KEPT


def test_a_complaint_stays_one_and_is_secret_however_politely_it_ends() -> None:
    found: Classified = classifier().classify(
        "Cán bộ trực ban quát mẹ tôi rồi đuổi ra ngoài. Xin chân thành cảm ơn các đồng chí đã đọc", ()
    )
    assert (found.category, found.sensitive) == ("officer_complaint", True)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Mất xe ở chợ. Em cảm ơn các anh nhiều ạ", ["Mất xe ở chợ"]),
        ("Mất xe ở chợ, cảm ơn các anh", ["Mất xe ở chợ"]),
        ("cảm ơn các anh đã tìm được xe cho tôi hôm qua", []),
        ("Cảm ơn các anh đã tìm xe. Nay lại mất nữa", ["Nay lại mất nữa"]),
        ("Mất xe ở chợ. Trời đẹp. Cảm ơn ạ", ["Mất xe ở chợ. Trời đẹp", "Mất xe ở chợ"]),
        ("Mất xe ở chợ. Trời đẹp", []),
        ("Em cảm ơn ạ", []),
        ("", []),
    ],
)
def test_what_is_told_beside_thanks(text: str, left: list[str]) -> None:
    assert list(matters(text, lambda part: "Trời" in part)) == left


@pytest.mark.parametrize(("text", "well"), [
    ("xe tìm lại được rồi", True), ("may có các chú tới kịp", True), ("chưa tìm lại được xe", False), ("mất xe", False),
])  # fmt: skip
def test_what_came_out_well(text: str, well: bool) -> None:
    assert mended(text) is well


def ringing(frame: str) -> float:
    dangers = [text for row, text in told()[::2] if row.urgency == 3]
    return sum(classifier().classify(frame.format(text), ()).urgency == 3 for text in dangers) / len(dangers)


@pytest.mark.parametrize("frame", ASIDE)
def test_no_other_matter_after_a_danger_hides_it(frame: str) -> None:
    assert ringing(frame) >= RINGING


def test_control_read_with_it_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Classifier, "_aside", lambda self, text: False)
    assert min(map(ringing, ASIDE)) < RINGING


def test_the_frames_are_others_than_those_of_training() -> None:
    taught = [*HEADS, *filter(None, TAILS)]
    assert not [frame for frame in (*FRAMES, *ASIDE) for part in taught if part.strip(" ,.:") in frame]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cảm ơn các anh hôm qua, hôm nay lại có người lạ vào xóm", "hôm nay lại có người lạ vào xóm"),
        ("cam on cac chu hom truoc, nay ho lai sang chui", "nay ho lai sang chui"),
        ("Đội ơn chú đã bắt thằng trộm mà bữa ni nhà bác Tư mất chó", "mà bữa ni nhà bác Tư mất chó"),
        ("Cảm ơn công an đã lấy lại xe. Nhân đây quán bên ồn tới sáng", "Nhân đây quán bên ồn tới sáng"),
    ],
)
def test_what_is_now_stands_beside_thanks_for_what_was(text: str, told: str) -> None:
    assert told in list(matters(text, lambda part: False))


@pytest.mark.parametrize("now", ["giờ cả xóm ngủ ngon", "giờ xe chạy tốt rồi ạ", "nay cháu lại có xe đi học"])
def test_what_is_well_now_belongs_to_the_thanks(now: str) -> None:
    assert list(matters(f"cảm ơn các anh hôm trước đã giúp, {now}", lambda part: False)) == []
