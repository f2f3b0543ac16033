"""Phones, accounts, identity numbers, plates and links in realistic spellings."""

import unicodedata

import pytest

from binhyen.language.entities import extract_entities
from binhyen.language.places.gazetteer import Gazetteer


def extract_norms(text: str, kind: str) -> list[object]:
    return [e.norm for e in extract_entities(text, Gazetteer.load_default()) if e.type == kind]


@pytest.mark.parametrize(
    ("text", "norm"),
    [
        ("gọi 0912.345.678 nhé", "0912345678"),
        ("sdt O912 345 67o", "0912345670"),
        ("+84 912 345 678", "0912345678"),
        ("84912345678", "0912345678"),
        ("(0239) 3.855.123", "02393855123"),
        ("zalo 0 9 3 3 – 1 2 3 – 4 5 6", "0933123456"),
        ("không chín một hai ba bốn năm sáu bảy tám", "0912345678"),
        ("0912z345z678", "0912345678"),
        ("0912\u200b345678", "0912345678"),
        ("０９１２３４５６７８", "0912345678"),
        ("0393 855 123", "0393855123"),
    ],
)
def test_a_phone_in_any_format_has_one_value(text: str, norm: str) -> None:
    assert extract_norms(text, "PHONE") == [norm]


@pytest.mark.parametrize("text", ["gọi 113 ngay", "ngày 09.12.2026 10 người", "0927 888 9xx", "mất 0 đồng", "24/7"])
def test_numbers_that_are_no_phone(text: str) -> None:
    assert extract_norms(text, "PHONE") == []


def test_two_phones_side_by_side_stay_two() -> None:
    assert extract_norms("0987654321 0911222333", "PHONE") == ["0987654321", "0911222333"]


def test_the_cue_distinguishes_an_account_from_a_phone() -> None:
    text = "stk 0912345678 mb bank, sđt 0987654321"
    assert extract_norms(text, "BANK_ACCOUNT") == ["0912345678"]
    assert extract_norms(text, "PHONE") == ["0987654321"]


@pytest.mark.parametrize(
    ("text", "norm"),
    [
        ("chuyển vào 1017 654 321 vcb", "1017654321"),
        ("STK: 19036688888012 Techcombank", "19036688888012"),
        ("tài khoản momo 0912345678", "0912345678"),
        ("bà con đừng chuyển vào 0451000123456", "0451000123456"),
    ],
)
def test_accounts(text: str, norm: str) -> None:
    assert extract_norms(text, "BANK_ACCOUNT") == [norm]


@pytest.mark.parametrize(
    ("text", "norm"),
    [
        ("cccd số 042 095 001 234", "042095001234"),
        ("042095001234", "042095001234"),
        ("thẻ bhyt HT4 42 42 212 34567", "HT4424221234567"),
        ("mã hồ sơ H27.15.22-240701-0012", "H2715222407010012"),
        ("tàu cá ht-96679-ts", "HT96679TS"),
        ("hộ chiếu C3456789", "C3456789"),
    ],
)
def test_identity_numbers(text: str, norm: str) -> None:
    assert extract_norms(text, "ID_NUMBER") == [norm]


@pytest.mark.parametrize(
    ("text", "norm"),
    [
        ("xe 38A-123.45", "38A12345"),
        ("bks 38n112345", "38N112345"),
        ("biển 38 H1 - 234 56", "38H123456"),
        ("38MĐ1-123.45", "38MĐ112345"),
        ("38A-l23.45", "38A12345"),
        ("37H 1234", "37H1234"),
        ("xe NG 41-123-45 bỏ chạy", "NG4112345"),
        ("xe ng 41-123-45", "NG4112345"),
        ("xe biển 80-041-NN-12", "80041NN12"),
    ],
)
def test_plates(text: str, norm: str) -> None:
    assert extract_norms(text, "PLATE") == [norm]


@pytest.mark.parametrize(
    "text", ["mấy ng 20-100-30", "lúc 19h30 15/3", "mất 50k 12345", "20tr 5000", "ngày 20h 12 345"]
)
def test_hours_and_amounts_are_no_plates(text: str) -> None:
    assert extract_norms(text, "PLATE") == []


