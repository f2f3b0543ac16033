"""References to the reporter and unnamed victims in any wording: held; similar harmless texts pass."""

import re
from typing import Any

import pytest

from binhyen.channels.dlp import detectors, normalize, reporter_references, victims
from binhyen.channels.dlp.detectors import Kind, check, may_release
from binhyen.channels.dlp.tests import told_and_harmed as said
from tests.complexity import by_length_only


def held(texts: tuple[str, ...]) -> int:
    return sum(bool(check(text)) for text in texts)


def test_what_is_put_aside_is_counted() -> None:
    """The figures of docs/test-evidence.md: update them there when they change, never fit the rules to them."""
    assert (held(said.PUT_ASIDE), len(said.PUT_ASIDE)) == (17, 20)
    assert (held(said.NOTICES_PUT_ASIDE), len(said.NOTICES_PUT_ASIDE)) == (0, 20)


def test_what_the_rules_were_mended_after() -> None:
    assert [text for text in said.SEEN if not check(text)] == [said.MISSED]
    assert [text for text in (*said.NOTICES_SEEN, *said.NEIGHBOURS) if check(text)] == []


PAIRS = (
    (Kind.SOURCE, "Vợ anh ta chịu hết nổi nên đã lên trụ sở kể hết.", "Chị em chịu hết nổi nên lên trụ sở kể hết."),
    (Kind.SOURCE, "Hai người đi rẫy về đã thấy và điện cho xã.", "Hai người đi rẫy về nên ghé xã nhận giống."),
    (Kind.SOURCE, "Người gọi tối qua chính là hàng xóm của hắn.", "Người gọi tối qua chính là kẻ lừa đảo."),
    (Kind.SOURCE, "Thầy giáo dạy Toán đã sang chỗ chúng tôi trình bày.", "Thầy giáo dạy Toán đã trình bày chuyên đề."),
    (Kind.SOURCE, "Ông cụ bán vé số hay ngồi ngã tư là nhân chứng.", "Phiên tòa hoãn vì vắng nhân chứng."),
    (Kind.SOURCE, "Tin này từ trong nhà họ mà ra.", "Tin này từ trang của bộ, bà con đọc kỹ."),
    (Kind.SOURCE, "Nhân viên cũ của tiệm đã nộp ghi âm.", "Các hộ đã nộp ảnh làm căn cước."),
    (Kind.HARMED, "Chồng chị thợ may ở chợ có HIV.", "Người có HIV được phát thuốc ở trạm."),
    (Kind.HARMED, "Nạn nhân bị hiếp dâm là công nhân trọ cạnh cầu.", "Nạn nhân chủ yếu là công nhân trọ cạnh khu công nghiệp."),
    (Kind.CHILD, "Con thứ hai nhà làm bánh đa bị nhiễm HIV.", "Con em nhà làm bánh đa được vay vốn học."),
)  # fmt: skip


@pytest.mark.parametrize(("kind", "leak", "notice"), PAIRS)
def test_each_kind_is_held_and_its_neighbour_goes(kind: Kind, leak: str, notice: str) -> None:
    assert kind in {mark.kind for mark in check(leak)}
    assert [(mark.kind, notice[mark.start : mark.end]) for mark in check(notice)] == []


@pytest.mark.parametrize(
    ("module", "name", "value", "kind"),
    [
        (
            reporter_references,
            "_TELLERS",
            tuple(p for p in reporter_references._TELLERS if p.pattern not in reporter_references._TOLD_US),
            Kind.SOURCE,
        ),
        (reporter_references, "_SOURCE", re.compile(r"(?!)"), Kind.SOURCE),
        (victims, "_WHOSE", re.compile(r"(?!)(?P<who>x)"), Kind.HARMED),
        (victims, "_IS", re.compile(r"(?!)(?P<who>x)"), Kind.HARMED),
        (normalize, "_PEOPLE", normalize._PEOPLE - {"nhà"}, Kind.CHILD),
    ],
)
def test_control_without_its_rule_a_kind_passes(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, value: Any, kind: Kind
) -> None:
    monkeypatch.setattr(module, name, value)
    assert any(kind not in {mark.kind for mark in check(leak)} for each, leak, _ in PAIRS if each is kind)


def test_who_was_harmed_nobody_lets_go_and_it_has_words_on_the_screen() -> None:
    assert not may_release(check("Chồng chị thợ may ở chợ có HIV."))
    assert detectors.LABELS[Kind.HARMED]


@pytest.mark.parametrize("piece", ["thầy giáo đã ", "hai người đi đã ", "nhân chứng là ", "vợ thợ bị ", "nạn nhân là "])
def test_these_rules_read_by_length(piece: str) -> None:
    by_length_only(check, piece * (100_000 // len(piece)))
