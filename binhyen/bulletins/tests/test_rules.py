"""Rules of bulletins: states, quiet hours, expiry, texts for each medium."""

import datetime as dt

import pytest

from binhyen.bulletins import media_texts, rules
from binhyen.bulletins.digest_rules import DigestFacts, format_digest_text
from binhyen.bulletins.media_texts import BulletinText
from binhyen.bulletins.rules import BulletinAction, BulletinState

TEXT = BulletinText(
    topic="Lừa đảo qua mạng",
    title="Cảnh báo lừa đảo",
    text="CA xã nhắc bà con:\n- Không đọc mã OTP.\nGọi 113 hoặc 0912 345 678 trước 19h30 ngày 5/12. Xem https://a.vn/x",
    unit_name="Công an xã Lộc Hà",
    link="https://a.vn/thong-bao/K7M2-9QXD",
)


def make_local(hour: int, minute: int = 0, day: int = 1) -> dt.datetime:
    return dt.datetime(2026, 12, day, hour, minute, tzinfo=rules.LOCAL_ZONE)


def test_every_state_is_reached_and_ends_by_the_table() -> None:
    reached = set(rules.BULLETIN_TRANSITIONS.values())
    assert reached == set(BulletinState)
    leaving = {state for state, _ in rules.BULLETIN_TRANSITIONS}
    assert leaving == set(BulletinState) - rules.ENDED_STATES
    assert rules.find_next_state("DRAFT", BulletinAction.RELEASE) is None  # never released without approval


@pytest.mark.parametrize(
    ("moment", "is_urgent", "expected"),
    [
        (make_local(10), False, make_local(10)),
        (make_local(21, 59), False, make_local(21, 59)),
        (make_local(22), False, make_local(6, day=2)),
        (make_local(3), False, make_local(6)),
        (make_local(6), False, make_local(6)),
        (make_local(23), True, make_local(23)),
    ],
)
def test_quiet_hours(moment: dt.datetime, is_urgent: bool, expected: dt.datetime) -> None:
    assert rules.defer_past_quiet_hours(moment, is_urgent=is_urgent) == expected


def test_everything_expires() -> None:
    start = make_local(10)
    assert rules.choose_expiry(None, start, is_urgent=False) == start + dt.timedelta(days=30)
    assert rules.choose_expiry(start + dt.timedelta(days=900), start, is_urgent=False) == start + dt.timedelta(days=365)
    assert rules.choose_expiry(start + dt.timedelta(days=30), start, is_urgent=True) == start + dt.timedelta(days=7)


def test_a_group_is_selected_once_and_exceptions_win() -> None:
    containing = {1: (10, frozenset({10, 99})), 2: (11, frozenset({11, 10, 99})), 3: (12, frozenset({12, 99}))}
    assert rules.select_group_ids(containing, [99, 10, 11], []) == {1, 2, 3}
    assert rules.select_group_ids(containing, [99], [10]) == {3}
    assert rules.select_group_ids(containing, [], []) == set()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "không"),
        (5, "năm"),
        (10, "mười"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (105, "một trăm linh năm"),
        (1205, "một nghìn hai trăm linh năm"),
        (2026, "hai nghìn không trăm hai mươi sáu"),
        (1_000_000, "một triệu"),
        (3_000_050_000, "ba tỷ không trăm năm mươi nghìn"),
    ],
)
def test_numbers_are_read_aloud(value: int, expected: str) -> None:
    assert media_texts.spell_number(value) == expected


def test_the_script_spells_out_phones_times_dates_and_abbreviations() -> None:
    script = media_texts.format_loudspeaker_script(TEXT)
    assert "công an xã nhắc bà con" in script and "ô tê pê" in script
    assert "một một ba" in script and "không chín một hai ba bốn năm sáu bảy tám" in script
    assert "mười chín giờ ba mươi phút ngày năm tháng mười hai" in script
    assert "http" not in script and not any(char.isdigit() for char in script)
    assert (
        media_texts.format_loudspeaker_script(
            BulletinText("", "Giảm 50%", "Phí 1.500.000 đ cho 20 km.", "Công an tỉnh", "")
        ).count("một triệu năm trăm nghìn đồng cho hai mươi ki lô mét")
        == 2
    )


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Gió cấp 9-10, giật cấp 12", "Gió cấp chín đến mười, giật cấp mười hai"),  # no date
        ("lễ 30-4, ngày 1-5, 5-12-2026", "lễ ba mươi tháng tư, ngày một tháng năm, năm tháng mười hai năm hai nghìn"),
        ("mưa 100-150 mm, ngập 2,5 m", "mưa một trăm đến một trăm năm mươi mi li mét, ngập hai phẩy năm mét"),
        ("Bước 1: gọi 1900 1234", "Bước một: gọi một chín không không một hai ba bốn"),  # no hour
        ("6h-8h30 ngày 22/11", "sáu giờ đến tám giờ ba mươi phút ngày hai mươi hai tháng mười một"),
        ("giảm 5-10%, 60km/h", "giảm năm đến mười phần trăm, sáu mươi ki lô mét một giờ"),
        ("thôn 1,2,3 trên QL1A", "thôn một,hai,ba trên quốc lộ một A"),
        ("Nghị định 144/2021", "Nghị định một trăm bốn mươi bốn năm hai nghìn không trăm hai mươi mốt"),
    ],
)
def test_ranges_decimals_units_and_codes_are_read_aloud(written: str, spoken: str) -> None:
    text = BulletinText("", written, "x", "", "")
    assert spoken in media_texts.format_spoken_text(text)


@pytest.mark.parametrize(
    ("text", "parts", "is_unicode"),
    [("a" * 160, 1, False), ("a" * 161, 2, False), ("ắ" * 70, 1, True), ("ắ" * 71, 2, True), ("[" * 81, 2, False)],
)
def test_sms_parts(text: str, parts: int, is_unicode: bool) -> None:
    length = media_texts.count_sms_parts(text)
    assert (length.parts, length.is_unicode) == (parts, is_unicode)


def test_a_withdrawal_of_a_child_repeats_nothing() -> None:
    assert TEXT.title in media_texts.format_withdrawal_post(TEXT, "Tin sai.", is_child=False)
    assert TEXT.title not in media_texts.format_withdrawal_post(TEXT, "Đã tìm thấy cháu.", is_child=True)


def test_lists_and_paragraphs() -> None:
    blocks = rules.split_blocks("Một\n- a\n- b\nHai")
    assert [(block.text, block.items) for block in blocks] == [("Một", ()), ("", ("a", "b")), ("Hai", ())]


def test_a_digest_names_each_warning_once() -> None:
    facts = DigestFacts(
        dt.date(2026, 11, 23), "xã Lộc Hà", {}, {}, ["Cảnh giác lừa đảo", "Mưa bão", "Cảnh giác lừa đảo"]
    )
    assert format_digest_text(facts).count("- Cảnh giác lừa đảo") == 1 == format_digest_text(facts).count("- Mưa bão")
