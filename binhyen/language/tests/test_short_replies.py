"""Short messages are understood completely or not at all: a status question, a short answer, a call. Each also without
diacritics.

The sentences were written before the table.
"""

import unicodedata
from collections.abc import Iterator

import pytest

from binhyen.kit.text import fold_text
from binhyen.language.classify.short_replies import (
    ONLY_CALLED_REASON,
    ShortReply,
    has_objection,
    is_status_question,
    parse_reply,
    parse_thanks,
)
from binhyen.language.lexicon import FOLDER, expand_alternatives
from binhyen.language.reader import Reader
from binhyen.language.tests.sentences_of_asking import BLAME, PURE
from binhyen.language.tokenizer import read_table

READER = Reader()
AMBIGUOUS = {"đơn của tôi các anh ém đến đâu rồi"}  # without diacritics: «em»
PRONOUNS = {"co bac", "em vu", "cac anh em don", "may anh em don"}  # without diacritics
ANSWERS: dict[ShortReply | None, list[str]] = {
    ShortReply.YES: [
        "có",
        "Có ạ",
        "Có, cảm ơn các anh",
        "được ạ",
        "rồi ạ",
        "dạ có giúp được ạ",
        "yes",
        "Dạ có",
        "dạ được rồi ạ",
        "vâng có ạ",
        "CÓ",
        "có giúp nhiều lắm em cảm ơn",
        "xong rồi ạ",
        "có anh ạ",
        "tốt lắm ạ",
        "dạ xong rồi, cảm ơn công an xã",
        "hài lòng ạ",
        "có 👍",
    ],
    ShortReply.ASSENT: [
        "dạ",
        "vâng ạ",
        "ok",
        "ok anh",
        "👍",
        "dạ vâng",
        "Ok ạ 😊",
        "em rõ rồi ạ",
        "vâng anh",
        "okie",
        "/-strong",
        "ừ",
    ],
    ShortReply.KIND: [
        "❤️",
        "cảm ơn các anh",
        "dạ em cảm ơn",
        "🙏🙏",
        "Cảm ơn công an xã nhiều ạ",
        "không có gì ạ",
        "thank you",
        "😊",
        "nhiệt tình quá",
        "🌹",
        "chúc các anh sức khỏe",
        ":)",
        "/-heart",
        "vâng, cảm ơn anh",
        "không sao ạ",
    ],
    ShortReply.NO: [
        "không",
        "KHÔNG ạ",
        "dạ không",
        "dạ chưa ạ",
        "không giúp được gì",
        "ko",
        "👎",
        "không, cảm ơn",
        "chưa anh ạ",
        "dạ thưa không",
    ],
    None: [
        "chưa xong, nó lại đánh",
        "vẫn chưa thấy ai xuống",
        "chưa xong",
        "chưa được ạ",
        "được chưa",
        "ko, vẫn ồn lắm",
        "có, nhưng nó lại đến",
        "cảm ơn nhưng họ lại hát rồi",
        "không được",
        "có người đánh nhau",
        "hôm nay lại ồn",
        "ok nhưng vẫn ồn",
        "không hài lòng",
        "rồi nó lại chửi",
        "có kẻ trộm",
        "xe vẫn mất",
        "có ai xuống không",
        "ồn",
        "có cháy",
        "rồi nó đánh",
        "ok nó đang tới",
        "dạ nó đập cửa",
        "vâng có người bị thương",
        "mất rồi",
        "không thở được",
        "có máu",
        "được thả rồi",
        "chưa ai xuống",
        "đau lắm",
        "vẫn vậy",
        "như cũ",
        "",
    ],
}


def list_spellings(text: str) -> Iterator[str]:
    yield from (text, fold_text(text), text.upper(), unicodedata.normalize("NFD", text))


def asks_for_status(text: str) -> bool:
    return is_status_question(text, READER.understand(text))


def test_there_are_enough_of_each() -> None:
    assert min(len(set(PURE)), len(set(BLAME))) >= 60


