"""The word lists an officer may correct: they load, they match as their header states, and a mistake in them is
reported."""

from pathlib import Path

import pytest

from binhyen.kit.text import fold
from binhyen.language import concepts, lexicon
from binhyen.language.classify.negation import settled
from binhyen.language.classify.urgency_levels import emergencies
from binhyen.language.reading import CATEGORIES
from binhyen.language.tokenizer import words


def found(text: str) -> set[tuple[str, str]]:
    return {(" ".join(h.phrase.words), h.phrase.kind) for h in lexicon.shipped().find(words(text))}


def alarms(text: str) -> list[str]:
    said = words(text)
    hits = lexicon.shipped().find(said)
    return [] if settled(said, hits) else [" ".join(h.phrase.words) for h in emergencies(hits)]


def test_every_category_has_phrases_and_all_are_folded() -> None:
    for label in CATEGORIES:
        text = (lexicon.FOLDER / f"category_{label}.tsv").read_text(encoding="utf-8")
        assert len(text.splitlines()) > 50
        assert text.replace("phrase\tweight", "") == fold(text).replace("phrase\tweight", "")


def test_a_phrase_is_found_with_and_without_marks() -> None:
    assert ("danh nhau", "violence") in found("Có ĐÁNH NHAU ở chợ")
    assert found("Có ĐÁNH NHAU ở chợ") == found("co danh nhau o cho")


def test_short_forms_are_written_out() -> None:
    assert words("ko dc ae mn").tokens == ("khong", "duoc", "anh", "em", "moi", "nguoi")


def test_numbers_are_read_by_shape() -> None:
    said = words("gọi 0912345678 lúc 19h40, mất 5 triệu, xe 38N1-123.45, vào vneid-gov.top/x")
    assert {"#tel", "#gio", "#tien", "#bien", "#url"} <= set(said.tokens)


def test_guards_silence_an_alarm_and_nothing_else_does() -> None:
    assert alarms("cháy nhà rồi bà con ơi")
    assert not alarms("mai diễn tập, có giả cháy nhà, bà con đừng lo")
    assert not alarms("không có cháy nhà đâu")
    assert not alarms("theo báo thì ngoài đó cháy nhà")
    assert alarms("xin phép làm phiền, cháy nhà ạ")


def write(folder: Path, name: str, body: str) -> None:
    (folder / name).write_text(body, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "category_fire.tsv", "phrase\tweight\nchay/boc * nha\t3\n")
    write(tmp_path, "emergency.tsv", "phrase\tlevel\n")
    write(tmp_path, "guards.tsv", "phrase\tkind\n")
    write(tmp_path, "sensitive.tsv", "phrase\twhy\n")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "hit"), [("cháy nhà", True), ("bốc lửa trong nhà", True), ("cháy a b c d nhà", False)]
)
def test_gaps_and_alternatives(folder: Path, text: str, hit: bool) -> None:
    assert bool(lexicon.load(folder).find(words(text))) is hit


def test_unknown_names_are_refused(folder: Path) -> None:
    write(folder, "guards.tsv", "phrase\tkind\nabc\tfiguer\n")
    with pytest.raises(ValueError, match="figuer"):
        lexicon.load(folder)
    write(folder, "guards.tsv", "phrase\tkind\n")
    write(folder, "category_fires.tsv", "phrase\tweight\n")
    with pytest.raises(ValueError, match="category_fires"):
        lexicon.load(folder)


def test_kinds_of_words_stand_for_each_other() -> None:
    goat = concepts.dangers(concepts.present(concepts.kinds_of(words("cụ bà đi lạc chưa về").tokens)))
    assert goat
    assert not concepts.dangers(concepts.present(concepts.kinds_of(words("chúc cả nhà ngủ ngon").tokens)))


def test_every_pattern_names_known_kinds() -> None:
    assert concepts.pattern_table("dangers", "why")
    assert {p.means for p in concepts.pattern_table("patterns", "category")} <= set(CATEGORIES)
