"""Training data, bit-identical rebuilding, thresholds, corrections, and the gate before a new model goes live."""

import hashlib
import json
import re
import unicodedata
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from binhyen.kit.text import fold_text
from binhyen.language.classify.classifier import SHIPPED, Classifier
from binhyen.language.classify.model import OUTPUTS, CategoryModel, load_arrays, save_arrays
from binhyen.language.model_selection import read_shipped_metrics
from binhyen.language.reader import Reader
from binhyen.language.reading import CATEGORIES, Entity
from binhyen.language.tokenizer import tokenize
from binhyen.language.training import fit, rows
from binhyen.language.training.anonymize import mask_personal_data
from binhyen.language.training.build import add_courtesy, append_places, compare_models, train_model
from binhyen.language.training.command import main
from binhyen.language.training.metrics import Metrics, format_metrics, measure_model
from binhyen.language.training.rows import TrainingRow, fill_row, filter_split
from tests.complexity import assert_linear

ALL = rows.load_shipped_rows()


def sample_rows(count: int = 12) -> list[TrainingRow]:
    """Take a few rows of each category and split: enough to learn something, quick to learn."""
    taken: Counter[tuple[str, str]] = Counter()
    stored = []
    for row in ALL:
        if row.split != "test" and taken[row.category, row.split] < count:
            taken[row.category, row.split] += 1
            stored.append(row)
    return stored


def hash_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_repository_holds_enough_different_messages() -> None:
    assert len({" ".join(fold_text(row.text).split()) for row in ALL}) >= 17_000
    assert len({row.id for row in ALL}) == len(ALL)
    assert {row.category for row in ALL} == set(CATEGORIES)
    assert {row.urgency for row in ALL} == {0, 1, 2, 3}
    assert sum(fold_text(row.text) == row.text.lower() for row in ALL) / len(ALL) >= 0.33


def test_a_word_of_one_class_speaks_for_it_and_other_blocks_are_not_seen() -> None:
    dense = np.array([[1.0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 1], [0, 1, 1, 0]])
    learnt = fit.FeatureMatrix((("a", "b"), ("c",), ("sign",), ()), np.ones(4, np.float32), sparse.csr_matrix(dense))
    weights, bias = fit._fit_class_ratios(learnt, np.array([0, 0, 1, 1]))
    assert weights.shape == (4, 2) and bias.shape == (2,)
    assert weights[0, 0] > 0 > weights[0, 1] and weights[1, 1] > 0 > weights[1, 0]
    assert (weights[3] == 0).all(), "signs are not among the blocks of this model"


def test_a_new_row_changes_no_copy_of_another() -> None:
    copies = {row.id: row.text for row in (*add_courtesy(ALL[1:]), *append_places(ALL[1:]))}
    more = {row.id: row.text for row in (*add_courtesy(ALL), *append_places(ALL))}
    assert copies and {name: more[name] for name in copies} == copies


def test_no_family_of_texts_crosses_a_split() -> None:
    homes: dict[str, set[str]] = {}
    for row in ALL:
        homes.setdefault(row.template, set()).add(row.split)
    assert all(len(splits) == 1 for splits in homes.values())


def test_the_blind_rows_are_never_learnt_from() -> None:
    blind = rows.load_blind_rows()
    for name in rows.BLIND:
        assert {row.category for row in filter_split(blind, name)} == set(CATEGORIES)
        assert filter_split(ALL, name) == ()
    assert not {fold_text(row.text) for row in blind} & {fold_text(row.text) for row in ALL}


def test_no_text_contains_a_phone_or_plate() -> None:
    long_number = re.compile(r"\d(?:[ .-]?\d){7,}")
    assert long_number.search("gọi 0912.345.678")
    assert [row.id for row in ALL if long_number.search(row.text)] == []


def test_slots_are_filled_the_same_way_each_time() -> None:
    row = next(row for row in ALL if "{sdt}" in row.text)
    assert fill_row(row).text == fill_row(row).text != fill_row(row, 1).text
    assert "{" not in fill_row(row).text


