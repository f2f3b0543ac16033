"""Attack class A15: no protected person and no tip passes outbound DLP; ordinary notices pass; each
rule has a control."""

from collections import Counter
from collections.abc import Sequence

import pytest

from binhyen.channels.dlp import children, detectors, reporter_references
from binhyen.channels.dlp.detectors import Kind, Mark, check, may_release, pieces
from binhyen.channels.dlp.tests import apart, inside
from binhyen.channels.dlp.tests.leaks import CONTEXT, leaks
from binhyen.channels.dlp.tests.notices import OFFICERS, PUBLISHED, SECOND, notices
from tests.complexity import by_length_only

LEAKS = list(leaks())
ORDINARY = detectors.Context(
    told=CONTEXT.told, secrets=CONTEXT.secrets, names=CONTEXT.names, published=PUBLISHED, officers=OFFICERS
)


def passing(which: Kind | None = None) -> list[tuple[Kind, str]]:
    return [(kind, text) for kind, text in LEAKS if which in (None, kind) and not check(text, CONTEXT)]


def test_nothing_passes() -> None:
    assert len(LEAKS) >= 500 and len({text for _, text in LEAKS}) >= 500
    assert min(Counter(kind for kind, _ in LEAKS).values()) >= 20
    assert passing() == []


@pytest.mark.parametrize(
    ("detector", "kind"),
    [
        ("_secrets", Kind.SEALED), ("_wording", Kind.WORDING), ("_sources", Kind.SOURCE), ("_persons", Kind.NAME),
        ("_persons", Kind.CHILD), ("_numbers", Kind.CONTACT), ("_numbers", Kind.PLATE), ("_numbers", Kind.ID_NUMBER),
        ("_numbers", Kind.BANK_ACCOUNT), ("_homes", Kind.ADDRESS),
    ],
)  # fmt: skip
def test_each_rule_holds_something_that_no_other_does(
    monkeypatch: pytest.MonkeyPatch, detector: str, kind: Kind
) -> None:
    """Control: without this rule the same test fails."""
    monkeypatch.setattr(detectors, "DETECTORS", [d for d in detectors.DETECTORS if d.__name__ != detector])
    assert passing(kind), f"{kind} is not stopped by {detector}"


def test_ordinary_notices_pass() -> None:
    said = [*notices(), *SECOND, *apart.HARMLESS, *apart.BLIND_HARMLESS]
    assert len(set(said)) >= 200
    held = {text: [(m.kind.value, text[m.start : m.end]) for m in check(text, ORDINARY)] for text in said}
    stopped = {text: why for text, why in held.items() if why}
    assert len(stopped) <= 0.05 * len(said), stopped


def caught(texts: Sequence[str], kind: Kind) -> int:
    return sum(kind in {mark.kind for mark in check(text)} for text in texts)


def test_sentences_put_aside_are_counted() -> None:
    """The figures of docs/test-evidence.md: update them there when they change, never fit the rules to them."""
    assert (caught(apart.BLIND_TELLERS, Kind.SOURCE), len(apart.BLIND_TELLERS)) == (15, 20)
    assert (caught(apart.BLIND_CHILDREN, Kind.CHILD), len(apart.BLIND_CHILDREN)) == (8, 10)
    assert [text for text in apart.BLIND_HARMLESS if check(text)] == [] and len(apart.BLIND_HARMLESS) == 20


@pytest.mark.parametrize("detector", ["_sources", "_persons"])
def test_without_its_rule_the_count_falls(monkeypatch: pytest.MonkeyPatch, detector: str) -> None:
    monkeypatch.setattr(detectors, "DETECTORS", [d for d in detectors.DETECTORS if d.__name__ != detector])
    with pytest.raises(AssertionError):
        test_sentences_put_aside_are_counted()


def test_who_is_inside_and_a_child_by_its_home_are_known() -> None:
    """Kinds: reporters by kinship or work, parents of one child, people asked to report more; class
    and home. As above."""
    assert [text for text in inside.INSIDERS if not caught([text], Kind.SOURCE)] == []
    assert [text for text in inside.AT_HOME if not caught([text], Kind.CHILD)] == []
    assert [text for text in inside.HARMLESS if check(text)] == []
    assert (caught(inside.BLIND_INSIDERS, Kind.SOURCE), len(inside.BLIND_INSIDERS)) == (3, 8)
    assert (caught(inside.BLIND_AT_HOME, Kind.CHILD), len(inside.BLIND_AT_HOME)) == (3, 4)
    assert [text for text in inside.BLIND_HARMLESS if check(text)] == []


@pytest.mark.parametrize("rule", ["inside", "home"])
def test_control_without_these_rules_they_pass(monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    if rule == "inside":
        new = (reporter_references._INSIDE, reporter_references._OF_ONE)
        old = tuple(p for p in reporter_references._TELLERS if not any(each in p.pattern for each in new))
        monkeypatch.setattr(reporter_references, "_TELLERS", old)
    else:
        monkeypatch.setattr(children, "_AT_HOME", ())
    with pytest.raises(AssertionError):
        test_who_is_inside_and_a_child_by_its_home_are_known()


def test_a_word_with_marks_is_the_person_or_another_word() -> None:
    for person, other in (
        ("Theo tin từ cô bán nước", "Theo tin từ cơ bán nước"),
        ("Theo lời bà giáo già", "Theo lời ba giáo già"),
        ("Bé nằm ở chợ, bị bỏ rơi", "Bể nằm ở chợ, bị bỏ rơi"),
    ):
        assert {m.kind for m in check(person)} & {Kind.SOURCE, Kind.CHILD}, person
        assert not {m.kind for m in check(other)} & {Kind.SOURCE, Kind.CHILD}, other


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
def test_the_gate_reads_by_length(piece: str) -> None:
    by_length_only(check, piece * (100_000 // len(piece)))


def test_a_gate_that_holds_everything_fails_the_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detectors, "DETECTORS", [lambda text, said, context: iter([Mark(Kind.NAME, 0, 1)])])
    with pytest.raises(AssertionError):
        test_ordinary_notices_pass()


def test_a_number_is_known_by_being_published() -> None:
    text = "Trực ban: 0239 3855 113"
    assert check(text) and not check(text, ORDINARY)
    assert check("Trực ban: 0239 3855 113, anh An 0912 345 678", ORDINARY)[0].kind is Kind.CONTACT


def test_marks_stand_where_the_words_stand() -> None:
    for text in ("Gọi 0９1２\u200b345\u200b678 nhé", "Gọi không chín một hai ba bốn năm sáu bảy tám nhé"):
        (mark,) = check(text)
        assert text[mark.start : mark.end] == text.removeprefix("Gọi ").removesuffix(" nhé")
        assert "".join(p.text for p in pieces(text, [mark])) == text
        assert [bool(p.why) for p in pieces(text, [mark])] == [False, True, False]


def test_who_may_let_go() -> None:
    assert may_release(check("Cảm ơn anh Nguyễn Văn Hùng"))
    for text in ("Cháu Bảo 7 tuổi học lớp 2A", "cccd 042095001234", "Người báo tin là chị hàng xóm"):
        assert not may_release(check(text))


@pytest.mark.parametrize("text", ["", " ", "\ud800", "\u0301", "0", "a" * 5000, "1 " * 3000, "\u200b"])
def test_any_string_is_read(text: str) -> None:
    check(text, CONTEXT)
