"""Short messages are understood completely or not at all: a status question, a short answer, a call. Each also without
diacritics.

The sentences were written before the table.
"""

import unicodedata
from collections.abc import Iterator

import pytest

from binhyen.kit.text import fold
from binhyen.language.classify.short_replies import CALLED, Reply, asks, objects, reply, thanks
from binhyen.language.lexicon import FOLDER, expand
from binhyen.language.reader import Reader
from binhyen.language.tests.sentences_of_asking import BLAME, PURE
from binhyen.language.tokenizer import read_table

READER = Reader()
AMBIGUOUS = {"đơn của tôi các anh ém đến đâu rồi"}  # without diacritics: «em»
PRONOUNS = {"co bac", "em vu", "cac anh em don", "may anh em don"}  # without diacritics
ANSWERS: dict[Reply | None, list[str]] = {
    Reply.YES: [
        "có", "Có ạ", "Có, cảm ơn các anh", "được ạ", "rồi ạ", "dạ có giúp được ạ", "yes", "Dạ có", "dạ được rồi ạ",
        "vâng có ạ", "CÓ", "có giúp nhiều lắm em cảm ơn", "xong rồi ạ", "có anh ạ", "tốt lắm ạ",
        "dạ xong rồi, cảm ơn công an xã", "hài lòng ạ", "có 👍",
    ],
    Reply.ASSENT: [
        "dạ", "vâng ạ", "ok", "ok anh", "👍", "dạ vâng", "Ok ạ 😊", "em rõ rồi ạ", "vâng anh", "okie", "/-strong", "ừ",
    ],
    Reply.KIND: [
        "❤️", "cảm ơn các anh", "dạ em cảm ơn", "🙏🙏", "Cảm ơn công an xã nhiều ạ", "không có gì ạ", "thank you", "😊",
        "nhiệt tình quá", "🌹", "chúc các anh sức khỏe", ":)", "/-heart", "vâng, cảm ơn anh", "không sao ạ",
    ],
    Reply.NO: [
        "không", "KHÔNG ạ", "dạ không", "dạ chưa ạ", "không giúp được gì", "ko", "👎", "không, cảm ơn", "chưa anh ạ",
        "dạ thưa không",
    ],
    None: [
        "chưa xong, nó lại đánh", "vẫn chưa thấy ai xuống", "chưa xong", "chưa được ạ", "được chưa", "ko, vẫn ồn lắm",
        "có, nhưng nó lại đến", "cảm ơn nhưng họ lại hát rồi", "không được", "có người đánh nhau", "hôm nay lại ồn",
        "ok nhưng vẫn ồn", "không hài lòng", "rồi nó lại chửi", "có kẻ trộm", "xe vẫn mất", "có ai xuống không",
        "ồn", "có cháy", "rồi nó đánh", "ok nó đang tới", "dạ nó đập cửa", "vâng có người bị thương", "mất rồi", "không thở được",
        "có máu", "được thả rồi", "chưa ai xuống", "đau lắm", "vẫn vậy", "như cũ", "",
    ],
}  # fmt: skip


def written(text: str) -> Iterator[str]:
    yield from (text, fold(text), text.upper(), unicodedata.normalize("NFD", text))


def asked(text: str) -> bool:
    return asks(text, READER.understand(text))


def test_there_are_enough_of_each() -> None:
    assert min(len(set(PURE)), len(set(BLAME))) >= 60


@pytest.mark.parametrize("text", PURE)
def test_a_mere_question_is_one(text: str) -> None:
    assert [one for one in written(text) if not asked(one)] == []


@pytest.mark.parametrize("text", BLAME)
def test_what_blames_somebody_is_no_mere_question(text: str) -> None:
    assert [one for one in written(text) if asked(one) and not (text in AMBIGUOUS and fold(one) in one.lower())] == []


@pytest.mark.parametrize("form", ["công an {} giải quyết chưa", "các anh {} sao rồi ạ", "vụ của tôi {} đến đâu rồi"])
def test_no_deed_of_police_is_among_its_words(form: str) -> None:
    rows = [
        row for row in read_table(FOLDER / "police.tsv") if row["part"] in ("hit", "money", "shield", "buried", "paid")
    ]
    deeds = [" ".join(words).replace(" #", " 2") for row in rows for words in expand(row["phrase"])]
    assert len(deeds) > 100 and {deed for deed in deeds if asked(form.format(deed))} <= PRONOUNS


@pytest.mark.parametrize(
    "text",
    [
        "cháy ở chợ Nghèn, các anh tới chưa", "nó đánh em, các anh xử lý chưa", "có tai nạn ở cầu, giải quyết chưa",
        "cứu em với, sao rồi", "con tôi mất tích rồi, các anh tìm được chưa",
    ],
)  # fmt: skip
def test_danger_is_no_question(text: str) -> None:
    for one in written(text):
        assert not asked(one) or READER.understand(one).urgency < 3, one


@pytest.mark.parametrize(("text", "meant"), [(text, meant) for meant, said in ANSWERS.items() for text in said])
def test_a_short_answer(text: str, meant: Reply | None) -> None:
    assert {reply(one) for one in written(text)} == {meant}


@pytest.mark.parametrize(
    "text",
    [
        "alo công an ơi", "alo", "công an ơi", "Anh ơi cho em hỏi chút", "alooo có ai không ạ", "cán bộ ơi em cần báo tin",
        "dạ alo các anh ơi", "alo anh công an ơi", "Công an xã ơi tôi muốn báo",
    ],
)  # fmt: skip
def test_a_bare_call_is_no_danger(text: str) -> None:
    for one in written(text):
        found = READER.understand(one)
        assert (found.category, found.urgency, found.reasons) == ("other", 0, (CALLED,)), one


@pytest.mark.parametrize(
    "text",
    [
        "cứu",
        "cứu với",
        "cứu em",
        "alo công an ơi cứu em",
        "công an ơi giúp em với",
        "công an ơi đánh nhau",
        "công an ơi cháy",
    ],
)
def test_a_word_of_distress_is_no_bare_call(text: str) -> None:
    assert [one for one in written(text) if READER.understand(one).urgency < 3] == []


def test_thanks_that_go_on_with_but() -> None:
    for text in ("cảm ơn nhưng họ lại hát rồi", "hôm nay lại ồn", "không hài lòng", "cảm ơn, vẫn chưa thấy gì"):
        assert all(map(objects, written(text))), text
    for text in ("cảm ơn công an, xe tìm thấy rồi", "hết ồn rồi", "đã lấy lại được xe, cảm ơn", "không còn ồn nữa"):
        assert not any(map(objects, written(text))), text


def test_a_word_whose_marks_decide_must_have_them() -> None:
    assert (reply("ổn rồi anh"), reply("on roi anh")) == (Reply.YES, None), "«ồn rồi» is news"
    assert thanks("có, chúng tôi rất biết ơn") is Reply.YES and thanks("biết ơn các chú lắm") is Reply.KIND
    assert thanks("có, nhưng họ lại hát rồi") is None


def test_every_row_of_the_table_is_of_use() -> None:
    parts = {row["part"] for row in read_table(FOLDER / "brief.tsv")}
    assert parts == {
        "polite", "call", "yes", "no", "assent", "thanks", "ask", "done", "end", "about", "matter", "police", "but", "well",
    }  # fmt: skip
    assert all(row["phrase"] for row in read_table(FOLDER / "brief.tsv"))
