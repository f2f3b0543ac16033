"""Moderation flags of group posts, each with its negative control: a report about a bad thing is not the bad thing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.language import moderation
from binhyen.language.classify.classifier import Classifier, MessageClassification
from binhyen.language.classify.model import LinearModel, load_arrays
from binhyen.language.entities import extract_entities
from binhyen.language.moderation import ABUSE, ADVERT, ANSWERS, BAIT, POST_MODEL_FILE, PRIVATE, moderate
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reader import Reader
from binhyen.language.reading import Entity
from binhyen.language.tokenizer import DATA
from binhyen.language.training import evaluate_sets, posts

CLASSIFIER = Classifier.load()


def make_classified(category: str, sensitive: bool = False) -> MessageClassification:
    return MessageClassification(category, 0.9, ((category, 0.9),), 0, sensitive, ())


def list_flag_kinds(text: str, category: str, *entities: Entity, sensitive: bool = False) -> list[str]:
    return [flag.kind for flag in moderate(text, entities, make_classified(category, sensitive))]


def test_abuse_with_and_without_marks() -> None:
    assert list_flag_kinds("đồ ngu như chó, biến đi", "other") == [ABUSE]
    assert list_flag_kinds("do ngu nhu cho, bien di", "other") == [ABUSE]


@pytest.mark.parametrize("text", ["con lợn nhà em to lớn", "đeo kính vào", "buổi chiều nay họp"])
def test_words_that_only_look_abusive_pass(text: str) -> None:
    assert list_flag_kinds(text, "other") == []


@pytest.mark.parametrize("text", ["chó sủa cả đêm", "Chó nhà ai mà sủa mãi không cho ai ngủ", "đàn cún sủa inh ỏi"])
def test_barking_dogs_are_no_insult(text: str) -> None:
    assert ABUSE not in list_flag_kinds(text, "environment_noise")


@pytest.mark.parametrize("text", ["sủa tiếp đi chó", "mày lại sủa gì đấy"])
def test_a_request_to_bark_is_an_insult(text: str) -> None:
    assert list_flag_kinds(text, "other") == [ABUSE]


def test_words_that_need_their_marks_pass_without_them() -> None:
    assert list_flag_kinds("con lon nha em xong chuong", "lost_item") == []
    assert list_flag_kinds("deo kinh vao", "other") == []


def test_adverts_only_where_the_message_is_one() -> None:
    text = "Thanh lý tủ lạnh, giảm giá, ship tận nhà"
    assert list_flag_kinds(text, "other") == [ADVERT]
    assert list_flag_kinds(text, "theft") == []


def test_bait_links_but_not_warnings_nor_government() -> None:
    link = Entity("URL", "nhanqua.top", 0, 11, "nhanqua.top")
    assert list_flag_kinds("nhanqua.top nhận quà miễn phí", "other", link) == [BAIT]
    assert list_flag_kinds("nhanqua.top nhận quà, cảnh giác bà con", "scam", link) == []
    good = Entity("URL", "dichvucong.gov.vn", 0, 17, "dichvucong.gov.vn")
    assert list_flag_kinds("dichvucong.gov.vn nộp hồ sơ ở đây", "other", good) == []
    fake = Entity("URL", "dichvucong.gov.vn.top", 0, 21, "dichvucong.gov.vn.top")
    assert list_flag_kinds("dichvucong.gov.vn.top vào đây", "other", fake) == [BAIT]


@pytest.mark.parametrize("site", ["youtube.com/watch?v=lu2026", "cskh.npc.com.vn/lich", "baohatinh.vn/bao-so-9.html"])
def test_clips_papers_and_notices_are_no_bait_by_themselves(site: str) -> None:
    link = Entity("URL", site, 0, len(site), site)
    assert list_flag_kinds(f"{site} bà con xem nước lên", "other", link) == []
    assert list_flag_kinds(f"{site} nhận quà miễn phí, đăng ký nhận tiền", "other", link) == [BAIT], (
        "with phishing words it does"
    )
    evil = f"{site.replace('/', '.vip/', 1)}"
    assert list_flag_kinds(f"{evil} bà con xem", "other", Entity("URL", evil, 0, len(evil), evil)) == [BAIT]


def test_third_party_data() -> None:
    number = Entity("ID_NUMBER", "042123456789", 0, 12, "042123456789")
    assert list_flag_kinds("042123456789 là của thằng lừa đảo", "public_order", number) == [PRIVATE]
    assert list_flag_kinds("042123456789 em làm rơi căn cước", "lost_item", number) == []
    name, phone = Entity("PERSON", "Hùng", 0, 4, "Hùng"), Entity("PHONE", "0912345678", 5, 15, "0912345678")
    assert list_flag_kinds("Hùng 0912345678 bán ma túy", "drugs_gambling", name, phone, sensitive=True) == [PRIVATE]
    assert PRIVATE not in list_flag_kinds("Hùng 0912345678 cần mua xe", "other", name, phone)


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("cccd của nó 042190001234 ai cần thì lấy", True),
        ("cccd của bố nó 042190001234 làm thủ tục gì ạ", True),
        ("cccd của em trai 042190001234 làm ở đâu ạ", True),
        ("điện thoại của em hỏng, cccd của nó 042190001234 làm ở đâu ạ", True),
        ("cccd 042190001234 làm lại ở đâu ạ", True),
        ("cccd của em 042190001234 sai ngày sinh, làm lại ở đâu ạ", False),
        ("cccd so 042190001234 cua toi sai ngay sinh, lam lai o dau", False),
        ("cccd của mình là: 042190001234, hết hạn thì sao", False),
    ],
)
def test_a_full_number_in_a_question_is_the_writers_own(text: str, flagged: bool) -> None:
    index = text.index("042190001234")
    number = Entity("ID_NUMBER", "042190001234", index, index + 12, "042190001234")
    assert (list_flag_kinds(text, "admin_question", number) == [PRIVATE]) is flagged
    assert list_flag_kinds(text, "found_item", number) == [], "for a lost or found item it may be there"


def test_the_number_of_a_dossier_may_be_asked_about() -> None:
    dossier = Entity("ID_NUMBER", "H27.15", 6, 12, "H2715")
    assert list_flag_kinds("hồ sơ H27.15 xong chưa ạ", "admin_question", dossier) == []
    account = Entity("BANK_ACCOUNT", "1903 668", 4, 12, "1903668")
    assert list_flag_kinds("stk 1903 668 của nó có thật không ạ", "admin_question", account) == [PRIVATE]


@pytest.mark.parametrize(
    "text", ["đ.m thằng mô đổ rác", "đ.m.", "v~l luôn", "v.l thật", "đ*m chúng nó", "c.ặc", "con mẹ mày"]
)
def test_rude_words_with_something_between_their_letters(text: str) -> None:
    assert list_flag_kinds(text, "other") == [ABUSE]


@pytest.mark.parametrize(
    "text",
    [
        "mẹ mày đâu con, về ăn cơm",
        "me may dau con, ve an com",
        "bố mày về chưa con",
        "anh Đ.M. bị tai nạn",
        "Đ.M, sinh 1990",
        "v.v",
        "TP. Vinh",
        "a.b@c.vn",
    ],
)
def test_parents_and_initials_are_not_rude(text: str) -> None:
    assert ABUSE not in list_flag_kinds(text, "other")


def test_a_link_that_only_looks_like_the_government_is_bait() -> None:
    for text in ("https://dichvucong.gov.vn@evil.com/x vào đây", "dichvucong.gọv.vn vào đây"):
        links = [e for e in extract_entities(text, Gazetteer.load_default()) if e.type == "URL"]
        assert list_flag_kinds(text, "other", *links) == [BAIT]


@pytest.mark.parametrize(
    ("text", "category", "flagged"),
    [
        ("chị Lành bị HIV đó, ai mua cháo thì thôi", "other", True),
        ("chi Lanh bi hiv do, ai mua chao thi thoi", "other", True),
        ("ông Lành mắc lao, né ra bà con", "other", True),
        ("anh Lành bị tâm thần bỏ nhà đi, ai thấy báo giúp", "missing_person", False),
        ("chị Lành bị viêm gan, nhà nghèo, mong bà con giúp", "welfare", False),
        ("anh Lành về Lào rồi", "other", False),
    ],
)
def test_an_illness_that_others_shun_beside_any_name(text: str, category: str, flagged: bool) -> None:
    index = text.lower().replace("à", "a").index("lanh" if text.isascii() else "lành".replace("à", "a"))
    name = Entity("PERSON", text[index : index + 4], index, index + 4, "lanh")
    assert (PRIVATE in list_flag_kinds(text, category, name)) is flagged


def test_a_debtors_account_is_no_bait() -> None:
    text = "con Hà vay nóng tui 9 triệu, quỵt nợ luôn, stk 1903668"
    account = Entity("BANK_ACCOUNT", "1903668", text.index("1903668"), len(text), "1903668")
    assert list_flag_kinds(text, "scam", account) == [PRIVATE]
    assert BAIT in list_flag_kinds(text.replace(", quỵt nợ luôn", " là giải ngân"), "scam", account), (
        "without a debt it may count"
    )


def test_where_no_link_is_none_is_spoken_of() -> None:
    answers = [
        f.answer
        for f in moderate("Tuyển cộng tác viên, việc nhẹ lương cao, kiếm tiền online", (), make_classified("other"))
    ]
    assert answers == [moderation.BAIT_WITHOUT_LINK_ANSWER] and "đường dẫn" not in answers[0]
    link = Entity("URL", "nhanqua.top", 0, 11, "nhanqua.top")
    assert [f.answer for f in moderate("nhanqua.top nhận quà miễn phí", (link,), make_classified("other"))] == [
        ANSWERS[BAIT]
    ]


def test_the_quoted_words_are_meaningful_by_themselves() -> None:
    for text in ("mấy ông làm ăn như cức", "mi là đồ con tru"):
        flag = moderate(text, (), make_classified("other"))[0]
        assert not any(f"«{word}»" in flag.why for word in ("như", "mi", "là"))


def test_answers_are_polite_and_every_flag_has_one() -> None:
    flag = moderate("đồ mất dạy", (), make_classified("other"))[0]
    assert flag.answer == ANSWERS[ABUSE]
    assert "mất dạy" in flag.why


def test_the_shipped_reader_and_moderation_fit() -> None:
    text = "Tuyển cộng tác viên chốt đơn, việc nhẹ lương cao, kiếm tiền online"
    assert [f.kind for f in moderate(text, (), CLASSIFIER.classify(text, ()))] == [BAIT]


def measure_flag_shares(folder: str, *, words: bool = True) -> tuple[float, float]:
    """Return the shares rightly and wrongly flagged among untuned posts. `words`: as written, else empty."""
    reader, hits = Reader(), {True: [0, 0], False: [0, 0]}
    for row in evaluate_sets.read_rows_of_set(folder, "moderate"):
        if row.get("half", "measured") != "measured":
            continue
        read = reader.understand(row["text"])
        reading = MessageClassification(
            read.category, read.confidence, read.top, read.urgency, read.sensitive, read.reasons
        )
        count = hits[row["flag"] is not None]
        count[0] += bool(moderate(row["text"] if words else "", read.entities, reading))
        count[1] += 1
    return hits[True][0] / hits[True][1], hits[False][0] / hits[False][1]


def test_measured_posts() -> None:
    right, wrong = measure_flag_shares("dev")
    assert right >= 0.92
    assert wrong <= 0.07  # four of sixty


def test_posts_of_other_authors() -> None:
    right, wrong = measure_flag_shares("blind")
    assert right >= 0.65
    assert wrong <= 0.12


def test_control_the_word_lists_alone_miss_half_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moderation, "classify_post", lambda text: None)
    assert measure_flag_shares("blind")[0] < 0.65


def test_the_floor_can_be_missed() -> None:
    assert measure_flag_shares("dev", words=False)[0] < 0.85, "without the word list the posts must not pass"


def test_learning_again_gives_the_same_file(tmp_path: Path) -> None:
    assert posts.train_post_model(tmp_path).read_bytes() == (DATA / POST_MODEL_FILE).read_bytes()


def test_a_machine_of_other_outputs_is_refused() -> None:
    with pytest.raises(ValueError, match="another version"):
        LinearModel(load_arrays(DATA / POST_MODEL_FILE), ("none", "else"))


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    moderate(text, (), make_classified("other"))
