"""Stored program texts are shown in the page's language; typed texts stay unchanged."""

import re

import pytest
from django.utils.translation import gettext, override

from binhyen.cases import event_data, message_texts
from binhyen.cases.choices import CATEGORY_LABELS
from binhyen.cases.kinds import all_kinds
from binhyen.channels.texts import WRITTEN
from binhyen.conduct import message_texts as conduct
from binhyen.intake import texts
from binhyen.kit.i18n_markers import LETTERS
from binhyen.language import questions
from binhyen.ui.stored_text_i18n import beginnings, reason, retold, title, titles

CODE = "7K2MQ9RA"
TYPED = "Tổ công tác đã đến, hai bên đã hòa giải tại chỗ."
assert all((questions, texts, conduct, all_kinds()))  # their plural forms count too


@pytest.mark.parametrize("form", sorted(LETTERS))
def test_every_form_is_known_again_and_by_no_other(form: str) -> None:
    values = {name: f"Giá trị {n}" for n, name in enumerate(re.findall(r"\{(\w+)\}", form))}
    with override("en"):
        assert retold(form.format(**values)) == gettext(form).format(**values) != form.format(**values)


def test_letters_read_in_english() -> None:
    with override("en"):
        urgent = retold(message_texts.received(CODE, urgency=3, unit="Công an xã Lộc Hà")).split("\n")
        assert [line[:12] for line in urgent] == ["If life is i", "Công an xã L", "The officers"]
        assert "has received your report. Report number: 7K2M-Q9RA." in urgent[1]
        assert retold(message_texts.asked(CODE, message_texts.ANSWERS[3][1])) == (
            "[7K2M-Q9RA] When did it happen, and is it still going on?"
        )
        assert retold(message_texts.closed(CODE, TYPED) + message_texts.DID_IT_HELP).split("\n") == [
            f"[7K2M-Q9RA] Outcome: {TYPED}",
            "Did this help you? Answer CÓ (yes) or KHÔNG (no). If it is not settled, just write on here.",
        ]
        assert retold("Dạ, bác cho công an biết mất khoảng lúc nào ạ?") == (
            "Please tell the police about when it went missing."
        )


def test_what_an_officer_typed_stays() -> None:
    mixed = f"{message_texts.ANSWERS[1][1]}\n{TYPED}"
    with override("en"):
        assert retold(TYPED) == TYPED
        assert retold(message_texts.answered(CODE, TYPED)) == f"[7K2M-Q9RA] {TYPED}"
        assert retold(message_texts.answered(CODE, mixed)).split("\n") == [
            "[7K2M-Q9RA] The commune police have arrived. Thank you for reporting.", TYPED,
        ]  # fmt: skip
        assert retold(event_data.reopened(TYPED)) == f"Opened again: {TYPED}"


def test_words_with_braces_marks_and_depth_are_only_words() -> None:
    deep = "Mở lại: " * 400 + "xong"
    with override("en"):
        assert retold(message_texts.closed(CODE, "{unit} %s {0}")) == "[7K2M-Q9RA] Outcome: {unit} %s {0}"
        assert retold(deep).startswith("Opened again: ")
        assert retold("") == "" and retold("\n") == "\n"
        endless = "Kết quả: " + "a" * 100_000
        assert retold(endless) == endless, "no form is searched in an unterminated text"


def test_a_letter_that_went_later_reads_in_english_with_its_day() -> None:
    sent = f"{WRITTEN.format(day='02/11/2026')} {message_texts.closed(CODE, TYPED)}"
    with override("en"):
        assert retold(sent) == f"(Written on 02/11/2026) [7K2M-Q9RA] Outcome: {TYPED}"
        assert retold("(nhà bà Nghi) đã xong") == "(nhà bà Nghi) đã xong"
    assert retold(sent) == sent


def test_a_vietnamese_page_says_what_was_kept() -> None:
    sent = message_texts.received(CODE, urgency=3, unit="Công an xã Lộc Hà")
    assert retold(sent) is sent and titles() is str


def test_what_was_cut_says_so_and_what_was_not_does_not() -> None:
    for language in ("vi", "en"):
        with override(language):
            assert beginnings()(("nhà tôi " * 21)[:160]) == ("nhà tôi " * 20).rstrip() + "…"
            assert beginnings()("Có đám đánh nhau") == "Có đám đánh nhau"


def test_titles() -> None:
    with override("en"):
        assert title("Trộm, cướp · TDP Phú Mậu") == "Theft, robbery · TDP Phú Mậu"
        assert title("Trộm, cướp") == "Theft, robbery"
        assert title(event_data.emptied(CATEGORY_LABELS["theft"])) == "Theft, robbery (words deleted)"
        assert title("Tin kín · Ma túy, cờ bạc · Xã Lộc Hà") == "Sealed tips · Drugs, gambling · Xã Lộc Hà"
        assert title("Nhà ông Hai · chuyện cũ") == "Nhà ông Hai · chuyện cũ"
        assert titles() is title


def test_reasons_of_the_reader() -> None:
    told = (
        "trộm cắp, cướp giật: «bẻ khóa»",
        "khẩn, máy học thấy giống tin khẩn: «bẻ khóa»",
        "cùng loại: ví da",
        "cùng màu nâu",
    )
    with override("en"):
        assert [reason(each) for each in told] == [
            "theft, robbery: «bẻ khóa»", "urgent, to the machine it looks like urgent messages: «bẻ khóa»", "same kind: ví da", "same colour brown",
        ]  # fmt: skip
    assert reason(told[0]) == told[0]
