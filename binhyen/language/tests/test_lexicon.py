"""The word lists an officer may correct: they load, they match as their header states, and a mistake in them is
reported."""

from pathlib import Path

import pytest

from binhyen.kit.text import fold_text
from binhyen.language import concepts, lexicon
from binhyen.language.classify.urgency import is_negated_or_past, literal_emergencies
from binhyen.language.reading import CATEGORIES
from binhyen.language.tokenizer import tokenize


def find_terms(text: str) -> set[tuple[str, str]]:
    return {(" ".join(h.phrase.words), h.phrase.kind) for h in lexicon.shipped_lexicon().find(tokenize(text))}


def find_alarms(text: str) -> list[str]:
    word_list = tokenize(text)
    hits = lexicon.shipped_lexicon().find(word_list)
    return [] if is_negated_or_past(word_list, hits) else [" ".join(h.phrase.words) for h in literal_emergencies(hits)]


def test_every_category_has_phrases_and_all_are_folded() -> None:
    for label in CATEGORIES:
        text = (lexicon.FOLDER / f"category_{label}.tsv").read_text(encoding="utf-8")
        assert len(text.splitlines()) > 50
        assert text.replace("phrase\tweight", "") == fold_text(text).replace("phrase\tweight", "")


def test_a_phrase_is_found_with_and_without_marks() -> None:
    assert ("danh nhau", "violence") in find_terms("Có ĐÁNH NHAU ở chợ")
    assert find_terms("Có ĐÁNH NHAU ở chợ") == find_terms("co danh nhau o cho")


def test_short_forms_are_written_out() -> None:
    assert tokenize("ko dc ae mn").tokens == ("khong", "duoc", "anh", "em", "moi", "nguoi")


def test_numbers_are_read_by_shape() -> None:
    word_list = tokenize("gọi 0912345678 lúc 19h40, mất 5 triệu, xe 38N1-123.45, vào vneid-gov.top/x")
    assert {"#tel", "#gio", "#tien", "#bien", "#url"} <= set(word_list.tokens)


def test_guards_silence_an_alarm_and_nothing_else_does() -> None:
    assert find_alarms("cháy nhà rồi bà con ơi")
    assert not find_alarms("mai diễn tập, có giả cháy nhà, bà con đừng lo")
    assert not find_alarms("không có cháy nhà đâu")
    assert not find_alarms("theo báo thì ngoài đó cháy nhà")
    assert find_alarms("xin phép làm phiền, cháy nhà ạ")


def write_lexicon(folder: Path, name: str, body: str) -> None:
    (folder / name).write_text(body, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_lexicon(tmp_path, "category_fire.tsv", "phrase\tweight\nchay/boc * nha\t3\n")
    write_lexicon(tmp_path, "emergency.tsv", "phrase\tlevel\n")
    write_lexicon(tmp_path, "guards.tsv", "phrase\tkind\n")
    write_lexicon(tmp_path, "sensitive.tsv", "phrase\twhy\n")
    write_lexicon(tmp_path, "longer_words.tsv", "phrase\nchay nha nghi\n")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("cháy nhà", True),
        ("bốc lửa trong nhà", True),
        ("cháy a b c d nhà", False),
        ("chạy nhà nghỉ", False),
        ("chạy nhà nghỉ, bốc cháy nhà kho", True),
    ],
)
def test_gaps_and_alternatives(folder: Path, text: str, hit: bool) -> None:
    assert bool(lexicon.load_lexicon(folder).find(tokenize(text))) is hit


def test_unknown_names_are_refused(folder: Path) -> None:
    write_lexicon(folder, "guards.tsv", "phrase\tkind\nabc\tfiguer\n")
    with pytest.raises(ValueError, match="figuer"):
        lexicon.load_lexicon(folder)
    write_lexicon(folder, "guards.tsv", "phrase\tkind\n")
    write_lexicon(folder, "category_fires.tsv", "phrase\tweight\n")
    with pytest.raises(ValueError, match="category_fires"):
        lexicon.load_lexicon(folder)


def test_concepts_detect_a_danger() -> None:
    goat = concepts.find_danger_reasons(
        concepts.distinct_classes(concepts.find_word_classes(tokenize("cụ bà đi lạc chưa về").tokens))
    )
    assert goat
    assert not concepts.find_danger_reasons(
        concepts.distinct_classes(concepts.find_word_classes(tokenize("chúc cả nhà ngủ ngon").tokens))
    )


def test_every_pattern_names_known_kinds() -> None:
    assert concepts.load_patterns("dangers", "why")
    assert {p.means for p in concepts.load_patterns("patterns", "category")} <= set(CATEGORIES)
