"""Overlap of a text with a report: sixty stories of ten types and sixty ordinary posts; each rule has a control."""

import functools
import json
import random
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from binhyen.channels.dlp import source_fingerprints, vulnerable_people
from binhyen.channels.dlp.normalize import plain
from binhyen.channels.dlp.source_fingerprints import Echo, Particular, ask, echo, print_of, seeds
from binhyen.channels.dlp.tests import apart, inside, tender_stories
from binhyen.channels.dlp.tests.notices import SECOND, notices
from binhyen.channels.dlp.tests.origin_stories import BETRAYING, FAR, FAR_APART, ORDINARY
from binhyen.language.tokenizer import DATA
from tests.complexity import by_length_only

KEY, SCOPE = b"k" * 32, "unit:1"
TOWN = ("thanh sen", "dong loc", "bac son", "dong thinh")
STORIES = [story for sort in BETRAYING.values() for story in sort]


def on_map(name: str) -> bool:
    return name in ("bac son", "tan phu")


def kept(told: str) -> set[int]:
    return {print_of(seed, key=KEY, scope=SCOPE) for seed in seeds(told)}


def look(text: str, tellings: Iterable[set[int]], known: Iterable[str] = (), places: Callable = on_map) -> Echo | None:
    return echo(ask(text, key=KEY, scopes=[SCOPE], on_map=places), tellings, lambda: known)


@functools.lru_cache(maxsize=1)
def all_tellings() -> list[set[int]]:
    """Return all ninety reports and 1,200 training messages with confidential content."""
    told = [told for told, _ in STORIES]
    for name in ("theft", "violence", "drugs_gambling", "public_order", "scam", "officer_complaint", "weapon_handover",
                 "environment_noise"):  # fmt: skip
        lines = Path(DATA / "training" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        told += [json.loads(line)["text"] for line in random.Random(1).sample(lines, 150)]
    return [kept(each) for each in [*told, *(told for told, _ in tender_stories.BETRAYING)]]


def held(half: slice) -> list[int]:
    """Count the held revealing texts per type."""
    return [sum(look(text, [kept(told)]) is not None for told, text in sort[half]) for sort in BETRAYING.values()]


def test_stories_are_held_and_ordinary_posts_are_not() -> None:
    """The figures of docs/test-evidence.md: update them there when they change. Fitted to the first half only."""
    assert len(BETRAYING) == 10 and len(STORIES) == 60 and len(set(ORDINARY)) == 60
    assert (sum(held(slice(0, 3))), sum(held(slice(3, 6)))) == (30, 30)
    assert min(held(slice(0, 6))) >= 5, "of every type"
    stopped = [[text for text in ORDINARY[half::2] if look(text, all_tellings())] for half in (0, 1)]
    assert [len(each) for each in stopped] == [1, 2], stopped


def retold(stories: list[tuple[str, int, str]]) -> int:
    return sum(look(text, [kept(BETRAYING[sort][which][0])]) is not None for sort, which, text in stories)


def test_retold_in_other_words_most_are_held() -> None:
    """As above: fitted to the first ones, the others are counted."""
    assert (retold(FAR), len(FAR)) == (28, 30)
    assert (retold(FAR_APART), len(FAR_APART)) == (14, 16)


def test_where_a_child_or_somebody_hurt_is_in_the_matter_fewer_particulars_are_enough() -> None:
    """As above."""
    stories = tender_stories.BETRAYING
    found = [sum(look(text, [kept(told)]) is not None for told, text in stories[half::2]) for half in (0, 1)]
    stopped = [text for text in tender_stories.ORDINARY if look(text, all_tellings())]
    assert (found, len(stopped)) == ([15, 13], 0), stopped


def test_who_is_old_or_ill_is_in_the_matter_too() -> None:
    assert all(look(text, [kept(told)]) for told, text in inside.WEAK)
    tellings = [kept(told) for told, _ in inside.WEAK]
    assert [text for text in (*inside.HARMLESS, *inside.BLIND_HARMLESS) if look(text, tellings)] == []


@pytest.mark.parametrize("rule", ["_TENDER", "_BOUND"])
def test_control_only_for_a_child_they_pass(monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    if rule == "_BOUND":
        monkeypatch.setattr(source_fingerprints, "_BOUND", frozenset())
    else:
        young = vulnerable_people._TENDER.pattern.split("|nguoi (?:gia", maxsplit=1)[0] + r")\b"
        monkeypatch.setattr(vulnerable_people, "_TENDER", re.compile(young))
    with pytest.raises(AssertionError):
        test_who_is_old_or_ill_is_in_the_matter_too()


def test_control_by_the_bar_of_all_others_some_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_fingerprints, "HURT", 99.0)
    with pytest.raises(AssertionError):
        test_where_a_child_or_somebody_hurt_is_in_the_matter_fewer_particulars_are_enough()


def test_one_pair_is_enough_where_both_say_what_was_done() -> None:
    told, text = "Ông thợ sờ mó con gái tôi, cho cháu kẹo", "Có kẻ sờ mó trẻ em, phụ huynh chú ý"
    assert (
        source_fingerprints.marks(plain(told))
        == source_fingerprints.marks(plain(text))
        == [source_fingerprints.TENDER, source_fingerprints.DEED]
    )
    assert source_fingerprints.marks(plain("Các cháu nhận kẹo, bánh của xã")) == [source_fingerprints.TENDER]
    assert source_fingerprints.marks(plain("Trộm nhốt chó trong lồng sắt")) == []
    found = {
        name: Particular(weight, True, 0, 5) for name, weight in (("b:chim sao", 0.7), ("w:long", 0.7), ("w:x", 0.7))
    }
    assert not source_fingerprints._enough(found, {*found}) and not source_fingerprints._enough(
        found, {*found, source_fingerprints.TENDER}
    )
    assert source_fingerprints._enough(found, {*found, source_fingerprints.TENDER, source_fingerprints.DEED})
    assert not source_fingerprints._enough(
        found, {"b:chim sao", "w:x", source_fingerprints.TENDER, source_fingerprints.DEED}
    ), "and not by a single one"
    seldom = {name: Particular(0.52, True, 0, 5) for name in ("b:a b", "b:c d", "w:y", "w:z")}
    assert source_fingerprints._enough(seldom, {*seldom, source_fingerprints.TENDER, source_fingerprints.DEED}), (
        "two rare ones made of common words"
    )


def test_the_lower_bar_is_for_both_the_telling_and_the_text() -> None:
    told, text = tender_stories.BETRAYING[8]
    assert look(text, [kept(told)])
    assert not look(text.replace("các cháu", "nhau"), [kept(told)])
    assert not look(
        text, [kept(told) - {print_of(source_fingerprints._seed(source_fingerprints.TENDER), key=KEY, scope=SCOPE)}]
    )


def test_numbers_alone_that_are_shared_are_marked_too() -> None:
    """A held text without a finding would be sent."""
    found = look("Số 350 với 412, chuyến 619", [kept("chúng nó đổi 619, rồi 350 và 412")])
    assert found and found.spans


def test_the_notices_of_the_first_reader_pass_too() -> None:
    """Written long before; most of them name places."""
    said = list(dict.fromkeys([*notices(), *SECOND, *apart.HARMLESS, *apart.BLIND_HARMLESS]))
    stopped = [text for text in said if look(text, all_tellings(), places=lambda name: name in TOWN)]
    assert len(said) > 400 and len(stopped) <= 10, stopped


@pytest.mark.parametrize(("name", "value"), [("ENOUGH", 1.5), ("SHARE", 0.1), ("_SELDOM", 2.0)])
def test_control_other_measures_hold_ordinary_posts_or_miss_stories(
    monkeypatch: pytest.MonkeyPatch, name: str, value: float
) -> None:
    monkeypatch.setattr(source_fingerprints, name, value)
    with pytest.raises(AssertionError):
        test_stories_are_held_and_ordinary_posts_are_not()


def test_control_without_weighing_the_share_fewer_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_fingerprints, "SHARE", 2.0)
    with pytest.raises(AssertionError):
        test_retold_in_other_words_most_are_held()


