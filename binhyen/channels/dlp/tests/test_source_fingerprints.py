"""Overlap of a text with a report: sixty stories of ten types and sixty ordinary posts; each rule has a control."""

import functools
import json
import random
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from binhyen.channels.dlp import source_fingerprints, vulnerable_people
from binhyen.channels.dlp.normalize import normalize_characters
from binhyen.channels.dlp.source_fingerprints import (
    Particular,
    ReportMatch,
    build_match_query,
    find_match,
    fingerprint_seeds,
    make_fingerprint,
)
from binhyen.channels.dlp.tests import apart, inside, tender_stories
from binhyen.channels.dlp.tests.notices import SECOND, generate_notices
from binhyen.channels.dlp.tests.origin_stories import BETRAYING, FAR, FAR_APART, ORDINARY
from binhyen.language.tokenizer import DATA
from tests.complexity import assert_linear

KEY, SCOPE = b"k" * 32, "unit:1"
TOWN = ("thanh sen", "dong loc", "bac son", "dong thinh")
STORIES = [story for sort in BETRAYING.values() for story in sort]


def is_on_map(name: str) -> bool:
    return name in ("bac son", "tan phu")


def fingerprint_report(report_text: str) -> set[int]:
    return {make_fingerprint(seed, key=KEY, scope=SCOPE) for seed in fingerprint_seeds(report_text)}


def find_echo(
    text: str, tellings: Iterable[set[int]], known_words: Iterable[str] = (), places: Callable = is_on_map
) -> ReportMatch | None:
    return find_match(
        build_match_query(text, key=KEY, scopes=[SCOPE], is_place_name=places), tellings, lambda: known_words
    )


