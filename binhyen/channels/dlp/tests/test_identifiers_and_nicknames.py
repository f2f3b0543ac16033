"""Nicknames, partial plates, a child by its parent's trade, relatives of a suspect: held; similar
harmless texts pass."""

import re
from typing import Any

import pytest

from binhyen.channels.dlp import detectors, identifiers, person_names, reporter_references, vulnerable_people
from binhyen.channels.dlp.detectors import FindingKind, check_text
from binhyen.channels.dlp.tests import people_and_cars as samples


def count_held(texts: list[str]) -> int:
    return sum(bool(check_text(text)) for text in texts)


def test_held_out_sentences_are_counted() -> None:
    """The figures of docs/test-evidence.md: update them there when they change, never fit the rules to them."""
    assert (count_held(samples.PUT_ASIDE), len(samples.PUT_ASIDE)) == (24, 30)
    assert (count_held(samples.NOTICES_PUT_ASIDE), len(samples.NOTICES_PUT_ASIDE)) == (1, 30)


def test_fitted_sentences_are_held() -> None:
    assert [text for text in samples.SEEN if not check_text(text)] == []
    assert [text for text in samples.NOTICES_SEEN if check_text(text)] == []


PAIRS = (
    (FindingKind.NAME, "Tư Lé ở chợ Gát đã bị mời làm việc.", "Tư vấn miễn phí ở chợ Gát chiều nay."),
    (FindingKind.NAME, "Đã làm việc với Bảy Lúa về việc đánh bạc.", "Mời bà con sáng thứ Bảy Chủ nhật dọn vệ sinh."),
    (FindingKind.NAME, "Nhắc bà con: Hải Sẹo vừa ra tù.", "Bưởi Phúc Trạch năm nay được mùa, cầu Cò Trắng sửa xong."),
    (FindingKind.NAME, "H «lùn» tái phạm, ai biết báo công an.", "Đội «lùn» thắng trận bóng chiều nay."),
    (FindingKind.NAME, "N.T.H. khai nhận bán số đề.", "C.S.G.T và U.B.N.D xã phối hợp, cài V.N.E.I.D tại chỗ."),
    (FindingKind.NAME, "Hắn còn gọi là Lửa, chuyên trộm chó.", "Nạn nhân bị đánh Tết vừa rồi đã khỏe."),
    (
        FindingKind.CHILD,
        "Con gái ông thợ rèn đầu làng bị tung ảnh.",
        "Ông thợ rèn đầu làng tặng quà con em trong thôn.",
    ),
    (
        FindingKind.CHILD,
        "Con trai cô giáo dạy Văn nghiện game bỏ học.",
        "Con cháu nhà nào nghiện game, gia đình quan tâm.",
    ),
    (
        FindingKind.SOURCE,
        "Cháu gái đối tượng nhắn tin tố cáo chú mình.",
        "Người nhà đối tượng nên gọi báo công an khi gặp.",
    ),
    (
        FindingKind.SOURCE,
        "Một người từng chơi trong sòng cung cấp sơ đồ.",
        "Người mua vé số gọi cho đại lý để nhận thưởng.",
    ),
    (FindingKind.PLATE, "Tìm chủ xe đuôi 345 gây tai nạn.", "Biển số xe đuôi nào cũng phải định danh trước 31/12."),
    (
        FindingKind.PLATE,
        "Ô tô đuôi biển ba bốn năm chạy quá tốc độ.",
        "Xe cuối năm đăng kiểm đông, đuôi xe dán phản quang.",
    ),
    (FindingKind.CONTACT, "Số đuôi là sáu tám sáu tám gọi lừa đảo.", "Số cuối của danh sách là 7 hộ, gọi theo thứ tự."),
    (
        FindingKind.CONTACT,
        "Gọi không chín tám, ba trăm bốn lăm, sáu bảy tám chín.",
        "Hai trăm hộ ở xóm sáu, bảy, tám được vay.",
    ),
    (
        FindingKind.ADDRESS,
        "Nhà cuối ngõ cổng sắt xanh chứa hàng cấm.",
        "Các nhà cuối ngõ dọn rác, nhà văn hóa sơn xong.",
    ),
)


@pytest.mark.parametrize(("kind", "leak", "notice"), PAIRS)
def test_each_kind_is_held_and_similar_harmless_text_passes(kind: FindingKind, leak: str, notice: str) -> None:
    assert kind in {mark.kind for mark in check_text(leak)}
    assert [(mark.kind, notice[mark.start : mark.end]) for mark in check_text(notice)] == []


NOTHING = re.compile(r"(?!)")


@pytest.mark.parametrize(
    ("module", "name", "value", "kind"),
    [
        (detectors, "find_nicknames", lambda text, samples: iter(()), FindingKind.NAME),
        (vulnerable_people, "_CHILD_OF", NOTHING, FindingKind.CHILD),
        (
            reporter_references,
            "_TELLERS",
            tuple(p for p in reporter_references._TELLERS if reporter_references._PASSED_ON not in p.pattern),
            FindingKind.SOURCE,
        ),
        (identifiers, "_TAIL", NOTHING, FindingKind.PLATE),
        (identifiers, "_ADDRESS", NOTHING, FindingKind.ADDRESS),
    ],
)
def test_control_without_its_rule_a_kind_passes(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, value: Any, kind: FindingKind
) -> None:
    monkeypatch.setattr(module, name, value)
    assert any(kind not in {mark.kind for mark in check_text(leak)} for sentence, leak, _ in PAIRS if sentence is kind)


def test_names_of_offices_are_no_persons() -> None:
    assert all(word == word.lower() for word in person_names._OFFICES)
    assert not check_text("Các anh CSGT, CA xã, HĐND, HS và GV trường THPT cùng dự.")
