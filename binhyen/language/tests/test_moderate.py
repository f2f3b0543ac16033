"""Flags of group posts, each with its negative control: a report about a bad thing is not the bad thing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.language import moderate as moderation
from binhyen.language.classify import Classified, Classifier
from binhyen.language.classify.model import Linear, arrays_of
from binhyen.language.classify.posts import FILE
from binhyen.language.moderate import ABUSE, ADVERT, ANSWERS, BAIT, PRIVATE, moderate
from binhyen.language.reader import Reader
from binhyen.language.reading import Entity
from binhyen.language.training import judge, posts
from binhyen.language.words import DATA

CLASSIFIER = Classifier.load()


def as_category(category: str, sensitive: bool = False) -> Classified:
    return Classified(category, 0.9, ((category, 0.9),), 0, sensitive, ())


def kinds(text: str, category: str, *entities: Entity, sensitive: bool = False) -> list[str]:
    return [flag.kind for flag in moderate(text, entities, as_category(category, sensitive))]


def test_abuse_with_and_without_marks() -> None:
    assert kinds("đồ ngu như chó, biến đi", "other") == [ABUSE]
    assert kinds("do ngu nhu cho, bien di", "other") == [ABUSE]


@pytest.mark.parametrize("text", ["con lợn nhà em to lớn", "đeo kính vào", "buổi chiều nay họp", "chó sủa cả đêm"])
def test_words_that_only_look_abusive_pass(text: str) -> None:
    expected = [ABUSE] if "sủa" in text else []
    assert kinds(text, "other") in ([], expected)


def test_words_that_need_their_marks_pass_without_them() -> None:
    assert kinds("con lon nha em xong chuong", "lost_item") == []
    assert kinds("deo kinh vao", "other") == []


def test_adverts_only_where_the_message_is_one() -> None:
    text = "Thanh lý tủ lạnh, giảm giá, ship tận nhà"
    assert kinds(text, "other") == [ADVERT]
    assert kinds(text, "theft") == []


def test_bait_links_but_not_warnings_nor_government() -> None:
    link = Entity("URL", "nhanqua.top", 0, 11, "nhanqua.top")
    assert kinds("nhanqua.top nhận quà miễn phí", "other", link) == [BAIT]
    assert kinds("nhanqua.top nhận quà, cảnh giác bà con", "scam", link) == []
    good = Entity("URL", "dichvucong.gov.vn", 0, 17, "dichvucong.gov.vn")
    assert kinds("dichvucong.gov.vn nộp hồ sơ ở đây", "other", good) == []
    fake = Entity("URL", "dichvucong.gov.vn.top", 0, 21, "dichvucong.gov.vn.top")
    assert kinds("dichvucong.gov.vn.top vào đây", "other", fake) == [BAIT]


def test_third_party_data() -> None:
    number = Entity("ID_NUMBER", "042123456789", 0, 12, "042123456789")
    assert kinds("042123456789 là của thằng lừa đảo", "public_order", number) == [PRIVATE]
    assert kinds("042123456789 em làm rơi căn cước", "lost_item", number) == []
    name, phone = Entity("PERSON", "Hùng", 0, 4, "Hùng"), Entity("PHONE", "0912345678", 5, 15, "0912345678")
    assert kinds("Hùng 0912345678 bán ma túy", "drugs_gambling", name, phone, sensitive=True) == [PRIVATE]
    assert PRIVATE not in kinds("Hùng 0912345678 cần mua xe", "other", name, phone)


def test_answers_are_polite_and_every_flag_has_one() -> None:
    flag = moderate("đồ mất dạy", (), as_category("other"))[0]
    assert flag.answer == ANSWERS[ABUSE]
    assert "mất dạy" in flag.why


def test_the_shipped_reader_and_moderation_fit() -> None:
    text = "Tuyển cộng tác viên chốt đơn, việc nhẹ lương cao, kiếm tiền online"
    assert [f.kind for f in moderate(text, (), CLASSIFIER.classify(text, ()))] == [BAIT]


def shares(folder: str, *, words: bool = True) -> tuple[float, float]:
    """Of posts nobody tuned on: the share rightly flagged and the share wrongly flagged. `words`: as written, else empty."""
    reader, hits = Reader(), {True: [0, 0], False: [0, 0]}
    for row in judge.rows_of(folder, "moderate"):
        if row.get("half", "measured") != "measured":
            continue
        read = reader.understand(row["text"])
        said = Classified(read.category, read.confidence, read.top, read.urgency, read.sensitive, read.reasons)
        count = hits[row["flag"] is not None]
        count[0] += bool(moderate(row["text"] if words else "", read.entities, said))
        count[1] += 1
    return hits[True][0] / hits[True][1], hits[False][0] / hits[False][1]


def test_measured_posts() -> None:
    right, wrong = shares("dev")
    assert right >= 0.92
    assert wrong <= 0.06


def test_posts_of_somebody_else() -> None:
    right, wrong = shares("blind")
    assert right >= 0.65
    assert wrong <= 0.12


def test_control_the_word_lists_alone_miss_half_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moderation, "looks_like", lambda text: None)
    assert shares("blind")[0] < 0.6


def test_the_floor_can_be_missed() -> None:
    assert shares("dev", words=False)[0] < 0.85, "without the words the posts must not pass"


def test_learning_again_gives_the_same_file(tmp_path: Path) -> None:
    assert posts.learn(tmp_path).read_bytes() == (DATA / FILE).read_bytes()


def test_a_machine_of_other_outputs_is_refused() -> None:
    with pytest.raises(ValueError, match="another version"):
        Linear(arrays_of(DATA / FILE), ("none", "else"))


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    moderate(text, (), as_category("other"))
