"""A cry for help of one or two words opens a case at once; the same word in another context does not."""

import unicodedata

import pytest

from binhyen.kit.text import fold_text
from binhyen.language.classify.classifier import Classifier
from binhyen.language.classify.cries_for_help import NO_DETAILS_REASON, classify_cry
from binhyen.language.reader import Reader

READER = Reader()
CRIES = (
    "cứu",
    "cuu",
    "CỨU!!!",
    "cuu toi voi",
    "help",
    "HELP ME",
    "SOS 🆘",
    "🆘",
    "cứuuuuu",
    "cuu cuu cuu",
    "cíu em với",
    "cứu vợ tôi với",
    "bớ làng nước ơi cướp",
    "cháy!!!",
    "gọi 113 giùm",
    "cứu 🙏",
    "làm ơn cứu",
    "cứu em ở cầu Phủ",
)


@pytest.mark.parametrize("text", CRIES)
def test_a_cry_is_urgent(text: str) -> None:
    for written in (text, unicodedata.normalize("NFD", text), fold_text(text), text.upper()):
        reading = READER.understand(written)
        assert reading.urgency == 3 and reading.category not in ("other", "thanks"), written
        assert reading.reasons[0].startswith("khẩn: «") and reading.reasons[1] == NO_DETAILS_REASON


@pytest.mark.parametrize(
    "text",
    [
        "cứu net",
        "cứu trợ",
        "giải cứu dưa hấu",
        "cứu bồ tí đi",
        "con cừu",
        "Cửu ở đây",
        "hội cựu học sinh",
        "tra cứu hồ sơ",
        "cướp vợ",
        "cứu em với haha",
        "cứu 😂",
        "helper",
        "chào",
        "ở đây",
        "em ơi",
        "",
        "🙂",
    ],
)
def test_other_company_makes_it_no_cry(text: str) -> None:
    assert READER.understand(text).urgency < 3


def test_a_cry_with_a_place_or_more_is_read_normally() -> None:
    assert READER.understand("cháy ở TDP Phú Mậu, Lộc Hà").category == "fire"
    assert READER.understand("0912345678").urgency == 0
    assert NO_DETAILS_REASON not in READER.understand("cứu với, nhà bà Tư bốc khói đen, có người kẹt trong đó").reasons


def test_control_the_model_alone_misses_a_cry() -> None:
    alone = Classifier.load()
    assert any(alone.classify(text, ()).urgency < 3 for text in CRIES)


DANGERS = (
    "chìm ghe rồi",
    "nước tới cổ rồi",
    "cây đè người",
    "ghe chìm ngoài sông rồi cứu với",
    "sập nhà rồi mọi người ơi",
    "nước ngập tới nóc rồi",
    "ông ngừng thở rồi",
    "bị điện giật",
    "lật đò ở xã Lộc Hà",
    "chị dâu em treo cổ",
    "cháu uống nhầm thuốc diệt cỏ",
    "nó nhốt em trong phòng",
    "cây đổ đè trúng xe khách",
    "hắn vác rựa qua nhà tui",
    "mẹ em bị trâu húc",
    "tường sập đè thợ xây",
    "thằng con tui đòi chém cả nhà",
)
NO_DANGERS = (
    "nợ nần nước tới cổ",
    "nhà sập giá",
    "chìm trong nợ",
    "bị kẹt xe rồi",
    "cháy túi rồi",
    "có 113",
    "bị cướp vợ",
    "xuống nhà mất rồi",
    "rồi đó nữa",
    "ghe ra sông rồi",
    "vác rựa đi rừng",
    "cây đổ chắn đường thôn",
    "cháu uống thuốc rồi",
    "nhốt gà trong chuồng",
    "mấy đứa chạy xe trước cổng",
    "hàng xóm đánh bạn em",
    "hôm qua em bị rắn cắn",
    "tuần trước nhà sập rồi",
)


@pytest.mark.parametrize("text", DANGERS)
def test_a_danger_in_a_few_words_is_urgent(text: str) -> None:
    for written in (text, unicodedata.normalize("NFD", text), fold_text(text), text.upper()):
        reading = classify_cry(written, READER.understand(written).entities)
        assert reading is not None and reading.urgency == 3, written


@pytest.mark.parametrize("text", NO_DANGERS)
def test_similar_words_are_left_to_the_model(text: str) -> None:
    assert classify_cry(text, READER.understand(text).entities) is None


def test_control_the_model_alone_is_deaf_to_some() -> None:
    alone = Classifier.load()
    assert sum(alone.classify(text, ()).urgency < 3 for text in DANGERS) >= 2
