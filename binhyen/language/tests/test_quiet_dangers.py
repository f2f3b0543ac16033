"""Test that danger in quiet words rings, and that talk with the same words does not."""

import pytest

from binhyen.language.classify import classifier
from binhyen.language.classify.quiet_dangers import find_quiet_danger, names_quiet_danger
from binhyen.language.reader import Reader
from binhyen.language.reading import DANGER

READER = Reader()
CALM_REPORTS = (
    "nó cứ nằm im không động đậy",
    "ông em nằm im không động đậy gọi không dậy",
    "mẹ tôi gọi mãi không dậy",
    "ba em tê nửa người không nói được",
)
DANGERS = (
    "tự nhiên méo miệng nói ngọng",
    "bà nội đột nhiên nói ngọng",
    "ông em tự dưng tê nửa người",
    "chồng em đang ngồi thì nói đớ, tay không nhấc lên được",
    "tự nhiên mặt mẹ em bị lệch, nói không rõ",
    "con em lay hoài ko tỉnh",
    "ba toi goi hoai khong tinh",
    "thằng bé sốt cao co giật, mắt trợn ngược",
    "bé hóc hạt nhãn tím tái",
    "cháu uống nhầm dầu hỏa",
    "cần máu gấp",
    "can mau gap",
    "sản phụ băng huyết, cần máu nhóm O gấp",
    "tối nay tao đến đốt nhà mày",
    "toi nay tao den dot nha may",
    "nó nhắn tối nay tao sang giết cả nhà mày",
    "mai tao qua đốt nhà mày",
    "tối nay nó sang đốt nhà em",
    "em muốn chết quá…",
    "con không muốn sống nữa",
    "em mệt quá rồi, em chỉ muốn ngủ một giấc không bao giờ dậy nữa",
    "mẹ ơi kiếp sau con lại làm con của mẹ",
    "cả nhà đừng tìm tôi nữa, vĩnh biệt mẹ",
    "em đang đứng trên cầu bến thủy",
    "em uống hết vỉ thuốc ngủ rồi",
    "tôn bay cắt trúng cổ một chú",
    "nước lên nhanh quá, bà em liệt không khiêng đi được",
    "sống làm gì nữa, con đi đây",
)
TALK = (
    "cười chết mất",
    "muốn chết với deadline",
    "em muốn chết với đống bài tập này",
    "mệt muốn chết",
    "trời nóng muốn chết luôn",
    "thi trượt chắc tự tử mất =)))",
    "em muốn chết quá =))",
    "em muốn chết quá vl",
    "toán khó quá em chả muốn sống nữa",
    "phim này nam chính chết đi cho xong",
    "em không muốn chết đâu, chỉ đùa thôi",
    "ăn bún ớt cay méo cả miệng luôn mấy chị",
    "bố em châm cứu hết méo miệng rồi, mừng ghê",
    "giọng ông này nói ngọng nghe buồn cười",
    "dấu hiệu đột quỵ là méo miệng nói ngọng tê nửa người",
    "nhân vật hôn mê ba năm, tỉnh dậy mất trí nhớ",
    "sáng mẹ gọi mãi không dậy, trễ học luôn",
    "ngày hội hiến máu nhân đạo chủ nhật này",
    "co chi noi nang lan lon ngoi o ben xe tu trua, trong nguoi khoe, nho tim nguoi nha",
    "tối nay tao đốt lò nướng cá",
    "mai tao qua đập heo đất của mày",
    "đừng tìm điểm xấu nữa",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, True) for text in CALM_REPORTS),
        ("Bà nội lay thế nào cũng chẳng mở mắt", True),
        ("chuyện này không tính", False),
        ("trẻ con bây giờ không dạy được", False),
        ("gọi điện không ai nghe máy", False),
        ("", False),
    ],
)
def test_signs_of_quiet_danger(text: str, expected: bool) -> None:
    assert names_quiet_danger(text) is expected


def test_quiet_dangers_ring_and_the_same_words_in_jest_do_not() -> None:
    readings = {text: READER.understand(text) for text in (*CALM_REPORTS, *DANGERS)}
    assert {text for text, reading in readings.items() if reading.urgency < DANGER or reading.is_talk} == set()
    assert {text for text in TALK if READER.understand(text).urgency >= DANGER} == set()


@pytest.mark.parametrize(
    "text",
    [
        "đm nó đang chém nhau ngoài chợ",
        "nhà em bị khóa ngoài từ sáng, con em sốt li bì, đéo ai mở cửa",
        "cháy kho vải rồi, mấy đứa nhỏ còn trong vl",
        "hỏi giấy tờ tính sau, giờ nó đang dí điện vào con em",
        "Alo các chú ơi dam chem",
        "Alo các chú ơi ba toi goi hoai khong tinh",
    ],
)
def test_swear_words_and_a_greeting_with_marks_hide_no_danger(text: str) -> None:
    assert READER.understand(text).urgency == DANGER


def test_the_danger_is_quoted_and_gets_a_category() -> None:
    assert find_quiet_danger("tối nay tao đến đốt nhà mày") is not None
    reading = READER.understand("Tối nay tao đến đốt nhà mày")
    assert reading.category == "violence" and reading.learnt_alarm is None
    assert any("Tối nay tao đến đốt nhà" in reason for reason in reading.reasons)


def test_control_without_the_signs_it_is_taken_for_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "names_quiet_danger", lambda text: False)
    monkeypatch.setattr(classifier, "find_quiet_danger", lambda text: None)
    assert READER.understand(CALM_REPORTS[2]).urgency < DANGER
