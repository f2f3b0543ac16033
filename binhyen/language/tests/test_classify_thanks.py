"""The content decides, not the politeness: closing thanks hide no report, and thanks for something stay thanks."""

from functools import lru_cache

import pytest

from binhyen.language.classify import classifier as classify_classifier
from binhyen.language.classify.classifier import Classifier, MessageClassification
from binhyen.language.classify.strip_courtesy import list_candidate_reports, reports_good_outcome
from binhyen.language.reading import IDLE_CATEGORIES
from binhyen.language.tests.sentences_of_thanks import THANKS
from binhyen.language.training.build import HEADS, TAILS
from binhyen.language.training.rows import TrainingRow, filter_split, load_blind_rows, load_shipped_rows, model_input

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
KEPT = 53
"""Of the 60 thanks."""
ASIDE = (
    "{}. Nhân tiện cho em hỏi làm hộ chiếu mất mấy ngày ạ",
    "{}. À mà em có nhặt được chùm chìa khóa ở sân vận động, ai mất thì lên lấy",
    "{}. Với cả hôm bữa em rơi cái thẻ sinh viên, ai thấy nhắn em",
)
RINGING = 0.89


@lru_cache(maxsize=1)
def list_reports() -> list[tuple[TrainingRow, str]]:
    return [(row, model_input(row)) for row in (*filter_split(load_shipped_rows(), "test"), *load_blind_rows())]


@lru_cache(maxsize=1)
def load_classifier() -> Classifier:
    return Classifier.load()


def measure_lost_share(frame: str) -> float:
    """Return the share of the reports that are read as thanks or small talk."""
    reports = [text for row, text in list_reports()[::3] if row.category not in IDLE_CATEGORIES and row.urgency >= 1]
    return sum(
        load_classifier().classify(frame.format(text), ()).category in IDLE_CATEGORIES for text in reports
    ) / len(reports)


@pytest.mark.parametrize("frame", FRAMES)
def test_thanks_lose_no_report(frame: str) -> None:
    assert measure_lost_share(frame) <= LOST


@pytest.mark.parametrize("frame", [FRAMES[0], FRAMES[1], FRAMES[3], FRAMES[5]])
def test_control_read_with_the_thanks_they_do(frame: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classify_classifier, "list_candidate_reports", lambda text, idle: iter(()))
    assert measure_lost_share(frame) > LOST


def test_thanks_for_something_stay_thanks() -> None:
    assert sum(load_classifier().classify(text, ()).category == "thanks" for text in THANKS) >= KEPT


def test_control_without_the_good_news_check_some_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classify_classifier, "MAX_THANKS_CHANCE", 1.0)
    monkeypatch.setattr(classify_classifier, "reports_good_outcome", lambda text: False)
    monkeypatch.setattr(classify_classifier, "is_over_or_untrue", lambda tokens, hits: False)
    assert sum(load_classifier().classify(text, ()).category == "thanks" for text in THANKS) < KEPT


def test_a_complaint_stays_one_and_is_secret_however_politely_it_ends() -> None:
    reading: MessageClassification = load_classifier().classify(
        "Cán bộ trực ban quát mẹ tôi rồi đuổi ra ngoài. Xin chân thành cảm ơn các đồng chí đã đọc", ()
    )
    assert (reading.category, reading.sensitive) == ("officer_complaint", True)


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
def test_reports_beside_thanks(text: str, left: list[str]) -> None:
    assert list(list_candidate_reports(text, lambda part: "Trời" in part)) == left


@pytest.mark.parametrize(
    ("text", "well"),
    [
        ("xe tìm lại được rồi", True),
        ("may có các chú tới kịp", True),
        ("chưa tìm lại được xe", False),
        ("mất xe", False),
    ],
)
def test_good_outcomes(text: str, well: bool) -> None:
    assert reports_good_outcome(text) is well


def measure_alarm_share(frame: str) -> float:
    dangers = [text for row, text in list_reports()[::2] if row.urgency == 3]
    return sum(load_classifier().classify(frame.format(text), ()).urgency == 3 for text in dangers) / len(dangers)


@pytest.mark.parametrize("frame", ASIDE)
def test_no_other_matter_after_a_danger_hides_it(frame: str) -> None:
    assert measure_alarm_share(frame) >= RINGING


def test_control_read_with_it_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Classifier, "_is_aside", lambda self, text: False)
    assert min(map(measure_alarm_share, ASIDE)) < RINGING


def test_the_frames_are_others_than_those_of_training() -> None:
    taught = [*HEADS, *filter(None, TAILS)]
    assert not [frame for frame in (*FRAMES, *ASIDE) for part in taught if part.strip(" ,.:") in frame]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("cảm ơn các anh hôm qua, hôm nay lại có người lạ vào xóm", "hôm nay lại có người lạ vào xóm"),
        ("cam on cac chu hom truoc, nay ho lai sang chui", "nay ho lai sang chui"),
        ("Đội ơn chú đã bắt thằng trộm mà bữa ni nhà bác Tư mất chó", "mà bữa ni nhà bác Tư mất chó"),
        ("Cảm ơn công an đã lấy lại xe. Nhân đây quán bên ồn tới sáng", "Nhân đây quán bên ồn tới sáng"),
    ],
)
def test_present_matters_beside_thanks_for_past_ones(text: str, category: str) -> None:
    assert category in list(list_candidate_reports(text, lambda part: False))


@pytest.mark.parametrize("now", ["giờ cả xóm ngủ ngon", "giờ xe chạy tốt rồi ạ", "nay cháu lại có xe đi học"])
def test_good_news_belongs_to_the_thanks(now: str) -> None:
    assert list(list_candidate_reports(f"cảm ơn các anh hôm trước đã giúp, {now}", lambda part: False)) == []
