"""Attack class A15: no protected person and no tip passes outbound DLP; ordinary notices pass; each
rule has a control."""

from collections import Counter
from collections.abc import Sequence

import pytest

from binhyen.channels.dlp import detectors, reporter_references, vulnerable_people
from binhyen.channels.dlp.detectors import Finding, FindingKind, can_release, check_text, split_at_findings
from binhyen.channels.dlp.tests import apart, inside
from binhyen.channels.dlp.tests.leaks import CONTEXT, generate_leaks
from binhyen.channels.dlp.tests.notices import OFFICERS, PUBLISHED, SECOND, generate_notices
from tests.complexity import assert_linear

LEAKS = list(generate_leaks())
ORDINARY = detectors.DlpContext(
    protected_texts=CONTEXT.protected_texts,
    secrets=CONTEXT.secrets,
    case_names=CONTEXT.case_names,
    published=PUBLISHED,
    officers=OFFICERS,
)


def list_passing_leaks(which: FindingKind | None = None) -> list[tuple[FindingKind, str]]:
    return [(kind, text) for kind, text in LEAKS if which in (None, kind) and not check_text(text, CONTEXT)]


def test_nothing_passes() -> None:
    assert len(LEAKS) >= 500 and len({text for _, text in LEAKS}) >= 500
    assert min(Counter(kind for kind, _ in LEAKS).values()) >= 20
    assert list_passing_leaks() == []


@pytest.mark.parametrize(
    ("detector", "kind"),
    [
        ("_detect_secrets", FindingKind.SEALED),
        ("_detect_quotations", FindingKind.WORDING),
        ("_detect_reporters", FindingKind.SOURCE),
        ("_detect_persons", FindingKind.NAME),
        ("_detect_persons", FindingKind.CHILD),
        ("_detect_identifiers", FindingKind.CONTACT),
        ("_detect_identifiers", FindingKind.PLATE),
        ("_detect_identifiers", FindingKind.ID_NUMBER),
        ("_detect_identifiers", FindingKind.BANK_ACCOUNT),
        ("_detect_homes", FindingKind.ADDRESS),
    ],
)
def test_each_rule_holds_something_that_no_other_does(
    monkeypatch: pytest.MonkeyPatch, detector: str, kind: FindingKind
) -> None:
    """Control: without this rule the same test fails."""
    monkeypatch.setattr(detectors, "DETECTORS", [d for d in detectors.DETECTORS if d.__name__ != detector])
    assert list_passing_leaks(kind), f"{kind} is not stopped by {detector}"


def test_ordinary_notices_pass() -> None:
    texts = [*generate_notices(), *SECOND, *apart.HARMLESS, *apart.BLIND_HARMLESS]
    assert len(set(texts)) >= 200
    findings = {text: [(m.kind.value, text[m.start : m.end]) for m in check_text(text, ORDINARY)] for text in texts}
    stopped = {text: why for text, why in findings.items() if why}
    assert len(stopped) <= 0.05 * len(texts), stopped


def count_caught(texts: Sequence[str], kind: FindingKind) -> int:
    return sum(kind in {mark.kind for mark in check_text(text)} for text in texts)


def test_sentences_put_aside_are_counted() -> None:
    """The figures of docs/test-evidence.md: update them there when they change, never fit the rules to them."""
    assert (count_caught(apart.BLIND_TELLERS, FindingKind.SOURCE), len(apart.BLIND_TELLERS)) == (15, 20)
    assert (count_caught(apart.BLIND_CHILDREN, FindingKind.CHILD), len(apart.BLIND_CHILDREN)) == (8, 10)
    assert [text for text in apart.BLIND_HARMLESS if check_text(text)] == [] and len(apart.BLIND_HARMLESS) == 20


@pytest.mark.parametrize("detector", ["_detect_reporters", "_detect_persons"])
def test_without_its_rule_the_count_falls(monkeypatch: pytest.MonkeyPatch, detector: str) -> None:
    monkeypatch.setattr(detectors, "DETECTORS", [d for d in detectors.DETECTORS if d.__name__ != detector])
    with pytest.raises(AssertionError):
        test_sentences_put_aside_are_counted()