@pytest.mark.parametrize("text", PURE)
def test_a_plain_status_question_is_one(text: str) -> None:
    assert [variant for variant in list_spellings(text) if not asks_for_status(variant)] == []


@pytest.mark.parametrize("text", BLAME)
def test_blame_is_no_plain_status_question(text: str) -> None:
    assert [
        variant
        for variant in list_spellings(text)
        if asks_for_status(variant) and not (text in AMBIGUOUS and fold_text(variant) in variant.lower())
    ] == []


@pytest.mark.parametrize("form", ["công an {} giải quyết chưa", "các anh {} sao rồi ạ", "vụ của tôi {} đến đâu rồi"])
def test_no_act_of_police_is_in_its_vocabulary(form: str) -> None:
    rows = [
        row for row in read_table(FOLDER / "police.tsv") if row["part"] in ("hit", "money", "shield", "buried", "paid")
    ]
    deeds = [" ".join(words).replace(" #", " 2") for row in rows for words in expand_alternatives(row["phrase"])]
    assert len(deeds) > 100 and {deed for deed in deeds if asks_for_status(form.format(deed))} <= PRONOUNS


@pytest.mark.parametrize(
    "text",
    [
        "cháy ở chợ Nghèn, các anh tới chưa",
        "nó đánh em, các anh xử lý chưa",
        "có tai nạn ở cầu, giải quyết chưa",
        "cứu em với, sao rồi",
        "con tôi mất tích rồi, các anh tìm được chưa",
    ],
)
def test_danger_is_no_question(text: str) -> None:
    for variant in list_spellings(text):
        assert not asks_for_status(variant) or READER.understand(variant).urgency < 3, variant


@pytest.mark.parametrize(("text", "meant"), [(text, meant) for meant, answers in ANSWERS.items() for text in answers])
def test_a_short_answer(text: str, meant: ShortReply | None) -> None:
    assert {parse_reply(variant) for variant in list_spellings(text)} == {meant}


@pytest.mark.parametrize(
    "text",
    [
        "alo công an ơi",
        "alo",
        "công an ơi",
        "Anh ơi cho em hỏi chút",
        "alooo có ai không ạ",
        "cán bộ ơi em cần báo tin",
        "dạ alo các anh ơi",
        "alo anh công an ơi",
        "Công an xã ơi tôi muốn báo",
    ],
)
def test_a_bare_call_is_no_danger(text: str) -> None:
    for variant in list_spellings(text):
        reading = READER.understand(variant)
        assert (reading.category, reading.urgency, reading.reasons) == ("other", 0, (ONLY_CALLED_REASON,)), variant


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
    assert [variant for variant in list_spellings(text) if READER.understand(variant).urgency < 3] == []


def test_thanks_that_go_on_with_but() -> None:
    for text in ("cảm ơn nhưng họ lại hát rồi", "hôm nay lại ồn", "không hài lòng", "cảm ơn, vẫn chưa thấy gì"):
        assert all(map(has_objection, list_spellings(text))), text
    for text in ("cảm ơn công an, xe tìm thấy rồi", "hết ồn rồi", "đã lấy lại được xe, cảm ơn", "không còn ồn nữa"):
        assert not any(map(has_objection, list_spellings(text))), text


def test_a_word_that_depends_on_marks_must_have_them() -> None:
    assert (parse_reply("ổn rồi anh"), parse_reply("on roi anh")) == (ShortReply.YES, None), "«ồn rồi» is news"
    assert (
        parse_thanks("có, chúng tôi rất biết ơn") is ShortReply.YES
        and parse_thanks("biết ơn các chú lắm") is ShortReply.KIND
    )
    assert parse_thanks("có, nhưng họ lại hát rồi") is None


def test_every_row_of_the_table_is_of_use() -> None:
    parts = {row["part"] for row in read_table(FOLDER / "brief.tsv")}
    assert parts == {
        "polite",
        "call",
        "yes",
        "no",
        "assent",
        "thanks",
        "ask",
        "done",
        "end",
        "about",
        "matter",
        "police",
        "but",
        "well",
    }
    assert all(row["phrase"] for row in read_table(FOLDER / "brief.tsv"))
