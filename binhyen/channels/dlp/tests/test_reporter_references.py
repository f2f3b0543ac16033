"""References to the reporter and unnamed victims in any wording: held; similar harmless texts pass."""

import re
from typing import Any

import pytest

from binhyen.channels.dlp import detectors, normalize, reporter_references, vulnerable_people
from binhyen.channels.dlp.detectors import FindingKind, can_release, check_text
from binhyen.channels.dlp.tests import told_and_harmed as samples
from tests.complexity import assert_linear


def count_held(texts: tuple[str, ...]) -> int:
    return sum(bool(check_text(text)) for text in texts)


def test_held_out_sentences_are_counted() -> None:
    """The figures of docs/test-evidence.md: update them there when they change, never fit the rules to them."""
    assert (count_held(samples.PUT_ASIDE), len(samples.PUT_ASIDE)) == (17, 20)
    assert (count_held(samples.NOTICES_PUT_ASIDE), len(samples.NOTICES_PUT_ASIDE)) == (0, 20)


def test_fitted_sentences_are_held() -> None:
    assert [text for text in samples.SEEN if not check_text(text)] == [samples.MISSED]
    assert [text for text in (*samples.NOTICES_SEEN, *samples.NEIGHBOURS) if check_text(text)] == []


PAIRS = (
    (
        FindingKind.SOURCE,
        "Vợ anh ta chịu hết nổi nên đã lên trụ sở kể hết.",
        "Chị em chịu hết nổi nên lên trụ sở kể hết.",
    ),
    (FindingKind.SOURCE, "Hai người đi rẫy về đã thấy và điện cho xã.", "Hai người đi rẫy về nên ghé xã nhận giống."),
    (FindingKind.SOURCE, "Người gọi tối qua chính là hàng xóm của hắn.", "Người gọi tối qua chính là kẻ lừa đảo."),
    (
        FindingKind.SOURCE,
        "Thầy giáo dạy Toán đã sang chỗ chúng tôi trình bày.",
        "Thầy giáo dạy Toán đã trình bày chuyên đề.",
    ),
    (FindingKind.SOURCE, "Ông cụ bán vé số hay ngồi ngã tư là nhân chứng.", "Phiên tòa hoãn vì vắng nhân chứng."),
    (FindingKind.SOURCE, "Tin này từ trong nhà họ mà ra.", "Tin này từ trang của bộ, bà con đọc kỹ."),
    (FindingKind.SOURCE, "Nhân viên cũ của tiệm đã nộp ghi âm.", "Các hộ đã nộp ảnh làm căn cước."),
    (FindingKind.HARMED, "Chồng chị thợ may ở chợ có HIV.", "Người có HIV được phát thuốc ở trạm."),
    (
        FindingKind.HARMED,
        "Nạn nhân bị hiếp dâm là công nhân trọ cạnh cầu.",
        "Nạn nhân chủ yếu là công nhân trọ cạnh khu công nghiệp.",
    ),
    (FindingKind.CHILD, "Con thứ hai nhà làm bánh đa bị nhiễm HIV.", "Con em nhà làm bánh đa được vay vốn học."),
)


@pytest.mark.parametrize(("kind", "leak", "notice"), PAIRS)
def test_each_kind_is_held_and_similar_harmless_text_passes(kind: FindingKind, leak: str, notice: str) -> None:
    assert kind in {mark.kind for mark in check_text(leak)}
    assert [(mark.kind, notice[mark.start : mark.end]) for mark in check_text(notice)] == []


@pytest.mark.parametrize(
    ("module", "name", "value", "kind"),
    [
        (
            reporter_references,
            "_TELLERS",
            tuple(p for p in reporter_references._TELLERS if p.pattern not in reporter_references._TOLD_US),
            FindingKind.SOURCE,
        ),
        (reporter_references, "_SOURCE", re.compile(r"(?!)"), FindingKind.SOURCE),
        (vulnerable_people, "_WHOSE", re.compile(r"(?!)(?P<who>x)"), FindingKind.HARMED),
        (vulnerable_people, "_IS", re.compile(r"(?!)(?P<who>x)"), FindingKind.HARMED),
        (normalize, "_PEOPLE", normalize._PEOPLE - {"nhà"}, FindingKind.CHILD),
    ],
)
def test_control_without_its_rule_a_kind_passes(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, value: Any, kind: FindingKind
) -> None:
    monkeypatch.setattr(module, name, value)
    assert any(kind not in {mark.kind for mark in check_text(leak)} for sentence, leak, _ in PAIRS if sentence is kind)


def test_a_victim_reference_cannot_be_released_and_has_a_label() -> None:
    assert not can_release(check_text("Chồng chị thợ may ở chợ có HIV."))
    assert detectors.LABELS[FindingKind.HARMED]


@pytest.mark.parametrize("piece", ["thầy giáo đã ", "hai người đi đã ", "nhân chứng là ", "vợ thợ bị ", "nạn nhân là "])
def test_these_rules_read_by_length(piece: str) -> None:
    assert_linear(check_text, piece * (100_000 // len(piece)))
