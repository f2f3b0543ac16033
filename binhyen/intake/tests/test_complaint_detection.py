"""Escalate in doubt: complaints that the classifier misreads, and texts that only mention police."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from binhyen.intake.complaint_detection import detect as upward
from binhyen.intake.complaint_detection import patterns
from binhyen.intake.tests import police_comments
from binhyen.intake.tests.sentences_of_police import COMPLAINTS, ORDINARY
from binhyen.kit.text import fold_text
from binhyen.language.reader import Reader
from binhyen.language.reading import Reading

COMPLAINT = "officer_complaint"
WRITINGS = [str, fold_text]
SOURCE = Path(patterns.__file__).read_text()
_reader = Reader()


def skip_escalation(reading: Reading, text: str) -> Reading:
    """Control: the classifier alone."""
    return reading


def read_text(text: str, rule: Callable[[Reading, str], Reading] = upward.detect_complaint) -> Reading:
    return rule(_reader.understand(text), text)


def list_missed(
    writing: Callable[[str], str], rule: Callable[[Reading, str], Reading] = upward.detect_complaint
) -> list[str]:
    return [text for text in map(writing, COMPLAINTS) if read_text(text, rule).category != COMPLAINT]


def list_raised(writing: Callable[[str], str]) -> list[str]:
    """Return ordinary sentences escalated by the rule that the classifier alone handled correctly."""
    texts = [text for text in map(writing, ORDINARY) if read_text(text, skip_escalation).category != COMPLAINT]
    assert len(texts) > 100
    return [text for text in texts if read_text(text).category == COMPLAINT]


@pytest.mark.parametrize("writing", WRITINGS)
def test_complaints_go_up(writing):
    assert len(set(COMPLAINTS)) >= 120
    assert len(list_missed(writing)) <= 0.05 * len(COMPLAINTS), list_missed(writing)


@pytest.mark.parametrize("writing", WRITINGS)
def test_mere_mentions_of_police_stay(writing):
    assert len(set(ORDINARY)) >= 120
    assert len(list_raised(writing)) <= 0.05 * len(ORDINARY), list_raised(writing)


@pytest.mark.parametrize("writing", WRITINGS)
def test_control_the_reader_alone_misses_many(writing):
    assert len(list_missed(writing, skip_escalation)) > 0.2 * len(COMPLAINTS)


@pytest.mark.parametrize(
    "text",
    [
        "Toản đen công an xã hay đánh bài ăn tiền",  # without «đến công an xã»
        "mua ho so xe cu mat 2 trieu tien ngoai cho cong an",
        "phải có tiền trà nước công an mới làm",
    ],
)
def test_money_beside_the_fee_and_a_nickname_go_up(text: str) -> None:
    assert read_text(text).category == COMPLAINT
    assert read_text("em đến công an xã làm căn cước").category != COMPLAINT


def test_every_row_of_the_table_is_of_use():
    asked = set(re.findall(r"'(\w+)'|\"(\w+)\"", " ".join(re.findall(r"_build_alternatives\(([^)]*)\)", SOURCE))))
    parts = {row["part"] for row in patterns.ROWS}
    assert {a or b for a, b in asked} == parts
    assert [row for row in patterns.ROWS if not row["phrase"] or fold_text(row["phrase"]) != row["phrase"]] == []


def test_a_fake_officer_stays_a_scam():
    for text in ("Có kẻ giả danh công an gọi điện đòi tiền mẹ tôi", "Có người xưng là công an dọa bắt, đòi tiền"):
        assert read_text(text).category == "scam", text


def test_the_reason_is_for_people_and_the_rest_stays():
    text = "CA xã Lộc Hà làm ngơ cho sòng bạc nhà ông Tám"
    plain, up = read_text(text, skip_escalation), read_text(text)
    assert plain.category != COMPLAINT and up.category == COMPLAINT
    assert up.reasons[0].startswith("có thể phản ánh công an") and up.reasons[1:] == plain.reasons
    assert up.sensitive and up.top[0] == (COMPLAINT, up.confidence)
    assert (up.urgency, up.entities) == (plain.urgency, plain.entities)


def test_capitals_are_police_and_the_whole_village_is_not():
    assert read_text("CA xã nhận tiền chủ sòng").category == COMPLAINT
    gift = Reading("other", 0.9, (("other", 0.9), (COMPLAINT, 0.3)), 0, False, (), ())
    assert upward.detect_complaint(gift, "Cả xã nhận tiền cứu trợ bão rồi") is gift


def test_a_hint_removes_no_emergency():
    hint = Reading("violence", 0.6, (("violence", 0.6), (COMPLAINT, 0.3)), 3, False, (), ())
    text = "Anh Dũng công an hay lui tới nhà ông Tám"
    assert upward.detect_complaint(hint, text) is hint
    calm = Reading("violence", 0.6, (("violence", 0.6), (COMPLAINT, 0.3)), 1, False, (), ())
    assert upward.detect_complaint(calm, text).category == COMPLAINT


@pytest.mark.parametrize(
    ("text", "is_complaint"),
    [
        ("bọn công an phường này chỉ giỏi phạt dân", True),
        ("cảnh sát giao thông toàn đứng rình chỗ khuất mà phạt", True),
        ("công an gì mà thấy cướp là trốn", True),
        ("báo rồi mà công an có làm gì đâu, chán", True),
        ("xóm đó bị ép cung mấy người rồi, công an mà thế", True),
        ("công an thay vì giữ yên xóm thì ngồi uống trà", True),
        ("công an bên đó rảnh ghê ha", True),
        ("đi bình thường cũng bị phạt lấy tiền để nhậu chứ công an chi", True),
        ("kiểu ni gọi công an phường xuống làm việc thôi", False),
        ("kêu bố công an tới cũng chẳng làm gì được hắn", False),
        ("công an đem xe chuyên dụng tới kéo kìa", False),
        ("công an bắt được hai đứa trộm chó rồi bà con ơi, hả dạ", False),
        ("thì lại bảo công an đánh người cho coi", False),
        ("lên công an mà giải thích nghe mày", False),
        ("thương mấy anh cảnh sát giao thông đứng nắng", False),
    ],
)
def test_talk_that_names_police_is_a_complaint_only_with_a_reproach(text: str, is_complaint: bool) -> None:
    """Whatever the classifier finds: nearly all written reports that name police complain about them."""
    for category in (COMPLAINT, "public_order"):
        top = ((category, 0.7), ("traffic", 0.2))
        talk = Reading(category, 0.7, top, 1, False, (), (), is_talk=True)
        assert (upward.detect_complaint(talk, text).category == COMPLAINT) is is_complaint
    private = Reading(COMPLAINT, 0.7, ((COMPLAINT, 0.7), ("traffic", 0.2)), 1, False, (), (), is_talk=True)
    assert upward.detect_complaint(private, text, private=True) is private, "in doubt a complaint"


@pytest.mark.parametrize(
    ("text", "is_complaint"),
    [
        ("cảnh sát môi trường đâu rồi nhỉ", False),
        ("hắn còn bày ra nữa thì cứ gọi công an phường xuống là xong ngay", False),
        ("công an phường bỏ đi đâu rồi", True),
        ("hắn còn bày ra nữa thì gọi công an phường xuống cũng không ai tới", True),
    ],
)
def test_a_sure_model_is_not_believed_where_police_is_only_called(text: str, is_complaint: bool) -> None:
    talk = Reading(COMPLAINT, 0.95, ((COMPLAINT, 0.95), ("traffic", 0.03)), 1, False, (), (), is_talk=True)
    assert (upward.detect_complaint(talk, text).category == COMPLAINT) is is_complaint


def test_labels_of_real_comments_are_complete() -> None:
    labels = police_comments.load_labels()
    assert Counter(part for _, part in labels.values()) == {
        "batch 1": 258,
        "batch 2 tuned": 163,
        "batch 2 held back": 145,
    }
    assert {label for label, _ in labels.values()} == {"complaint", "inaction", "none"}
    outcomes = police_comments.count_outcomes(["a comment without a label"])
    assert [sum(counts.values()) for counts in outcomes.values()] == [0, 0, 0]


@pytest.mark.parametrize(
    ("text", "is_complaint"),
    [
        ("mấy ông cảnh sát giao thông đó hèn thật", True),
        ("mấy ông cảnh sát giao thông đó hên thật", False),  # lucky
        ("công an huyện này lười quá", True),
        ("công an huyện này giăng lưới quá đẹp", False),  # a net
        ("người dân chẳng ưa gì công an xã", True),
        ("vừa lòng lắm, đáng đời bọn công an", True),
    ],
)
def test_talk_about_police_is_a_complaint_if_it_is_contempt(text: str, is_complaint: bool) -> None:
    for category in ("other", "thanks"):
        talk = Reading(category, 0.3, ((category, 0.3), (COMPLAINT, 0.1)), 1, False, (), (), is_talk=True)
        assert (upward.detect_complaint(talk, text).category == COMPLAINT) is is_complaint


@pytest.mark.parametrize(("category", "is_complaint"), [("other", False), ("theft", True)])
def test_a_hint_in_a_group_counts_little_where_nothing_is_reported(category: str, is_complaint: bool) -> None:
    text = "công an xã lắp máy ảnh trước nhà tôi"
    post = Reading(category, 0.5, ((category, 0.5), (COMPLAINT, 0.3)), 1, False, (), ())
    assert (upward.detect_complaint(post, text).category == COMPLAINT) is is_complaint
    assert upward.detect_complaint(post, text, private=True).category == COMPLAINT


def test_an_insult_among_thanks_is_a_complaint() -> None:
    thanks = Reading("thanks", 0.7, (("thanks", 0.7), (COMPLAINT, 0.1)), 1, False, (), ())
    assert upward.detect_complaint(thanks, "cảm ơn bọn công an").category == COMPLAINT
    assert upward.detect_complaint(thanks, "cảm ơn các anh công an").category == "thanks"
