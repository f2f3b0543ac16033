"""Offsets, odd input, and linear running time."""

import json
import unicodedata
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binhyen.language.entities import extract_entities
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reader import Reader
from binhyen.language.training import evaluate_sets
from tests.complexity import assert_linear

_DEV = Path(__file__).resolve().parents[1] / "data" / "dev" / "entities.jsonl"
ROWS = [json.loads(line) for line in _DEV.read_text(encoding="utf-8").splitlines()]


class RememberingReader(Reader):
    """A reader that reads each message once: the sets below overlap."""

    def __init__(self) -> None:
        super().__init__()
        self.understand = cache(super().understand)  # type: ignore[method-assign]


READER = RememberingReader()
_PIECES = st.sampled_from(
    [
        "0912 345 678",
        "mất ví ",
        "xã Thạch Đài",
        "1tr2 ",
        "lúc 9h",
        "a.com/x",
        "hxxp://",
        "chấm com",
        "\u0301",
        "²",
        "٣",
        "<b>",
        "\x00",
        "\ud83d",
        "🔥",
        "38A-123.45",
        "anh Tuấn",
        "stk ",
        "cccd ",
        "\u200b",
        "ở ",
        "màu đỏ",
        "tuổi ",
        "năm ",
        "1.000.",
        "\n",
        ", ",
    ]
)


def measure_f1_by_type(rows: evaluate_sets.Rows) -> dict[str, float]:
    """Return F1 of every type, and «micro» over all."""
    return {kind: evaluate_sets.compute_f1(count) for kind, count in evaluate_sets.count_spans(rows, READER).items()}


@given(st.lists(st.one_of(_PIECES, st.text(max_size=12)), max_size=25).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_spans_of_itself_without_overlap(text: str) -> None:
    last = 0
    for entity in extract_entities(text, Gazetteer.load_default()):
        assert entity.text == text[entity.start : entity.end] != ""
        assert entity.start >= last
        last = entity.end


@pytest.mark.parametrize("row", ROWS[::31], ids=lambda row: row["id"])
def test_nfd_finds_the_same_with_offsets_of_its_own(row: dict[str, str]) -> None:
    gazetteer = Gazetteer.load_default()
    plain = extract_entities(unicodedata.normalize("NFC", row["text"]), gazetteer)
    decomposed = extract_entities(unicodedata.normalize("NFD", row["text"]), gazetteer)
    assert [(e.type, e.norm) for e in plain] == [(e.type, e.norm) for e in decomposed]
    assert [unicodedata.normalize("NFC", e.text) for e in decomposed] == [e.text for e in plain]


@pytest.mark.parametrize(
    "piece",
    [
        "0",
        "1 ",
        "mất ví ",
        "a.com/",
        "http://",
        "1.000.",
        "xã ",
        "Nguyễn ",
        "!",
        "\u0301",
        "con bò lạc ",
        "chấm com ",
        "thấy cái ví ",
        "có khẩu súng ",
        "QH 12-34 xe ",
        "9704 1234 5678 ",
        ".vna.com/",
    ],
)
def test_time_grows_with_the_length_only(piece: str) -> None:
    gazetteer = Gazetteer.load_default()
    assert_linear(lambda text: extract_entities(text, gazetteer), (piece * 100_000)[:100_000])


def test_empty_and_blank() -> None:
    for text in ("", " ", "\n\t", "🔥🔥", "\ud83d"):
        assert extract_entities(text, Gazetteer.load_default()) == ()


@pytest.mark.parametrize("split", ["dev", "test"])
def test_the_development_messages_keep_their_figures(split: str) -> None:
    scores = measure_f1_by_type([row for row in ROWS if row["split"] == split])
    assert scores["micro"] >= 0.90
    for kind in ("PHONE", "PLATE", "URL", "BANK_ACCOUNT", "MONEY"):
        assert scores[kind] >= 0.95, kind


def test_messages_by_other_people() -> None:
    """Every third row of 21 authors who did not know the extractor; 0.90 in all when last measured, after it was tuned
    on them. Which objects and colours count is a matter of taste."""
    scores = measure_f1_by_type([row for row in ROWS[1::3] if row["split"] == "others"])
    assert scores["micro"] >= 0.885
    for kind in ("PHONE", "PLATE", "URL", "BANK_ACCOUNT", "MONEY", "AGE", "ID_NUMBER"):
        assert scores[kind] >= 0.95, kind
    bars = {"PLACE": 0.92, "TIME": 0.885, "PERSON": 0.885, "BRAND": 0.88, "COLOR": 0.79, "ITEM": 0.71}
    assert {kind: scores[kind] for kind, bar in bars.items() if scores[kind] < bar} == {}


def test_the_score_notices_a_wrong_label() -> None:
    row = {"text": "gọi 0912345678", "entities": [{"type": "PHONE", "start": 4, "end": 14, "norm": "0912345679"}]}
    assert measure_f1_by_type([row])["micro"] == 0.0


def test_blind_messages() -> None:
    """Written before any measurement, never tuned on; 0.918 in all when last measured. Few rows per type: see dev."""
    scores = measure_f1_by_type(evaluate_sets.read_rows_of_set("blind", "entities"))
    assert scores["micro"] >= 0.86
    assert min(scores[kind] for kind in ("PHONE", "PLATE", "MONEY")) >= 0.95


def test_numbers_of_the_development_messages() -> None:
    scores = measure_f1_by_type(ROWS[1::3])
    assert min(scores[kind] for kind in ("PHONE", "PLATE", "URL", "BANK_ACCOUNT", "MONEY", "ID_NUMBER")) >= 0.95
