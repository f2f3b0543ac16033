"""Nicknames, partial plates, a child by its parent's trade, relatives of a suspect: held; similar
harmless texts pass."""

import re
from typing import Any

import pytest

from binhyen.channels.dlp import addresses, children, detectors, identifiers, nicknames, reporter_references
from binhyen.channels.dlp.detectors import Kind, check
from binhyen.channels.dlp.tests import people_and_cars as said


def held(texts: list[str]) -> int:
    return sum(bool(check(text)) for text in texts)


def test_what_is_put_aside_is_counted() -> None:
    """The figures of docs/test-evidence.md: update them there when they change, never fit the rules to them."""
    assert (held(said.PUT_ASIDE), len(said.PUT_ASIDE)) == (24, 30)
    assert (held(said.NOTICES_PUT_ASIDE), len(said.NOTICES_PUT_ASIDE)) == (1, 30)


def test_what_the_rules_were_mended_after() -> None:
    assert [text for text in said.SEEN if not check(text)] == []
    assert [text for text in said.NOTICES_SEEN if check(text)] == []


PAIRS = (
    (Kind.NAME, "Tư Lé ở chợ Gát đã bị mời làm việc.", "Tư vấn miễn phí ở chợ Gát chiều nay."),
    (Kind.NAME, "Đã làm việc với Bảy Lúa về việc đánh bạc.", "Mời bà con sáng thứ Bảy Chủ nhật dọn vệ sinh."),
    (Kind.NAME, "Nhắc bà con: Hải Sẹo vừa ra tù.", "Bưởi Phúc Trạch năm nay được mùa, cầu Cò Trắng sửa xong."),
    (Kind.NAME, "H «lùn» tái phạm, ai biết báo công an.", "Đội «lùn» thắng trận bóng chiều nay."),
    (Kind.NAME, "N.T.H. khai nhận bán số đề.", "C.S.G.T và U.B.N.D xã phối hợp, cài V.N.E.I.D tại chỗ."),
    (Kind.NAME, "Hắn còn gọi là Lửa, chuyên trộm chó.", "Nạn nhân bị đánh Tết vừa rồi đã khỏe."),
    (Kind.CHILD, "Con gái ông thợ rèn đầu làng bị tung ảnh.", "Ông thợ rèn đầu làng tặng quà con em trong thôn."),
    (Kind.CHILD, "Con trai cô giáo dạy Văn nghiện game bỏ học.", "Con cháu nhà nào nghiện game, gia đình quan tâm."),
    (Kind.SOURCE, "Cháu gái đối tượng nhắn tin tố cáo chú mình.", "Người nhà đối tượng nên gọi báo công an khi gặp."),
    (Kind.SOURCE, "Một người từng chơi trong sòng cung cấp sơ đồ.", "Người mua vé số gọi cho đại lý để nhận thưởng."),
    (Kind.PLATE, "Tìm chủ xe đuôi 345 gây tai nạn.", "Biển số xe đuôi nào cũng phải định danh trước 31/12."),
    (Kind.PLATE, "Ô tô đuôi biển ba bốn năm chạy quá tốc độ.", "Xe cuối năm đăng kiểm đông, đuôi xe dán phản quang."),
    (Kind.CONTACT, "Số đuôi là sáu tám sáu tám gọi lừa đảo.", "Số cuối của danh sách là 7 hộ, gọi theo thứ tự."),
    (Kind.CONTACT, "Gọi không chín tám, ba trăm bốn lăm, sáu bảy tám chín.", "Hai trăm hộ ở xóm sáu, bảy, tám được vay."),
    (Kind.ADDRESS, "Nhà cuối ngõ cổng sắt xanh chứa hàng cấm.", "Các nhà cuối ngõ dọn rác, nhà văn hóa sơn xong."),
)  # fmt: skip


@pytest.mark.parametrize(("kind", "leak", "notice"), PAIRS)
def test_each_kind_is_held_and_its_neighbour_goes(kind: Kind, leak: str, notice: str) -> None:
    assert kind in {mark.kind for mark in check(leak)}
    assert [(mark.kind, notice[mark.start : mark.end]) for mark in check(notice)] == []


NOTHING = re.compile(r"(?!)")


@pytest.mark.parametrize(
    ("module", "name", "value", "kind"),
    [
        (detectors, "nicknames", lambda text, said: iter(()), Kind.NAME),
        (children, "_CHILD_OF", NOTHING, Kind.CHILD),
        (
            reporter_references,
            "_TELLERS",
            tuple(p for p in reporter_references._TELLERS if reporter_references._PASSED_ON not in p.pattern),
            Kind.SOURCE,
        ),
        (identifiers, "_TAIL", NOTHING, Kind.PLATE),
        (addresses, "_ADDRESS", NOTHING, Kind.ADDRESS),
    ],
)
def test_control_without_its_rule_a_kind_passes(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, value: Any, kind: Kind
) -> None:
    monkeypatch.setattr(module, name, value)
    assert any(kind not in {mark.kind for mark in check(leak)} for each, leak, _ in PAIRS if each is kind)


def test_what_offices_are_called_is_nobody() -> None:
    assert all(word == word.lower() for word in nicknames._OFFICES)
    assert not check("Các anh CSGT, CA xã, HĐND, HS và GV trường THPT cùng dự.")
