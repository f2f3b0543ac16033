"""The shipped model on messages outside the training files: predictions, reasons and robustness."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.kit.text import fold_text
from binhyen.language.classify.classifier import NEEDS_PERSON_REASON, SHIPPED, Classifier, MessageClassification
from binhyen.language.classify.labels import Scores
from binhyen.language.classify.model import OUTPUTS, CategoryModel, extract_text_features, load_arrays
from binhyen.language.classify.urgency import (
    ALARM_SHIFT,
    HARMLESS_SHIFT,
    LOUD_ALARM_SHIFT,
    MAX_ALARM_LEVEL,
    SETTLED_SHIFT,
    threshold_shift,
)
from binhyen.language.lexicon import shipped_lexicon
from binhyen.language.reading import CATEGORIES, Entity
from binhyen.language.tokenizer import tokenize
from tests.complexity import assert_linear

CLASSIFIER = Classifier.load()


def classify_text(text: str, entities: tuple[Entity, ...] = ()) -> MessageClassification:
    return CLASSIFIER.classify(text, entities)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Các anh ơi có hai nhóm cầm mã tấu chém nhau ở đầu cầu", "violence"),
        ("dem qua nha em bi trom cay cua lay mat chiec xe may", "theft"),
        ("Xe ben chở đất quá tải chạy suốt ngày làm nát đường thôn", "traffic"),
        ("Cháy lớn ở xưởng gỗ, lửa lan sang nhà bên rồi", "fire"),
        ("Em vừa bị lừa chuyển khoản 5 triệu cho người giả danh công an", "scam"),
        ("Mình làm rơi ví ở chợ, ai nhặt được cho xin lại giấy tờ", "lost_item"),
        ("Em nhặt được ví có căn cước, ai mất đến nhận", "found_item"),
        ("Con em 4 tuổi đi lạc ở hội chợ chưa tìm thấy", "missing_person"),
        ("Có cụ già đi lạc không nhớ nhà đang ngồi ở quán tôi", "found_person"),
        ("Nhà ông Ba đang tụ tập đánh bạc xóc đĩa", "drugs_gambling"),
        ("Hàng xóm hát karaoke ồn ào tới khuya không ngủ được", "environment_noise"),
        ("Cho em hỏi làm lại căn cước cần giấy tờ gì ạ", "admin_question"),
        ("Cán bộ tiếp dân thái độ hách sách, hồ sơ hẹn mãi không giải quyết", "officer_complaint"),
        ("Gia đình bà Lan hoàn cảnh khó khăn mong được giúp đỡ", "welfare"),
        ("Tôi muốn giao nộp khẩu súng săn của ông để lại", "weapon_handover"),
        ("Cảm ơn các anh công an đã tìm lại xe cho em", "thanks"),
        ("shop em hôm nay cháy hàng rồi cả nhà ơi", "other"),
    ],
)
def test_plain_messages(text: str, category: str) -> None:
    assert classify_text(text).category == category


@pytest.mark.parametrize(
    "text",
    [
        "Cháy nhà rồi, trong nhà còn trẻ nhỏ, cứu với",
        "dạ em xin phép làm phiền các anh, chồng em đang cầm dao dọa giết cả nhà ạ",
        "tai nan giao thong, nguoi bi thuong nang nam bat tinh giua duong",
    ],
)
def test_danger_is_urgent_in_polite_wording(text: str) -> None:
    reading = classify_text(text)
    assert reading.urgency == 3
    assert any(reason.startswith("khẩn") for reason in reading.reasons)


@pytest.mark.parametrize(
    "text",
    [
        "shop cháy hàng rồi",
        "cháy hàng rồi cả nhà ơi",
        "bắn cho mình ít tiền nhé",
        "chúc cả nhà ngủ ngon",
        "cảm ơn các anh nhiều lắm ạ",
    ],
)
def test_figures_of_speech_and_small_talk_are_calm(text: str) -> None:
    assert classify_text(text).urgency <= 1


@pytest.mark.parametrize(
    "text",
    [
        "cảm ơn các anh nhiều lắm ạ",
        "chào cả nhà buổi sáng vui vẻ",
        "ai bán gà ta cho em mua hai con",
        "Cho em hỏi thủ tục cấp lại căn cước",
    ],
)
def test_thanks_small_talk_and_questions_of_procedure_ask_for_nothing(text: str) -> None:
    assert classify_text(text).urgency == 0


@pytest.mark.parametrize("text", ["em nhặt được cái ví ở chợ", "quán nhậu hát karaoke ồn ào cả đêm"])
def test_requests_are_at_least_actionable(text: str) -> None:
    assert classify_text(text).urgency >= 1


def test_the_threshold_of_the_highest_level_depends_on_the_text() -> None:
    sure, unsure = make_scores("lost_item", 0.9), make_scores("lost_item", 0.4)
    assert threshold_shift(sure, "lost_item", False, False, 0.5) == HARMLESS_SHIFT > 0
    assert threshold_shift(unsure, "lost_item", False, False, 0.5) == 0
    assert threshold_shift(sure, "lost_item", True, False, 0.5) == ALARM_SHIFT < 0
    assert threshold_shift(make_scores("fire", 0.9), "fire", True, True, 0.5) == SETTLED_SHIFT > HARMLESS_SHIFT
    assert (
        threshold_shift(make_scores("other", 0.9), "other", MAX_ALARM_LEVEL, False, 0.5)
        == LOUD_ALARM_SHIFT
        < ALARM_SHIFT
    )
    assert threshold_shift(make_scores("other", 0.9), "other", MAX_ALARM_LEVEL, True, 0.5) == SETTLED_SHIFT, (
        "past events are reported as loudly"
    )
    assert threshold_shift(make_scores("thanks", 0.9), "thanks", MAX_ALARM_LEVEL, False, 0.5) == 0
    assert threshold_shift(make_scores("fire", 0.9), "fire", False, False, 0.5) == 0
    assert (
        threshold_shift(make_scores("thanks", 0.9), "thanks", True, False, 0.5) == 0
    )  # «cứu với, mai thi rồi» is no alarm, but it is not small talk either


def make_scores(category: str, probability: float) -> Scores:
    """Build scores in which `category` has `probability` and the others share the remainder."""
    shares = np.full(len(CATEGORIES), (1 - probability) / (len(CATEGORIES) - 1), np.float32)
    shares[CATEGORIES.index(category)] = probability
    return Scores(shares, (0.25, 0.5, 0.25), -1.0, 0.1)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("có đứa nổ súng ở TDP 3", ""),
        ("nhà hàng xóm đãi tiệc, khách ngộ độc nằm la liệt", ""),
        ("nó gí ống tiêm vô cổ con bé bán vé số", "violence"),
        ("thằng nhỏ nhà {ten} trèo lên trụ điện cao thế", "welfare"),
        ("ghe lật ngoài cửa biển, có mấy người bám phao", ""),
        ("ong vò vẽ đốt mẹ em, mẹ em xỉu rồi", "environment_noise"),
        ("cháu nhỏ bị chó cắn vào mặt", "environment_noise"),
        ("ngay vườn nhà trẻ có quả đạn cối, mấy đứa đang xúm lại", "weapon_handover"),
        ("ông dượng lại kéo con bé vô buồng, nó khóc xin tha", "violence"),
    ],
)
def test_dangers_that_were_once_missed(text: str, category: str) -> None:
    reading = classify_text(text)
    assert reading.urgency == 3
    assert reading.category == category or not category


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("em gọi 115 miết không ai nghe máy, ông ngoại em tím môi rồi", "welfare"),
        ("tui báo mấy lần rồi không ai tới, hắn đang phá cửa", "violence"),
        ("mệ lẫn bỏ nhà đi từ trưa", "missing_person"),
        ("trực ban tắt máy cả đêm, coi dân ra chi", "officer_complaint"),
        ("ông thượng úy bắt ký giấy trắng rồi mới cho về", "officer_complaint"),
    ],
)
def test_a_sign_of_life_is_no_complaint_without_blame(text: str, category: str) -> None:
    assert classify_text(text).category == category


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("nhà mô mất con nghé không, nó đang đứng ở vườn tui", "found_item"),
        ("đêm qua ai lấy mất mấy tay lưới ngoài cửa lạch", "theft"),
        ("em rơi giấy khai sinh của cháu, có ai lượm được không ạ", "lost_item"),
    ],
)
def test_owner_of_the_item(text: str, category: str) -> None:
    assert classify_text(text).category == category


def test_marks_and_normal_form_make_no_difference() -> None:
    text = "Đêm qua nhà em bị trộm, mất chiếc xe máy Wave màu đỏ ở thôn Nam Thượng"
    answers = {classify_text(t).top for t in (text, fold_text(text), unicodedata.normalize("NFD", text))}
    assert len(answers) == 1


def test_reasons_quote_the_writer() -> None:
    reading = classify_text("Bà con ơi có đứa đang BẺ KHÓA xe trước quán")
    assert "«" in reading.reasons[0]


def test_doubt_goes_to_a_person() -> None:
    doubtful = [r for t in ("việc đó tính sao", "nó làm rứa đó", "cái xe nớ lạ lắm") for r in classify_text(t).reasons]
    assert any(NEEDS_PERSON_REASON in reason for reason in doubtful)
    assert not any(
        NEEDS_PERSON_REASON in r for r in classify_text("Cảm ơn các anh công an xã đã giúp đỡ gia đình em").reasons
    )


def test_complaints_and_children_are_sensitive() -> None:
    assert classify_text("Cán bộ xã quát mắng dân, thái độ hách dịch").sensitive
    text = "Cháu Lan 9 tuổi hoàn cảnh khó khăn, mong nhà hảo tâm giúp đỡ"
    age = Entity("AGE", "9 tuổi", 9, 15, 9)
    assert classify_text(text, (age,)).sensitive
    assert not classify_text("Cho em hỏi giờ làm việc của công an xã").sensitive


def test_probabilities_are_probabilities() -> None:
    reading = classify_text("mất con bò ở bãi")
    assert len(reading.top) == 3
    assert reading.top[0] == (reading.category, reading.confidence)
    assert 0 < sum(score for _, score in reading.top) <= 1.001
    assert [s for _, s in reading.top] == sorted((s for _, s in reading.top), reverse=True)


@pytest.mark.parametrize(
    "text",
    ["", " ", "😀", "\ud800", "\x00\x01", "<script>alert(1)</script>", "http://a.b/0912345678", "?" * 500, "你好世界"],
)
def test_bad_input_gets_an_answer(text: str) -> None:
    assert classify_text(text).category in CATEGORIES


@given(st.text(max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    reading = classify_text(text)
    assert reading.category in CATEGORIES
    assert reading.urgency in range(4)


@pytest.mark.parametrize("unit", ["a", "a-", "0 ", "<b ", "cháy ", "x.", "mất trộm xe máy ", "1.", "\u0301"])
def test_time_does_not_grow_with_hostile_length(unit: str) -> None:
    assert_linear(classify_text, unit * (100_000 // len(unit)))


def test_a_model_of_another_version_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    import json

    from binhyen.language.classify.classifier import SHIPPED
    from binhyen.language.classify.model import save_arrays

    with np.load(SHIPPED, allow_pickle=False) as file:
        arrays = {key: file[key] for key in file.files}
    CategoryModel(arrays)
    header = json.loads(bytes(arrays["header"]).decode()) | {"outputs": OUTPUTS[:-1]}
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    save_arrays(tmp_path / "old.npz", arrays)
    with pytest.raises(ValueError, match="another version"):
        CategoryModel.load(tmp_path / "old.npz")


@pytest.mark.parametrize(
    "text", ["Cháy!", "đánh nhau, đánh nhau to ở chợ, có dao, chết người mất anh ơi", "Cảm ơn các anh"]
)
def test_it_is_scored_by_the_very_features_that_are_learnt_from(text: str) -> None:
    """The model looks them up in its own tables; each feature counts once, however often it occurs."""
    arrays = load_arrays(SHIPPED)
    names = np.array(bytes(arrays["names"]).decode().split("\n"))
    word_list = tokenize(text)
    hits = shipped_lexicon().find(word_list)
    feature_counts = extract_text_features(word_list, hits)
    expected, start = arrays["bias"].astype(float), 0
    for size, block in zip(
        arrays["blocks"],
        (feature_counts.grams, feature_counts.letters, feature_counts.signs, feature_counts.kinds),
        strict=True,
    ):
        rows = start + np.flatnonzero(np.isin(names[start : start + size], list(block)))
        length = np.sqrt(np.square(arrays["idf"][rows].astype(float)).sum())
        expected += arrays["scale"] * arrays["weights"][rows].sum(axis=0) / (length or 1.0)
        start += size
    assert np.allclose(CategoryModel(arrays).raw(word_list, hits)[0], expected, atol=1e-4)
