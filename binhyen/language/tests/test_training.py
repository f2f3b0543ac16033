"""Training data, bit-identical rebuilding, thresholds, corrections, and the gate before a new model goes live."""

import hashlib
import json
import re
import unicodedata
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from binhyen.kit.text import fold
from binhyen.language.classify import Classifier
from binhyen.language.classify.classifier import SHIPPED
from binhyen.language.classify.model import OUTPUTS, Model, arrays_of, save
from binhyen.language.model_selection import shipped_figures
from binhyen.language.reader import Reader
from binhyen.language.reading import CATEGORIES, Entity
from binhyen.language.tokenizer import words
from binhyen.language.training import main, rows
from binhyen.language.training.anonymize import mask
from binhyen.language.training.build import compare, train
from binhyen.language.training.metrics import measure, table
from binhyen.language.training.rows import Row, fill, of_split
from tests.complexity import by_length_only

ALL = rows.shipped()


def small(count: int = 12) -> list[Row]:
    """Take a few rows of each category and split: enough to learn something, quick to learn."""
    taken: Counter[tuple[str, str]] = Counter()
    kept = []
    for row in ALL:
        if row.split != "test" and taken[row.category, row.split] < count:
            taken[row.category, row.split] += 1
            kept.append(row)
    return kept


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_repository_holds_enough_different_messages() -> None:
    assert len({" ".join(fold(row.text).split()) for row in ALL}) >= 17_000
    assert len({row.id for row in ALL}) == len(ALL)
    assert {row.category for row in ALL} == set(CATEGORIES)
    assert {row.urgency for row in ALL} == {0, 1, 2, 3}
    assert sum(fold(row.text) == row.text.lower() for row in ALL) / len(ALL) >= 0.33


def test_no_family_of_texts_crosses_a_split() -> None:
    homes: dict[str, set[str]] = {}
    for row in ALL:
        homes.setdefault(row.template, set()).add(row.split)
    assert all(len(splits) == 1 for splits in homes.values())


def test_the_blind_rows_are_never_learnt_from() -> None:
    blind = rows.blind()
    for name in rows.BLIND:
        assert {row.category for row in of_split(blind, name)} == set(CATEGORIES)
        assert of_split(ALL, name) == ()
    assert not {fold(row.text) for row in blind} & {fold(row.text) for row in ALL}


def test_no_phone_or_plate_stands_in_a_text() -> None:
    long_number = re.compile(r"\d(?:[ .-]?\d){7,}")
    assert long_number.search("gọi 0912.345.678")
    assert [row.id for row in ALL if long_number.search(row.text)] == []


def test_slots_are_filled_the_same_way_each_time() -> None:
    row = next(row for row in ALL if "{sdt}" in row.text)
    assert fill(row).text == fill(row).text != fill(row, 1).text
    assert "{" not in fill(row).text


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = train(tmp_path / "a.npz", rows=small()), train(tmp_path / "b.npz", rows=small())
    assert digest(first) == digest(second)
    other = train(tmp_path / "c.npz", rows=small(11))
    assert digest(other) != digest(first)


def test_the_shipped_model_is_what_train_builds(tmp_path: Path) -> None:
    assert main(["train", "--out", str(tmp_path / "model.npz")]) == 0
    assert digest(tmp_path / "model.npz") == digest(SHIPPED)


def test_corrections_are_learnt_and_bad_ones_refused(tmp_path: Path) -> None:
    text = "cái zizizi nớ lại wawawa rồi"
    told = [
        Row(f"sửa-{i}", f"{text} {i}", "environment_noise", 1, False, f"sửa-{i}", "standard", "train") for i in range(4)
    ]
    extra = tmp_path / "extra.jsonl"
    extra.write_text("".join(json.dumps(asdict(row)) + "\n" for row in told), encoding="utf-8")
    without = Classifier.load(train(tmp_path / "a.npz", rows=small()))
    learnt = Classifier.load(train(tmp_path / "b.npz", extra=extra, rows=small()))
    assert learnt.classify(text, ()).category == "environment_noise"
    assert without.classify(text, ()).category != "environment_noise"
    extra.write_text(json.dumps(asdict(replace(told[0], category="noise"))) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"extra.jsonl:1"):
        train(tmp_path / "c.npz", extra=extra, rows=small())


def test_a_model_that_loses_does_not_go_live(tmp_path: Path) -> None:
    poor = train(tmp_path / "poor.npz", rows=small(3))
    judged = of_split(ALL, "test")[::3]
    assert not compare(SHIPPED, poor, judged).better
    assert compare(poor, SHIPPED, judged).better
    assert compare(SHIPPED, SHIPPED, judged).better


def test_a_model_that_keeps_tips_less_close_does_not_go_live(tmp_path: Path) -> None:
    judged = of_split(ALL, "test")[::3]
    for name, bias, loses in (("open", -50.0, "sensitive_recall"), ("closed", 50.0, "sensitive_f1")):
        seen = compare(SHIPPED, _with_bias(tmp_path / f"{name}.npz", bias), judged)
        assert (seen.new.macro_f1, seen.new.urgency3_recall, seen.new.false_alarms) == (
            seen.old.macro_f1, seen.old.urgency3_recall, seen.old.false_alarms,
        ), "the control: by nothing else it loses"  # fmt: skip
        assert getattr(seen.new, loses) < getattr(seen.old, loses)
        assert not seen.better
    assert compare(SHIPPED, _with_bias(tmp_path / "same.npz", 0.0), judged).better


