"""A plate whose letter is spelled by name and an e-mail address with spelled-out signs; written before the rules
covered them."""

import pytest

from binhyen.channels.dlp import identifiers
from binhyen.channels.dlp.detectors import FindingKind, check_text

PLATES = [
    "biển ba tám en một hai ba bốn năm sáu",
    "ai thấy xe 38 en 1 23456 thì nhớ giùm",
    "xe mang biển ba bảy pê một bốn năm sáu bảy tám",
    "BIỂN BA TÁM TÊ KHÔNG MỘT HAI BA BỐN",
    "biển 38 vê 1 234.56 vừa chạy qua",
    "con xe ba tám giê hai một ba năm bảy chín",
    "biển số 38 xê 123.45 màu trắng",
    "bien ba tam en hai chin bay sau bon mot",
    "biển 38 hát một 23456",
]
BOXES = [
    "anhba [at] gmail [dot] com",
    "anhba(at)gmail(dot)com",
    "gửi về tin.bao {at} yahoo {dot} com.vn",
    "anhba <at> gmail <dot> com",
    "anhba (a còng) gmail (chấm) com",
    "anhba [a cong] gmail [cham] com",
    "anhba @ gmail chấm com",
    "anhba a móc gmail chấm com",
    "anhba.gmail.com@outlook . com",
]
HARMLESS = [
    "Chuyến 15 về 17 30, chuyến 20 về 22 15.",
    "Bán 15 vé 20.000 đồng một vé.",
    "Lớp có 28 em, 10 em nhận quà, 12 em nhận vở.",
    "Ngày 15 ca 2 có 1 200 lượt người qua chốt.",
    "Trực 24 ca, mỗi ca 2 3 người.",
    "Đoạn km 38 tê liệt vì 12 345 m3 đất sạt.",
    "Đón xe buýt số 10 về 38 thôn trong ngày 12 3 4 5.",
    "Quy trình 12 bước có tại bảng tin [đầu thôn] và [nhà văn hóa].",
    "Họp tại nhà văn hóa (đầu thôn) chấm thi (vòng một) lúc 8 giờ.",
    "Đội bóng thôn thắng 3 - 2, chấm điểm [vòng] hai.",
    "Nộp hồ sơ tại dichvucong.gov.vn hoặc hòm thư của xã.",
    "Giá điện 1 806 đồng, nước 15 pê ống một trăm mét.",
]


@pytest.mark.parametrize(("texts", "kind"), [(PLATES, FindingKind.PLATE), (BOXES, FindingKind.CONTACT)])
def test_spelled_signs_are_held(texts: list[str], kind: FindingKind) -> None:
    assert [text for text in texts if kind not in {mark.kind for mark in check_text(text)}] == []


def test_ordinary_notices_are_not() -> None:
    assert {text: check_text(text) for text in HARMLESS if check_text(text)} == {}


def test_control_a_letter_without_a_name_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identifiers, "_LETTER_NAMES", {})
    with pytest.raises(AssertionError):
        test_spelled_signs_are_held(PLATES, FindingKind.PLATE)
