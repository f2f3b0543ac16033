"""Stored program texts are shown in the page's language; typed texts stay unchanged."""

import re

import pytest
from django.utils.translation import gettext, override

from binhyen.cases import event_data, message_texts
from binhyen.cases.choices import CATEGORY_LABELS
from binhyen.cases.kinds import get_case_kinds
from binhyen.channels.texts import WRITTEN_ON_PREFIX
from binhyen.conduct import message_texts as conduct
from binhyen.intake import texts
from binhyen.kit.i18n_markers import STORED_FORMS
from binhyen.language import questions
from binhyen.ui.stored_text_i18n import (
    beginning_translator,
    title_translator,
    translate_reason,
    translate_stored,
    translate_title,
)

CODE = "7K2MQ9RA"
TYPED = "Tổ công tác đã đến, hai bên đã hòa giải tại chỗ."
assert all((questions, texts, conduct, get_case_kinds()))  # their plural forms count too


@pytest.mark.parametrize("form", sorted(STORED_FORMS))
def test_every_form_is_known_again_and_by_no_other(form: str) -> None:
    values = {name: f"Giá trị {n}" for n, name in enumerate(re.findall(r"\{(\w+)\}", form))}
    with override("en"):
        assert translate_stored(form.format(**values)) == gettext(form).format(**values) != form.format(**values)


def test_letters_read_in_english() -> None:
    with override("en"):
        urgent = translate_stored(message_texts.format_case_receipt(CODE, urgency=3, unit="Công an xã Lộc Hà")).split(
            "\n"
        )
        assert [line[:12] for line in urgent] == ["If life is i", "Công an xã L", "The officers"]
        assert "has received your report. Report number: 7K2M-Q9RA." in urgent[1]
        assert translate_stored(message_texts.format_question(CODE, message_texts.QUICK_REPLIES[3][1])) == (
            "[7K2M-Q9RA] When did it happen, and is it still going on?"
        )
        assert translate_stored(message_texts.format_result(CODE, TYPED) + message_texts.DID_IT_HELP).split("\n") == [
            f"[7K2M-Q9RA] Outcome: {TYPED}",
            "Did this help you? Answer CÓ (yes) or KHÔNG (no). If it is not settled, just write on here.",
        ]
        assert translate_stored("Dạ, bác cho công an biết mất khoảng lúc nào ạ?") == (
            "Please tell the police about when it went missing."
        )


def test_text_typed_by_an_officer_stays() -> None:
    mixed = f"{message_texts.QUICK_REPLIES[1][1]}\n{TYPED}"
    with override("en"):
        assert translate_stored(TYPED) == TYPED
        assert translate_stored(message_texts.format_case_answer(CODE, TYPED)) == f"[7K2M-Q9RA] {TYPED}"
        assert translate_stored(message_texts.format_case_answer(CODE, mixed)).split("\n") == [
            "[7K2M-Q9RA] The commune police have arrived. Thank you for reporting.",
            TYPED,
        ]
        assert translate_stored(event_data.format_reopening_note(TYPED)) == f"Opened again: {TYPED}"


def test_text_with_braces_marks_and_depth_is_only_text() -> None:
    deep = "Mở lại: " * 400 + "xong"
    with override("en"):
        assert (
            translate_stored(message_texts.format_result(CODE, "{unit} %s {0}")) == "[7K2M-Q9RA] Outcome: {unit} %s {0}"
        )
        assert translate_stored(deep).startswith("Opened again: ")
        assert translate_stored("") == "" and translate_stored("\n") == "\n"
        endless = "Kết quả: " + "a" * 100_000
        assert translate_stored(endless) == endless, "no form is searched in an unterminated text"


def test_a_message_sent_later_reads_in_english_with_its_day() -> None:
    sent = f"{WRITTEN_ON_PREFIX.format(day='02/11/2026')} {message_texts.format_result(CODE, TYPED)}"
    with override("en"):
        assert translate_stored(sent) == f"(Written on 02/11/2026) [7K2M-Q9RA] Outcome: {TYPED}"
        assert translate_stored("(nhà bà Nghi) đã xong") == "(nhà bà Nghi) đã xong"
    assert translate_stored(sent) == sent


def test_a_vietnamese_page_shows_the_stored_text() -> None:
    sent = message_texts.format_case_receipt(CODE, urgency=3, unit="Công an xã Lộc Hà")
    assert translate_stored(sent) is sent and title_translator() is str


def test_truncated_texts_are_marked() -> None:
    for language in ("vi", "en"):
        with override(language):
            assert beginning_translator()(("nhà tôi " * 21)[:160]) == ("nhà tôi " * 20).rstrip() + "…"
            assert beginning_translator()("Có đám đánh nhau") == "Có đám đánh nhau"


def test_titles() -> None:
    with override("en"):
        assert translate_title("Trộm, cướp · TDP Phú Mậu") == "Theft, robbery · TDP Phú Mậu"
        assert translate_title("Trộm, cướp") == "Theft, robbery"
        assert (
            translate_title(event_data.format_erased_title(CATEGORY_LABELS["theft"]))
            == "Theft, robbery (words deleted)"
        )
        assert translate_title("Tin kín · Ma túy, cờ bạc · Xã Lộc Hà") == "Sealed tips · Drugs, gambling · Xã Lộc Hà"
        assert translate_title("Nhà ông Hai · chuyện cũ") == "Nhà ông Hai · chuyện cũ"
        assert title_translator() is translate_title


def test_reasons_of_the_reader() -> None:
    details = (
        "trộm cắp, cướp giật: «bẻ khóa»",
        "khẩn, máy học thấy giống tin khẩn: «bẻ khóa»",
        "cùng loại: ví da",
        "cùng màu nâu",
    )
    with override("en"):
        assert [translate_reason(entry) for entry in details] == [
            "theft, robbery: «bẻ khóa»",
            "urgent, to the machine it looks like urgent messages: «bẻ khóa»",
            "same kind: ví da",
            "same colour brown",
        ]
    assert translate_reason(details[0]) == details[0]