@functools.lru_cache(maxsize=1)
def fingerprint_all_reports() -> list[set[int]]:
    """Return all ninety reports and 1,200 training messages with confidential content."""
    report_text = [report_text for report_text, _ in STORIES]
    for name in (
        "theft",
        "violence",
        "drugs_gambling",
        "public_order",
        "scam",
        "officer_complaint",
        "weapon_handover",
        "environment_noise",
    ):
        lines = Path(DATA / "training" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        report_text += [json.loads(line)["text"] for line in random.Random(1).sample(lines, 150)]
    return [
        fingerprint_report(entry)
        for entry in [*report_text, *(report_text for report_text, _ in tender_stories.BETRAYING)]
    ]


def count_held_by_type(half: slice) -> list[int]:
    """Count the held revealing texts per type."""
    return [
        sum(find_echo(text, [fingerprint_report(report_text)]) is not None for report_text, text in sort[half])
        for sort in BETRAYING.values()
    ]


def test_stories_are_held_and_ordinary_posts_are_not() -> None:
    """The figures of docs/test-evidence.md: update them there when they change. Fitted to the first half only."""
    assert len(BETRAYING) == 10 and len(STORIES) == 60 and len(set(ORDINARY)) == 60
    assert (sum(count_held_by_type(slice(0, 3))), sum(count_held_by_type(slice(3, 6)))) == (30, 30)
    assert min(count_held_by_type(slice(0, 6))) >= 5, "of every type"
    stopped = [[text for text in ORDINARY[half::2] if find_echo(text, fingerprint_all_reports())] for half in (0, 1)]
    assert [len(entry) for entry in stopped] == [1, 2], stopped


def count_held_paraphrases(stories: list[tuple[str, int, str]]) -> int:
    return sum(
        find_echo(text, [fingerprint_report(BETRAYING[sort][which][0])]) is not None for sort, which, text in stories
    )


def test_most_paraphrases_are_held() -> None:
    """As above: fitted to the first ones, the others are counted."""
    assert (count_held_paraphrases(FAR), len(FAR)) == (28, 30)
    assert (count_held_paraphrases(FAR_APART), len(FAR_APART)) == (14, 16)


def test_with_a_child_or_a_victim_fewer_particulars_suffice() -> None:
    """As above."""
    stories = tender_stories.BETRAYING
    hit_counts = [
        sum(find_echo(text, [fingerprint_report(report_text)]) is not None for report_text, text in stories[half::2])
        for half in (0, 1)
    ]
    stopped = [text for text in tender_stories.ORDINARY if find_echo(text, fingerprint_all_reports())]
    assert (hit_counts, len(stopped)) == ([15, 13], 0), stopped


def test_old_and_ill_people_count_as_vulnerable_too() -> None:
    assert all(find_echo(text, [fingerprint_report(report_text)]) for report_text, text in inside.WEAK)
    tellings = [fingerprint_report(report_text) for report_text, _ in inside.WEAK]
    assert [text for text in (*inside.HARMLESS, *inside.BLIND_HARMLESS) if find_echo(text, tellings)] == []


@pytest.mark.parametrize("rule", ["_TENDER", "_BOUND"])
def test_control_only_for_a_child_they_pass(monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    if rule == "_BOUND":
        monkeypatch.setattr(source_fingerprints, "_BOUND", frozenset())
    else:
        young = vulnerable_people._TENDER.pattern.split("|nguoi (?:gia", maxsplit=1)[0] + r")\b"
        monkeypatch.setattr(vulnerable_people, "_TENDER", re.compile(young))
    with pytest.raises(AssertionError):
        test_old_and_ill_people_count_as_vulnerable_too()


def test_control_by_the_bar_of_all_others_some_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_fingerprints, "HURT", 99.0)
    with pytest.raises(AssertionError):
        test_with_a_child_or_a_victim_fewer_particulars_suffice()


def test_one_pair_suffices_where_both_mention_the_act() -> None:
    report_text, text = "Ông thợ sờ mó con gái tôi, cho cháu kẹo", "Có kẻ sờ mó trẻ em, phụ huynh chú ý"
    assert (
        source_fingerprints.get_vulnerability_marks(normalize_characters(report_text))
        == source_fingerprints.get_vulnerability_marks(normalize_characters(text))
        == [source_fingerprints.VULNERABLE_MARK, source_fingerprints.HARM_MARK]
    )
    assert source_fingerprints.get_vulnerability_marks(normalize_characters("Các cháu nhận kẹo, bánh của xã")) == [
        source_fingerprints.VULNERABLE_MARK
    ]
    assert source_fingerprints.get_vulnerability_marks(normalize_characters("Trộm nhốt chó trong lồng sắt")) == []
    weights = {
        name: Particular(weight, True, 0, 5) for name, weight in (("b:chim sao", 0.7), ("w:long", 0.7), ("w:x", 0.7))
    }
    assert not source_fingerprints._is_match(weights, {*weights}) and not source_fingerprints._is_match(
        weights, {*weights, source_fingerprints.VULNERABLE_MARK}
    )
    assert source_fingerprints._is_match(
        weights, {*weights, source_fingerprints.VULNERABLE_MARK, source_fingerprints.HARM_MARK}
    )
    assert not source_fingerprints._is_match(
        weights, {"b:chim sao", "w:x", source_fingerprints.VULNERABLE_MARK, source_fingerprints.HARM_MARK}
    ), "and not by a single one"
    seldom = {name: Particular(0.52, True, 0, 5) for name in ("b:a b", "b:c d", "w:y", "w:z")}
    assert source_fingerprints._is_match(
        seldom, {*seldom, source_fingerprints.VULNERABLE_MARK, source_fingerprints.HARM_MARK}
    ), "two rare ones made of common words"


def test_the_lower_threshold_needs_both_report_and_text() -> None:
    report_text, text = tender_stories.BETRAYING[8]
    assert find_echo(text, [fingerprint_report(report_text)])
    assert not find_echo(text.replace("các cháu", "nhau"), [fingerprint_report(report_text)])
    assert not find_echo(
        text,
        [
            fingerprint_report(report_text)
            - {
                make_fingerprint(
                    source_fingerprints._hash_particular(source_fingerprints.VULNERABLE_MARK), key=KEY, scope=SCOPE
                )
            }
        ],
    )


def test_numbers_alone_that_are_shared_are_marked_too() -> None:
    """A held text without a finding would be sent."""
    match = find_echo("Số 350 với 412, chuyến 619", [fingerprint_report("chúng nó đổi 619, rồi 350 và 412")])
    assert match and match.spans


def test_the_notices_of_the_first_reader_pass_too() -> None:
    """Written long before; most of them name places."""
    texts = list(dict.fromkeys([*generate_notices(), *SECOND, *apart.HARMLESS, *apart.BLIND_HARMLESS]))
    stopped = [text for text in texts if find_echo(text, fingerprint_all_reports(), places=lambda name: name in TOWN)]
    assert len(texts) > 400 and len(stopped) <= 10, stopped


@pytest.mark.parametrize(("name", "value"), [("MATCH_WEIGHT", 1.5), ("SHARE", 0.1), ("_SELDOM", 2.0)])
def test_control_other_measures_hold_ordinary_posts_or_miss_stories(
    monkeypatch: pytest.MonkeyPatch, name: str, value: float
) -> None:
    monkeypatch.setattr(source_fingerprints, name, value)
    with pytest.raises(AssertionError):
        test_stories_are_held_and_ordinary_posts_are_not()


def test_control_without_weighing_the_share_fewer_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_fingerprints, "SHARE", 2.0)
    with pytest.raises(AssertionError):
        test_most_paraphrases_are_held()