TOLD = "Nó giấu xe trộm trong kho lúa sau đình, thằng Tý Còi canh, hai giờ sáng thứ năm chở đi"
TEXT = "Mời bà con họp ở đình. Sẽ xem kho lúa sau đình vào sáng thứ năm. Xin cảm ơn."


def test_the_sentence_is_marked_and_not_its_words() -> None:
    found = look(TEXT, [kept(TOLD)])
    assert found and not found.quoted
    assert [TEXT[start:end].strip() for start, end in found.spans] == ["Sẽ xem kho lúa sau đình vào sáng thứ năm"]


def test_particulars_of_two_tellings_do_not_add_up() -> None:
    one, other = "Nó giấu xe trộm trong kho lúa", "Hai giờ sáng thứ năm ở sau đình có người lạ"
    assert look(TEXT, [kept(TOLD)]) and not look(TEXT, [kept(one), kept(other)])


def test_what_was_read_openly_does_not_count() -> None:
    assert not look(TEXT, [kept(TOLD)], ["Kho lúa sau đình sáng thứ năm mở cho bà con gửi thóc"])
    assert look(TEXT, [kept(TOLD)], ["Đình làng mình đẹp quá"])


def test_names_of_the_map_count_little() -> None:
    told = "Nó giấu đồ ở thôn Bắc Sơn, gần đình, tối thứ bảy"
    text = "Mời bà con thôn Bắc Sơn họp tối thứ bảy bàn việc làm đường"
    assert not look(text, [kept(told)])
    assert look(text, [kept(told)], places=lambda name: False), "the control: a name that no map knows is a person's"


def test_a_quotation_is_known_however_it_is_written() -> None:
    for text in (
        "GIẤU XE TRỘM TRONG KHO LÚA SAU ĐÌNH",
        "giauxetromtrongkholua sau đình",
        "g.i.ấ.u xe trộm trong kho lúa sau đình",
    ):
        found = look(text, [kept(TOLD)])
        assert found and found.quoted and found.spans == ((0, len(text)),), text
    assert not look("giấu xe", [kept(TOLD)])


def test_prints_are_of_a_unit_a_key_and_bounded() -> None:
    assert not look(TEXT, [{print_of(seed, key=KEY, scope="unit:2") for seed in seeds(TOLD)}])
    assert not look(TEXT, [{print_of(seed, key=b"other", scope=SCOPE) for seed in seeds(TOLD)}])
    long = " ".join(f"chuyện số {n} ở quán {n * 7} ngõ {n * 13}" for n in range(400))
    assert len(seeds(long)) <= source_fingerprints.MOST + source_fingerprints.MOST_RUNS
    assert all(-(2**63) <= one < 2**63 for one in kept(TOLD))


@pytest.mark.parametrize("text", ["", " ", "\ud800", "\u0301", "0", "a" * 5000, "1 " * 3000, "\u200b", "Ý Ế"])
def test_any_string_is_read(text: str) -> None:
    look(text, [kept(text)])


@pytest.mark.parametrize("piece", ["bé. ", "Tý Còi ", "a.b.c ", "12 "])
def test_it_reads_by_length(piece: str) -> None:
    by_length_only(lambda text: (seeds(text), look(text, [kept(TOLD)])), piece * (50_000 // len(piece)))