def _with_bias(path: Path, more: float) -> Path:
    """Shift the shipped model's bias towards or against «sensitive»."""
    arrays = arrays_of(SHIPPED)
    bias = arrays["bias"].copy()
    bias[OUTPUTS.index("sensitive")] += more
    save(path, arrays | {"bias": bias})
    return path


def test_a_correction_that_does_not_say_what_is_sensitive_teaches_nothing_of_it(tmp_path: Path) -> None:
    text, found = "cái zizizi nớ lại wawawa rồi", {}
    for label in (True, None, False):
        extra = tmp_path / f"{label}.jsonl"
        told = [Row(f"{i}", f"{text} {i}", "fire", 1, label, f"{i}", "standard", "train") for i in range(4)]
        extra.write_text("".join(json.dumps(asdict(row)) + "\n" for row in told), encoding="utf-8")
        model = Model.load(train(tmp_path / f"{label}.npz", extra=extra, rows=small()))
        found[label] = model.score(words(text), []).sensitive
    assert found[False] < found[None] < found[True]


def test_the_shipped_model_holds_its_figures_on_the_test_split() -> None:
    figures = measure(Classifier.load(), of_split(ALL, "test"))
    assert figures.macro_f1 >= 0.865
    assert figures.top3 >= 0.96
    assert figures.macro_f1_stripped == figures.macro_f1_nfd == figures.macro_f1
    assert figures.urgency3_recall >= 0.93
    assert figures.false_alarms <= 0.05
    assert "taken for" in table(figures)


def test_it_holds_them_on_messages_of_other_writers() -> None:
    """Acceptance sets by authors who wrote no training row (blind5 to blind8 above all)."""
    figures = measure(Classifier.load(), rows.blind())
    assert figures.macro_f1 >= 0.88
    assert figures.top3 >= 0.97
    assert figures.urgency3_recall >= 0.945
    assert figures.false_alarms <= 0.045


def test_evaluate_prints_json_and_what_the_page_shows_of_the_shipped_model_is_that(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["evaluate", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["confusion"]) == set(CATEGORIES)
    shown = shipped_figures()
    assert shown == pytest.approx({name: told[name] for name in shown}, abs=1e-5), "run `binhyen language train`"
    assert {"macro_f1", "top3", "urgency3_recall", "false_alarms"} <= set(shown)


def test_mask_takes_personal_data_out_and_plants_nothing() -> None:
    text = "Anh Hùng {xa} số 0912345678"
    entities = (Entity("PERSON", "Hùng", 4, 8, "Hùng"), Entity("PHONE", "0912345678", 17, 27, "0912345678"))
    assert mask(text, entities) == "Anh {ten} (xa) số {sdt}"
    inner = Entity("ID_NUMBER", "2345", 19, 23, "2345")
    assert mask(text, (*entities, inner)) == "Anh {ten} (xa) số {sdt}"
    assert mask("không có gì", ()) == "không có gì"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("thư hung.tran92@gmail.com nha", "thư {thu} nha"),
        ("hung (at) gmail (dot) com", "{thu}"),
        ("liên hệ zalo: hungtran92 hoặc fb hung.tran", "liên hệ {nick} hoặc {nick}"),
        ("vào https://zalo.me/g/abcxyz", "vào {url}"),
        ("nhắn @trung_ha88 nhé", "nhắn {nick} nhé"),
        ("nhà em số 12 ngõ 5 đường Nguyễn Du", "nhà em {nha} đường Nguyễn Du"),
        ("o so 7 ngo 15 Le Duan", "o {nha} Le Duan"),
        ("12/5 Nguyễn Du có đánh nhau", "{nha} Nguyễn Du có đánh nhau"),
        ("số nhà 45 gần chợ", "{nha} gần chợ"),
        ("lúc 5h đường Nguyễn Du kẹt, 3 người ở ngã tư", "lúc 5h đường Nguyễn Du kẹt, 3 người ở ngã tư"),
        ("zalo em kết bạn nhé, ngô 3kg", "zalo em kết bạn nhé, ngô 3kg"),
    ],
)
def test_mail_names_on_networks_and_house_numbers_are_masked(text: str, masked: str) -> None:
    reader = Reader()
    for form in ("NFC", "NFD"):
        written = unicodedata.normalize(form, text)
        told = mask(written, reader.understand(written).entities)
        assert unicodedata.normalize("NFC", told) == masked
        assert "{" not in fill(replace(ALL[0], text=told)).text


def test_masking_takes_time_by_length_only() -> None:
    for unit in ("a.", "zalo ", "so 1 ", "a@a", "1/", "ngo 1 "):
        by_length_only(lambda text: mask(text, ()), unit * (40_000 // len(unit)))