def test_inside_reporters_and_children_by_home_are_detected() -> None:
    """Kinds: reporters by kinship or work, parents of one child, people asked to report more; class
    and home. As above."""
    assert [text for text in inside.INSIDERS if not count_caught([text], FindingKind.SOURCE)] == []
    assert [text for text in inside.AT_HOME if not count_caught([text], FindingKind.CHILD)] == []
    assert [text for text in inside.HARMLESS if check_text(text)] == []
    assert (count_caught(inside.BLIND_INSIDERS, FindingKind.SOURCE), len(inside.BLIND_INSIDERS)) == (3, 8)
    assert (count_caught(inside.BLIND_AT_HOME, FindingKind.CHILD), len(inside.BLIND_AT_HOME)) == (3, 4)
    assert [text for text in inside.BLIND_HARMLESS if check_text(text)] == []


@pytest.mark.parametrize("rule", ["inside", "home"])
def test_control_without_these_rules_they_pass(monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    if rule == "inside":
        new = (reporter_references._INSIDE, reporter_references._OF_ONE)
        old = tuple(p for p in reporter_references._TELLERS if not any(entry in p.pattern for entry in new))
        monkeypatch.setattr(reporter_references, "_TELLERS", old)
    else:
        monkeypatch.setattr(vulnerable_people, "_AT_HOME", ())
    with pytest.raises(AssertionError):
        test_inside_reporters_and_children_by_home_are_detected()


def test_a_word_with_marks_is_the_person_or_another_word() -> None:
    for person, other in (
        ("Theo tin từ cô bán nước", "Theo tin từ cơ bán nước"),
        ("Theo lời bà giáo già", "Theo lời ba giáo già"),
        ("Bé nằm ở chợ, bị bỏ rơi", "Bể nằm ở chợ, bị bỏ rơi"),
    ):
        assert {m.kind for m in check_text(person)} & {FindingKind.SOURCE, FindingKind.CHILD}, person
        assert not {m.kind for m in check_text(other)} & {FindingKind.SOURCE, FindingKind.CHILD}, other


@pytest.mark.parametrize(
    "piece",
    [
        "bé. ",
        "chị báo. ",
        "vợ đã ",
        "mẹ lớp 5 ở với ",
        "phụ huynh một cháu ",
        "cơ quan báo tin ",
        "trễ bị đánh ",
        "theo tin của cơ ",
        "a.b.c ",
    ],
)
def test_the_filter_is_linear_in_the_length(piece: str) -> None:
    assert_linear(check_text, piece * (100_000 // len(piece)))


def test_a_filter_that_holds_everything_fails_the_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        detectors, "DETECTORS", [lambda text, normalized, context: iter([Finding(FindingKind.NAME, 0, 1)])]
    )
    with pytest.raises(AssertionError):
        test_ordinary_notices_pass()


def test_a_number_is_known_by_being_published() -> None:
    text = "Trực ban: 0239 3855 113"
    assert check_text(text) and not check_text(text, ORDINARY)
    assert check_text("Trực ban: 0239 3855 113, anh An 0912 345 678", ORDINARY)[0].kind is FindingKind.CONTACT


def test_findings_have_the_right_positions() -> None:
    for text in ("Gọi 0９1２\u200b345\u200b678 nhé", "Gọi không chín một hai ba bốn năm sáu bảy tám nhé"):
        (mark,) = check_text(text)
        assert text[mark.start : mark.end] == text.removeprefix("Gọi ").removesuffix(" nhé")
        assert "".join(p.text for p in split_at_findings(text, [mark])) == text
        assert [bool(p.why) for p in split_at_findings(text, [mark])] == [False, True, False]


def test_permissions_to_release() -> None:
    assert can_release(check_text("Cảm ơn anh Nguyễn Văn Hùng"))
    for text in ("Cháu Bảo 7 tuổi học lớp 2A", "cccd 042095001234", "Người báo tin là chị hàng xóm"):
        assert not can_release(check_text(text))


@pytest.mark.parametrize("text", ["", " ", "\ud800", "\u0301", "0", "a" * 5000, "1 " * 3000, "\u200b"])
def test_any_string_is_read(text: str) -> None:
    check_text(text, CONTEXT)
