"""Realistic complaints about police: recall on held-out sentences, and the misses of the categories."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from binhyen.intake.complaint_detection import detect, patterns
from binhyen.intake.tests import allusions
from binhyen.intake.tests import complaints_of_people as people
from binhyen.kit.text import fold_text
from binhyen.language.reader import Reader
from binhyen.language.reading import Reading

COMPLAINT = "officer_complaint"
_reader = Reader()


def is_escalated(report_text: str) -> bool:
    """Check whether one of the messages is escalated, alone or with the preceding ones."""
    word_list = report_text.split(" || ")
    for number, text in enumerate(word_list, start=1):
        reading = detect.detect_complaint(_reader.understand(text), text, private=True)
        if number > 1 and any(detect.mentions_police(variant) for variant in word_list[: number - 1]):
            reading = detect.detect_in_combined(reading, ", ".join(word_list[:number]))
        if reading.category == COMPLAINT:
            return True
    return False


def is_known_to_classifier(report_text: str) -> bool:
    """Control: the classifier alone."""
    return any(_reader.understand(text).category == COMPLAINT for text in report_text.split(" || "))


def count_escalated(texts: list[str], rule: Callable[[str], bool] = is_escalated) -> tuple[int, int]:
    return sum(map(rule, texts)), len(texts)


def test_sentences_put_aside_are_counted() -> None:
    """The figures of docs/test-evidence.md: update them there when they change, never fit the rules to them."""
    assert count_escalated(people.PUT_ASIDE) == (43, 49) and count_escalated(people.ORDINARY_PUT_ASIDE) == (6, 45)
    assert count_escalated(people.PUT_ASIDE, is_known_to_classifier) == (38, 49) and count_escalated(
        people.ORDINARY_PUT_ASIDE, is_known_to_classifier
    ) == (4, 45)


def test_allusions_put_aside_are_counted() -> None:
    """As above."""
    assert count_escalated(allusions.PUT_ASIDE) == (26, 30) and count_escalated(allusions.ORDINARY_PUT_ASIDE) == (5, 60)
    assert count_escalated(allusions.PUT_ASIDE, is_known_to_classifier) == (20, 30) and count_escalated(
        allusions.ORDINARY_PUT_ASIDE, is_known_to_classifier
    ) == (3, 60)
    assert count_escalated(allusions.SEEN)[0] >= 29 and count_escalated(allusions.ORDINARY_SEEN)[0] <= 7


def test_those_that_the_rules_were_mended_after() -> None:
    assert count_escalated(people.SEEN)[0] >= 47 and count_escalated(people.MORE)[0] >= 64
    assert count_escalated([fold_text(text) for text in people.SEEN])[0] >= 44
    assert count_escalated(people.ORDINARY_SEEN)[0] <= 11


@pytest.mark.parametrize(
    ("complaint", "ordinary"),
    [
        ("anh Tuấn cảnh sát vả thằng em tui hai cấy", "cảnh sát giao thông vất vả quá, cảm ơn các anh"),
        ("thượng úy Hiếu đá xe ngã tui xuống mương", "công an xã đá bóng giao hữu chiều nay"),
        (
            "Chồng em bị mời lên xã tối qua, sáng nay về gãy hai cái xương sườn",
            "Mẹ em lên xã làm giấy, về bị xe tông gãy tay",
        ),
        ("em bị giữ trên đồn cả đêm, không cho gọi về nhà", "xe em bị giữ trên đồn, khi mô được lấy"),
        ("tui mới nhắn hôm qua mà sáng nay nhà hắn đã biết tui báo", "em báo tin thì có bị lộ tên em không ạ"),
        ("phải có chút đỉnh mới tìm xe cho tui", "có chút việc muốn hỏi công an xã"),
        ("họ khuyên vợ em rút đơn cho yên chuyện", "vợ chồng em làm lành rồi, cho em rút đơn"),
        ("xe công vụ đi ngược chiều suýt tông con em", "xe tải đi ngược chiều suýt tông vào xe công vụ"),
        ("mấy ông trên xã bao che cho bãi cát", "mấy anh ở xã bên đánh nhau ngoài chợ"),
        ("cô làm căn cước ném hồ sơ ra ngoài bàn", "cô làm căn cước hướng dẫn tận tình"),
        ("mỗi sạp cúng cho tổ tuần tra 50 nghìn một tuần", "thôn mình cúng giỗ tổ mười tám nghìn một suất"),
        ("đi trình báo mà công an không chịu ghi đơn", "công an ơi hắn không chịu ghi giấy nợ cho em"),
        ("xe cát nhà lão Lộc chạy mô ai dám bắt, biếu xén đủ cả", "chó nhà lão Lộc dữ quá, không ai dám bắt"),
        ("sếp nhỏ nhà mình dạo ni giàu ghê", "nhà lão Lộc dạo ni giàu ghê"),
        ("sòng ai cũng biết, chỉ có mấy chú là không biết", "ai mất ví mà mấy chú không thấy ghi tên"),
        ("nộp phạt tại chỗ mà chẳng thấy giấy má gì", "em nộp phạt rồi, cho em hỏi giữ giấy chi"),
        ("anh Hùng công an hay qua nhà bà góa, làng nước bàn tán", "báo công an giúp, làng nước bàn tán hắn bán thuốc"),
        ("nhà nớ có người đỡ đầu trong ngành", "em họ tui làm trong ngành may"),
        ("bị gọi lên rồi bắt nộp tiền", "em lên nộp tiền phạt rồi"),
        ("lo 50 triệu mới được thả", "lo mãi mới được thả cá"),
    ],
)
def test_each_kind_is_escalated_and_similar_text_stays(complaint: str, ordinary: str) -> None:
    """By the text alone, for every label of the classifier."""
    calm = Reading("public_order", 0.9, (("public_order", 0.9),), 1, False, (), ())
    assert detect.detect_complaint(calm, complaint).category == COMPLAINT
    assert detect.detect_complaint(calm, ordinary) is calm


def test_in_danger_only_acts_of_police_are_escalated() -> None:
    danger = Reading("violence", 0.9, (("violence", 0.9),), 3, False, (), ())
    assert detect.detect_complaint(danger, "báo mà công an không chịu xuống, hắn đang phá cửa") is danger
    assert detect.detect_complaint(danger, "hắn đã biết tui báo rồi, đang cầm dao ngoài ngõ") is danger
    assert detect.detect_complaint(danger, "bị gọi lên đồn lấy lời khai, về tím bầm cả người").category == COMPLAINT


def test_texts_without_police_are_escalated_in_private_only() -> None:
    vague = Reading("theft", 0.7, (("theft", 0.7), (COMPLAINT, 0.2)), 1, False, (), ())
    text = "báo mất bò mà nói thôi coi như của đi thay người"
    assert detect.detect_complaint(vague, text, private=True).category == COMPLAINT
    assert detect.detect_complaint(vague, text) is vague, "in a group, or beside a case of theirs"
    assert detect.detect_complaint(vague, "mất bò rồi", private=True) is vague, "a few words contain no information"
    talk = Reading("other", 0.7, (("other", 0.7), (COMPLAINT, 0.2)), 0, False, (), ())
    assert detect.detect_complaint(talk, text, private=True) is talk


def test_several_messages_together_name_the_culprit() -> None:
    scam = Reading("scam", 0.9, (("scam", 0.9),), 1, False, (), ())
    together = "cái anh Dũng bên công an xã, cầm tiền của em rồi mà chưa xong"
    assert detect.detect_complaint(scam, "cầm tiền của em rồi mà chưa xong") is scam
    assert detect.detect_in_combined(scam, together).category == COMPLAINT
    talk = replace(scam, is_talk=True)
    assert not detect.detect_in_combined(talk, together).is_talk, "a fragment reads like talk, the whole does not"
    assert detect.detect_in_combined(scam, "alo công an xã ơi, thằng Hùng cầm tiền của em rồi mà chưa xong") is scam


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("HURT_IN_CUSTODY", "Chồng em bị mời lên xã tối qua, sáng nay về gãy hai cái xương sườn"),
        ("HELD_IN_CUSTODY", "em bị giữ trên đồn cả đêm, không cho gọi về nhà"),
        ("REPROACH", "tui mới nhắn hôm qua mà sáng nay nhà hắn đã biết tui báo"),
        ("PAID_SOLUTION", "phải có chút đỉnh mới tìm xe cho tui"),
        ("PRESSED", "họ khuyên vợ em rút đơn cho yên chuyện"),
        ("OFFICIAL_CAR_USE", "xe công vụ đi ngược chiều suýt tông con em"),
        ("NEGLECT", "đi trình báo mà công an không chịu ghi đơn"),
        ("BLIND_EYE", "sòng ai cũng biết, chỉ có mấy chú là không biết"),
        ("GOSSIP", "anh Hùng công an hay qua nhà bà góa, làng nước bàn tán"),
        ("INSIDER", "nhà nớ có người đỡ đầu trong ngành"),
    ],
)
def test_control_without_its_pattern_a_kind_is_missed(monkeypatch: pytest.MonkeyPatch, pattern: str, text: str) -> None:
    monkeypatch.setattr(patterns, pattern, re.compile(r"(?!)"))
    calm = Reading("public_order", 0.9, (("public_order", 0.9),), 1, False, (), ())
    assert detect.detect_complaint(calm, text) is calm


def test_control_without_the_pairs_of_the_mighty(monkeypatch: pytest.MonkeyPatch) -> None:
    calm = Reading("public_order", 0.9, (("public_order", 0.9),), 1, False, (), ())
    monkeypatch.setattr(patterns, "ALLUSION_PAIRS", ())
    for text in ("xe cát nhà lão Lộc chạy mô ai dám bắt, biếu xén đủ cả", "nộp phạt tại chỗ mà chẳng thấy giấy má gì"):
        assert detect.detect_complaint(calm, text) is calm


def test_no_hint_turns_thanks_into_a_complaint() -> None:
    text = "hôm qua mấy anh công an dừng xe tôi rất lịch sự, tôi nộp phạt vui vẻ"
    thanks = Reading("thanks", 0.5, (("thanks", 0.5), (COMPLAINT, 0.3)), 0, False, (), ())
    assert detect.detect_complaint(thanks, text) is thanks
    doubtful = replace(thanks, confidence=0.3)
    assert detect.detect_complaint(doubtful, text).category == COMPLAINT, "sarcasm is close to thanks"


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("mấy anh công an xã hay ăn ở quán em", "nợ 8 triệu"),
        ("có người đòi em 2 triệu mới trả xe", "là anh công an xã"),
        ("hôm qua ở trụ sở công an xã", "họ bắt em quỳ một tiếng"),
    ],
)
def test_case_text_and_next_message_complain_together(before: str, text: str) -> None:
    assert detect.classify_combined(before, text, _reader.understand) is not None
    assert detect.classify_combined(text, "cảm ơn các anh", _reader.understand) is None


def test_it_was_the_beginning_or_a_separate_case() -> None:
    assert detect.is_start_of_complaint("hôm qua ở trụ sở công an xã", "họ bắt em quỳ", 1), "mentions police"
    assert not detect.is_start_of_complaint("công an xã có xuống rồi mà chồng em vẫn đánh em", "họ chỉ uống trà", 2), (
        "today"
    )
    assert detect.is_start_of_complaint("có người sờ soạng em", "là anh công an xã đó", 2), (
        "names a person, and no more"
    )
    for text in (
        "nó xưng là công an xã",
        "nhờ công an xã xuống",
        "là thằng Quý, công an xã hỏi cả buổi chiều mà nó chối",
    ):
        assert not detect.is_start_of_complaint("có người đòi em 2 triệu", text, 1), text


def test_control_without_culprit_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "CULPRIT_BEFORE", re.compile(r"(?!)"))
    assert not detect.is_start_of_complaint("có người sờ soạng em", "là anh công an xã đó", 2)


def test_in_danger_and_after_an_earlier_complaint_nothing_is_joined() -> None:
    danger = Reading("violence", 0.9, (("violence", 0.9),), 3, False, (), ())
    assert (
        detect.detect_across_messages(danger, "mấy anh công an xã hay ăn ở quán em", "nợ 8 triệu", _reader.understand)
        is danger
    )
    calm = Reading("other", 0.5, (("other", 0.5),), 0, False, (), ())
    before = "công an xã nhận tiền của chủ sòng"  # any handler of complaints can make it a case again
    assert detect.detect_across_messages(calm, before, "ở sau chợ", _reader.understand) is calm
