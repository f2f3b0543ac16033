"""The shipped model on messages outside the training files: predictions, reasons and robustness."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.kit.text import fold
from binhyen.language.classify import Classified, Classifier
from binhyen.language.classify.classifier import PERSON_DECIDES, SHIPPED
from binhyen.language.classify.features import features
from binhyen.language.classify.model import OUTPUTS, Model, arrays_of
from binhyen.language.classify.scores import Scores
from binhyen.language.classify.urgency_levels import ALARMED, LOUD, LOUDEST, PLAIN, SETTLED, leaning
from binhyen.language.lexicon import shipped
from binhyen.language.reading import CATEGORIES, Entity
from binhyen.language.tokenizer import words
from tests.complexity import by_length_only

CLASSIFIER = Classifier.load()


def read(text: str, entities: tuple[Entity, ...] = ()) -> Classified:
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
    assert read(text).category == category


@pytest.mark.parametrize(
    "text",
    [
        "Cháy nhà rồi, trong nhà còn trẻ nhỏ, cứu với",
        "dạ em xin phép làm phiền các anh, chồng em đang cầm dao dọa giết cả nhà ạ",
        "tai nan giao thong, nguoi bi thuong nang nam bat tinh giua duong",
    ],
)
def test_danger_is_urgent_however_politely_it_is_told(text: str) -> None:
    found = read(text)
    assert found.urgency == 3
    assert any(reason.startswith("khẩn") for reason in found.reasons)


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
    assert read(text).urgency <= 1


@pytest.mark.parametrize(
    "text", ["cảm ơn các anh nhiều lắm ạ", "chào cả nhà buổi sáng vui vẻ", "ai bán gà ta cho em mua hai con"]
)
def test_thanks_and_small_talk_ask_for_nothing(text: str) -> None:
    assert read(text).urgency == 0


@pytest.mark.parametrize(
    "text", ["Cho em hỏi thủ tục cấp lại căn cước", "em nhặt được cái ví ở chợ", "quán nhậu hát karaoke ồn ào cả đêm"]
)
def test_what_somebody_asks_for_is_at_least_to_be_handled(text: str) -> None:
    assert read(text).urgency >= 1


def test_the_bar_of_the_highest_level_depends_on_what_stands_in_the_message() -> None:
    sure, unsure = scores("lost_item", 0.9), scores("lost_item", 0.4)
    assert leaning(sure, "lost_item", False, False, 0.5) == PLAIN > 0
    assert leaning(unsure, "lost_item", False, False, 0.5) == 0
    assert leaning(sure, "lost_item", True, False, 0.5) == ALARMED < 0
    assert leaning(scores("fire", 0.9), "fire", True, True, 0.5) == SETTLED > PLAIN
    assert leaning(scores("other", 0.9), "other", LOUDEST, False, 0.5) == LOUD < ALARMED
    assert leaning(scores("other", 0.9), "other", LOUDEST, True, 0.5) == SETTLED, "past events are reported as loudly"
    assert leaning(scores("thanks", 0.9), "thanks", LOUDEST, False, 0.5) == 0
    assert leaning(scores("fire", 0.9), "fire", False, False, 0.5) == 0
    assert (
        leaning(scores("thanks", 0.9), "thanks", True, False, 0.5) == 0
    )  # «cứu với, mai thi rồi» is no alarm, but it is not small talk either


def scores(category: str, probability: float) -> Scores:
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
    found = read(text)
    assert found.urgency == 3
    assert found.category == category or not category


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
def test_a_sign_of_life_is_no_complaint_unless_somebody_is_blamed(text: str, category: str) -> None:
    assert read(text).category == category


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("nhà mô mất con nghé không, nó đang đứng ở vườn tui", "found_item"),
        ("đêm qua ai lấy mất mấy tay lưới ngoài cửa lạch", "theft"),
        ("em rơi giấy khai sinh của cháu, có ai lượm được không ạ", "lost_item"),
    ],
)
def test_whose_thing_it_is(text: str, category: str) -> None:
    assert read(text).category == category


def test_marks_and_normal_form_make_no_difference() -> None:
    text = "Đêm qua nhà em bị trộm, mất chiếc xe máy Wave màu đỏ ở thôn Nam Thượng"
    answers = {read(t).top for t in (text, fold(text), unicodedata.normalize("NFD", text))}
    assert len(answers) == 1


def test_reasons_quote_the_writer() -> None:
    found = read("Bà con ơi có đứa đang BẺ KHÓA xe trước quán")
    assert "«" in found.reasons[0]


def test_doubt_goes_to_a_person() -> None:
    doubtful = [r for t in ("việc đó tính sao", "nó làm rứa đó", "cái xe nớ lạ lắm") for r in read(t).reasons]
    assert any(PERSON_DECIDES in reason for reason in doubtful)
    assert not any(PERSON_DECIDES in r for r in read("Cảm ơn các anh công an xã đã giúp đỡ gia đình em").reasons)


def test_complaints_and_children_are_sensitive() -> None:
    assert read("Cán bộ xã quát mắng dân, thái độ hách dịch").sensitive
    text = "Cháu Lan 9 tuổi hoàn cảnh khó khăn, mong nhà hảo tâm giúp đỡ"
    age = Entity("AGE", "9 tuổi", 9, 15, 9)
    assert read(text, (age,)).sensitive
    assert not read("Cho em hỏi giờ làm việc của công an xã").sensitive


def test_probabilities_are_probabilities() -> None:
    found = read("mất con bò ở bãi")
    assert len(found.top) == 3
    assert found.top[0] == (found.category, found.confidence)
    assert 0 < sum(score for _, score in found.top) <= 1.001
    assert [s for _, s in found.top] == sorted((s for _, s in found.top), reverse=True)


@pytest.mark.parametrize(
    "text",
    ["", " ", "😀", "\ud800", "\x00\x01", "<script>alert(1)</script>", "http://a.b/0912345678", "?" * 500, "你好世界"],
)
def test_bad_input_gets_an_answer(text: str) -> None:
    assert read(text).category in CATEGORIES


@given(st.text(max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    found = read(text)
    assert found.category in CATEGORIES
    assert found.urgency in range(4)


@pytest.mark.parametrize("unit", ["a", "a-", "0 ", "<b ", "cháy ", "x.", "mất trộm xe máy ", "1.", "\u0301"])
def test_time_does_not_grow_with_hostile_length(unit: str) -> None:
    by_length_only(read, unit * (100_000 // len(unit)))


def test_a_model_of_another_version_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    import json

    from binhyen.language.classify.classifier import SHIPPED
    from binhyen.language.classify.model import save

    with np.load(SHIPPED, allow_pickle=False) as file:
        arrays = {key: file[key] for key in file.files}
    Model(arrays)
    header = json.loads(bytes(arrays["header"]).decode()) | {"outputs": OUTPUTS[:-1]}
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    save(tmp_path / "old.npz", arrays)
    with pytest.raises(ValueError, match="another version"):
        Model.load(tmp_path / "old.npz")


@pytest.mark.parametrize(
    "text", ["Cháy!", "đánh nhau, đánh nhau to ở chợ, có dao, chết người mất anh ơi", "Cảm ơn các anh"]
)
def test_it_is_scored_by_the_very_features_that_are_learnt_from(text: str) -> None:
    """The model looks them up in its own tables; each feature counts once, however often it occurs."""
    arrays = arrays_of(SHIPPED)
    names = np.array(bytes(arrays["names"]).decode().split("\n"))
    said = words(text)
    hits = shipped().find(said)
    seen = features(said, hits)
    expected, start = arrays["bias"].astype(float), 0
    for size, block in zip(arrays["blocks"], (seen.grams, seen.letters, seen.signs, seen.kinds), strict=True):
        rows = start + np.flatnonzero(np.isin(names[start : start + size], list(block)))
        length = np.sqrt(np.square(arrays["idf"][rows].astype(float)).sum())
        expected += arrays["scale"] * arrays["weights"][rows].sum(axis=0) / (length or 1.0)
        start += size
    assert np.allclose(Model(arrays).raw(said, hits)[0], expected, atol=1e-4)