TOLD = "Nó giấu xe trộm trong kho lúa sau đình, thằng Tý Còi canh, hai giờ sáng thứ năm chở đi"
TEXT = "Mời bà con họp ở đình. Sẽ xem kho lúa sau đình vào sáng thứ năm. Xin cảm ơn."


def test_the_sentence_is_marked_and_not_its_source() -> None:
    match = find_echo(TEXT, [fingerprint_report(TOLD)])
    assert match and not match.is_quotation
    assert [TEXT[start:end].strip() for start, end in match.spans] == ["Sẽ xem kho lúa sau đình vào sáng thứ năm"]


def test_particulars_of_two_tellings_do_not_add_up() -> None:
    left, right = "Nó giấu xe trộm trong kho lúa", "Hai giờ sáng thứ năm ở sau đình có người lạ"
    assert find_echo(TEXT, [fingerprint_report(TOLD)]) and not find_echo(
        TEXT, [fingerprint_report(left), fingerprint_report(right)]
    )


def test_public_texts_do_not_count() -> None:
    assert not find_echo(TEXT, [fingerprint_report(TOLD)], ["Kho lúa sau đình sáng thứ năm mở cho bà con gửi thóc"])
    assert find_echo(TEXT, [fingerprint_report(TOLD)], ["Đình làng mình đẹp quá"])


def test_names_of_the_map_count_little() -> None:
    report_text = "Nó giấu đồ ở thôn Bắc Sơn, gần đình, tối thứ bảy"
    text = "Mời bà con thôn Bắc Sơn họp tối thứ bảy bàn việc làm đường"
    assert not find_echo(text, [fingerprint_report(report_text)])
    assert find_echo(text, [fingerprint_report(report_text)], places=lambda name: False), (
        "the control: a name that no map knows is a person's"
    )


def test_a_quotation_is_known_however_it_is_written() -> None:
    for text in (
        "GIẤU XE TRỘM TRONG KHO LÚA SAU ĐÌNH",
        "giauxetromtrongkholua sau đình",
        "g.i.ấ.u xe trộm trong kho lúa sau đình",
    ):
        match = find_echo(text, [fingerprint_report(TOLD)])
        assert match and match.is_quotation and match.spans == ((0, len(text)),), text
    assert not find_echo("giấu xe", [fingerprint_report(TOLD)])


def test_fingerprints_are_bound_to_unit_and_key_and_bounded() -> None:
    assert not find_echo(TEXT, [{make_fingerprint(seed, key=KEY, scope="unit:2") for seed in fingerprint_seeds(TOLD)}])
    assert not find_echo(
        TEXT, [{make_fingerprint(seed, key=b"other", scope=SCOPE) for seed in fingerprint_seeds(TOLD)}]
    )
    long = " ".join(f"chuyện số {n} ở quán {n * 7} ngõ {n * 13}" for n in range(400))
    assert len(fingerprint_seeds(long)) <= source_fingerprints.MAX_PARTICULARS + source_fingerprints.MAX_RUNS
    assert all(-(2**63) <= item < 2**63 for item in fingerprint_report(TOLD))


@pytest.mark.parametrize("text", ["", " ", "\ud800", "\u0301", "0", "a" * 5000, "1 " * 3000, "\u200b", "Ý Ế"])
def test_any_string_is_read(text: str) -> None:
    find_echo(text, [fingerprint_report(text)])


@pytest.mark.parametrize("piece", ["bé. ", "Tý Còi ", "a.b.c ", "12 "])
def test_it_reads_by_length(piece: str) -> None:
    assert_linear(
        lambda text: (fingerprint_seeds(text), find_echo(text, [fingerprint_report(TOLD)])),
        piece * (50_000 // len(piece)),
    )
