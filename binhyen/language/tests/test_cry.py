"""A cry of a word or two opens a case at once; the same word in other company does not."""

import unicodedata

import pytest

from binhyen.kit.text import fold
from binhyen.language.classify import Classifier
from binhyen.language.classify.cry import UNTOLD
from binhyen.language.reader import Reader

READER = Reader()
CRIES = (
    "cứu", "cuu", "CỨU!!!", "cuu toi voi", "help", "HELP ME", "SOS 🆘", "🆘", "cứuuuuu", "cuu cuu cuu", "cíu em với",
    "cứu vợ tôi với", "bớ làng nước ơi cướp", "cháy!!!", "gọi 113 giùm", "cứu 🙏", "làm ơn cứu", "cứu em ở cầu Phủ",
)  # fmt: skip


@pytest.mark.parametrize("text", CRIES)
def test_a_cry_is_urgent(text: str) -> None:
    for written in (text, unicodedata.normalize("NFD", text), fold(text), text.upper()):
        found = READER.understand(written)
        assert found.urgency == 3 and found.category not in ("other", "thanks"), written
        assert found.reasons[0].startswith("khẩn: «") and found.reasons[1] == UNTOLD


@pytest.mark.parametrize(
    "text",
    [
        "cứu net", "cứu trợ", "giải cứu dưa hấu", "cứu bồ tí đi", "con cừu", "Cửu ở đây", "hội cựu học sinh", "tra cứu hồ sơ",
        "cướp vợ", "cứu em với haha", "cứu 😂", "helper", "chào", "ở đây", "em ơi", "", "🙂",
    ],
)  # fmt: skip
def test_other_company_makes_it_no_cry(text: str) -> None:
    assert READER.understand(text).urgency < 3


def test_who_says_where_or_more_is_read_as_ever() -> None:
    assert READER.understand("cháy ở TDP Phú Mậu, Lộc Hà").category == "fire"
    assert READER.understand("0912345678").urgency == 0
    assert UNTOLD not in READER.understand("cứu với, nhà bà Tư bốc khói đen, có người kẹt trong đó").reasons


def test_control_the_model_alone_hears_no_cry() -> None:
    alone = Classifier.load()
    assert any(alone.classify(text, ()).urgency < 3 for text in CRIES)