@pytest.fixture(scope="module")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train on the sampled rows once for all tests."""
    return train_model(tmp_path_factory.mktemp("small") / "model.npz", rows=sample_rows())


def test_the_shipped_model_equals_the_trained_one(tmp_path: Path) -> None:
    assert main(["train", "--out", str(tmp_path / "model.npz")]) == 0
    assert hash_file(tmp_path / "model.npz") == hash_file(SHIPPED)


def test_corrections_are_learnt(tmp_path: Path, small_model: Path) -> None:
    text = "cái zizizi nớ lại wawawa rồi"
    correction_rows = [
        TrainingRow(f"sửa-{i}", f"{text} {i}", "environment_noise", 1, False, f"sửa-{i}", "standard", "train")
        for i in range(4)
    ]
    extra = tmp_path / "extra.jsonl"
    extra.write_text("".join(json.dumps(asdict(row)) + "\n" for row in correction_rows), encoding="utf-8")
    other = train_model(tmp_path / "b.npz", extra=extra, rows=sample_rows())
    assert hash_file(other) != hash_file(small_model)
    without, learnt = map(Classifier.load, (small_model, other))
    assert learnt.classify(text, ()).category == "environment_noise"
    assert without.classify(text, ()).category != "environment_noise"
    extra.write_text(json.dumps(asdict(replace(correction_rows[0], category="noise"))) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"extra.jsonl:1"):
        train_model(tmp_path / "c.npz", extra=extra, rows=sample_rows())


def test_a_model_that_loses_does_not_go_live(tmp_path: Path) -> None:
    poor = train_model(tmp_path / "poor.npz", rows=sample_rows(3))
    judged = filter_split(ALL, "test")[::3]
    assert not compare_models(SHIPPED, poor, judged).better
    assert compare_models(poor, SHIPPED, judged).better
    assert compare_models(SHIPPED, SHIPPED, judged).better


def test_a_model_that_keeps_tips_less_close_does_not_go_live(tmp_path: Path) -> None:
    judged = filter_split(ALL, "test")[::3]
    for name, bias, loses in (("open", -50.0, "sensitive_recall"), ("closed", 50.0, "sensitive_f1")):
        comparison = compare_models(SHIPPED, _shift_bias(tmp_path / f"{name}.npz", bias), judged)
        assert (comparison.new.macro_f1, comparison.new.urgency3_recall, comparison.new.false_alarms) == (
            comparison.old.macro_f1,
            comparison.old.urgency3_recall,
            comparison.old.false_alarms,
        ), "the control: by nothing else it loses"
        assert getattr(comparison.new, loses) < getattr(comparison.old, loses)
        assert not comparison.better
    assert compare_models(SHIPPED, _shift_bias(tmp_path / "same.npz", 0.0), judged).better


def _shift_bias(path: Path, more: float) -> Path:
    """Shift the shipped model's bias towards or against «sensitive»."""
    arrays = load_arrays(SHIPPED)
    bias = arrays["bias"].copy()
    bias[OUTPUTS.index("sensitive")] += more
    save_arrays(path, arrays | {"bias": bias})
    return path


def test_a_correction_without_sensitivity_does_not_train_sensitivity(tmp_path: Path) -> None:
    text, results = "cái zizizi nớ lại wawawa rồi", {}
    for label in (True, None, False):
        extra = tmp_path / f"{label}.jsonl"
        correction_rows = [
            TrainingRow(f"{i}", f"{text} {i}", "fire", 1, label, f"{i}", "standard", "train") for i in range(4)
        ]
        extra.write_text("".join(json.dumps(asdict(row)) + "\n" for row in correction_rows), encoding="utf-8")
        model = CategoryModel.load(train_model(tmp_path / f"{label}.npz", extra=extra, rows=sample_rows(4)))
        results[label] = model.score(tokenize(text), []).sensitive
    assert results[False] < results[None] < results[True]


def test_the_shipped_model_reaches_its_figures_on_the_test_split(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--json"]) == 0
    figures = Metrics(**json.loads(capsys.readouterr().out))
    assert figures.macro_f1 >= 0.865
    assert figures.top3 >= 0.96
    assert figures.macro_f1_stripped == figures.macro_f1_nfd == figures.macro_f1
    assert figures.urgency3_recall >= 0.93
    assert figures.false_alarms <= 0.05
    assert "taken for" in format_metrics(figures)
    assert set(figures.confusion) == set(CATEGORIES)
    shown, measured = read_shipped_metrics(), figures.as_dict()
    assert shown == pytest.approx({name: measured[name] for name in shown}, abs=1e-5), "run `binhyen language train`"
    assert {"macro_f1", "top3", "urgency3_recall", "false_alarms"} <= set(shown)


def test_it_reaches_them_on_messages_of_other_writers() -> None:
    """Acceptance sets by authors of no training row (blind5 to blind8 above all)."""
    figures = measure_model(Classifier.load(), rows.load_blind_rows(), respelled=False)
    assert figures.macro_f1 >= 0.88
    assert figures.top3 >= 0.97
    assert figures.urgency3_recall >= 0.945
    assert figures.false_alarms <= 0.045


def test_masking_removes_personal_data_and_adds_nothing() -> None:
    text = "Anh Hùng {xa} số 0912345678"
    entities = (Entity("PERSON", "Hùng", 4, 8, "Hùng"), Entity("PHONE", "0912345678", 17, 27, "0912345678"))
    assert mask_personal_data(text, entities) == "Anh {ten} (xa) số {sdt}"
    inner = Entity("ID_NUMBER", "2345", 19, 23, "2345")
    assert mask_personal_data(text, (*entities, inner)) == "Anh {ten} (xa) số {sdt}"
    assert mask_personal_data("không có gì", ()) == "không có gì"


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
        entities = mask_personal_data(written, reader.understand(written).entities)
        assert unicodedata.normalize("NFC", entities) == masked
        assert "{" not in fill_row(replace(ALL[0], text=entities)).text


def test_masking_is_linear_in_the_length() -> None:
    for unit in ("a.", "zalo ", "so 1 ", "a@a", "1/", "ngo 1 "):
        assert_linear(lambda text: mask_personal_data(text, ()), unit * (40_000 // len(unit)))