@pytest.mark.parametrize(
    ("text", "norm"),
    [
        ("HTTP://Shopee-Quatang.XYZ/nhan?code=12", "shopee-quatang.xyz/nhan?code=12"),
        ("hxxps://vneid-update[.]com/login", "vneid-update.com/login"),
        ("vietcombank chấm com", "vietcombank.com"),
        ("dichvucong[.]gov-vn[.]info/dangnhap", "dichvucong.gov-vn.info/dangnhap"),
        ("quatangxuan . vip", "quatangxuan.vip"),
        ("abc (chấm) com (chấm) vn", "abc.com.vn"),
        ("t . me / nhomkiemtien", "t.me/nhomkiemtien"),
        ("w w w . vay-tien . com", "www.vay-tien.com"),
        ("dichvucong . hatinh . gov . vn", "dichvucong.hatinh.gov.vn"),
        ("xem bit.ly/3xYz.", "bit.ly/3xyz"),
        ("http://103.12.3.4/abc", "103.12.3.4/abc"),
        ("zalo.me/0912345678", "zalo.me/0912345678"),
    ],
)
def test_links_with_the_tricks_undone(text: str, norm: str) -> None:
    assert extract_norms(text, "URL") == [norm]
    assert extract_norms(text, "PHONE") == []


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    ("text", "norm"),
    [
        ("vào https://vietcọmbank.com.vn/login nhé", "vietcọmbank.com.vn/login"),
        ("vietcọmbank.com.vn", "vietcọmbank.com.vn"),
        ("vietco\u0323mbank chấm com", "vietcọmbank.com"),
        ("vietcom\u0308bank.com.vn", "vietcom\u0308bank.com.vn"),  # no letter of any alphabet
        ("dịchvucong[.]gov[.]vn", "dịchvucong.gov.vn"),
        ("https://dichvucong.gov.vn@evil.com/x", "evil.com/x"),
        ("hxxps://dichvucong.gov.vn:80@evil.com", "evil.com"),
        ("dichvucong.gov.vn@evil.com/x", "evil.com/x"),
        ("https://dichvucong.gov.vn\u3002evil.com", "dichvucong.gov.vn.evil.com"),
        ("https://gov.vn/a@evil.com", "gov.vn/a@evil.com"),  # here it is only a path
        ("xem vietcomb\u0430nk.com đi", "vietcomb\u0430nk.com"),  # a Cyrillic letter
        (
            "https://\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444/x",
            "\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444/x",
        ),
        ("\uff56\uff43\uff42\uff0e\uff43\uff4f\uff4d", "vcb.com"),  # full-width letters lead to the same host
    ],
)
def test_a_link_that_looks_like_another_is_not_the_other(text: str, norm: str, form: str) -> None:
    written = unicodedata.normalize(form, text)
    (link,) = (e for e in extract_entities(written, Gazetteer.load_default()) if e.type == "URL")
    assert link.norm == norm and written[link.start : link.end] == link.text
    assert link.text in written.split() or "chấm" in text


@pytest.mark.parametrize(
    "text",
    [
        "1.gọi ai\n2.ly do la chi",
        "3.la",
        "trang 2.com",
        "dichvucong.gov.vn@evil.com",
        "mail abc@gmail.com",
        "đi rồi.me gọi",
        "xong. com chưa",
        "dấu chấm hỏi",
    ],
)
def test_texts_that_are_no_link(text: str) -> None:
    assert extract_norms(text, "URL") == []


@pytest.mark.parametrize(
    ("text", "kind", "wanted"),
    [
        ("xe quân đội TM-12-34 chạy ẩu", "PLATE", ["TM1234"]),
        ("họp từ 12-13 giờ, quán TM 12-34", "PLATE", []),
        ("thẻ 9704 3601 2345 6789", "BANK_ACCOUNT", ["9704360123456789"]),
        ("tài khoản số 3713 205 009 881 agribank", "BANK_ACCOUNT", ["3713205009881"]),
        ("chuyển nhầm qua zalopay 0902 118 733 450.000", "MONEY", [450000]),
        ("mất bốn triệu chín trăm", "MONEY", [4900000]),
        ("một triệu hai trăm người", "MONEY", [1000000]),
        ("bị lừa 3 nghìn tỷ", "MONEY", [3 * 10**12]),
        ("hai nghìn năm trăm tỷ đồng", "MONEY", [25 * 10**11]),
        ("50 nghìn 2 tỷ", "MONEY", [50_000, 2 * 10**9]),
        ("mất hai trăm rưỡi triệu", "MONEY", [250_000_000]),
        ("mất 2 trăm rưỡi triệu", "MONEY", [250_000_000]),
        ("nộp phạt hai trăm rưỡi", "MONEY", [250_000]),
        ("no lay hai cu ruoi", "MONEY", [2_500_000]),
        ("ba cu ngoi choi", "MONEY", []),
        ("mất năm triệu không trăm linh năm nghìn", "MONEY", [5_005_000]),
        ("mat nam trieu khong tram linh nam nghin", "MONEY", [5_005_000]),
        ("một tỷ không trăm năm mươi triệu", "MONEY", [1_050_000_000]),
        ("mất hai triệu lẻ năm nghìn", "MONEY", [2_005_000]),
        ("mất 2 triệu không đủ trả", "MONEY", [2_000_000]),
        ("không trăm đồng", "MONEY", []),
        ("ví có mấy tờ 500", "MONEY", [500000]),
        ("link dichvucong(.)me", "URL", ["dichvucong.me"]),
    ],
)
def test_numbers_in_rarer_writings(text: str, kind: str, wanted: list[object]) -> None:
    assert extract_norms(text, kind) == wanted
