"""The learnt weights: every feature has one, retraining reproduces them, held-out sets are read well."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from binhyen.language.dedup import clustering
from binhyen.language.dedup.clustering import ContextModel, link_groups, shipped_context_model
from binhyen.language.dedup.pair_model import (
    PairModel,
    extract_pair_features,
    is_comparable,
    share_identifier,
    shipped_pair_model,
)
from binhyen.language.dedup.report_features import ReportFeatures, extract_report_features, idf, is_common
from binhyen.language.entities import extract_entities
from binhyen.language.entities.gazetteers import DATA
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reader import Reader
from binhyen.language.training import command, evaluate_sets, fit_dedup

AT = datetime.fromisoformat("2026-11-20T20:00:00+07:00")


def extract_features(text: str, group: str | None = "18406", category: str = "violence") -> ReportFeatures:
    gazetteer = Gazetteer.load_default()
    return extract_report_features(text, AT, group, {category: 1.0}, extract_entities(text, gazetteer), gazetteer)


def test_every_sign_has_a_weight_and_every_weight_a_sign() -> None:
    assert set(extract_pair_features(extract_features("a"), extract_features("b"), 1.0, 3.0)) == set(
        shipped_pair_model().weights
    )
    noting = fit_dedup._RecordingStream(shipped_pair_model(), ContextModel({}, 0.0))
    noting.noted = {}
    for text in ("đánh nhau chợ Nghèn", "cho nghen danh nhau"):
        noting.add(extract_features(text))
    assert set(noting.noted[0, 1] | noting.neighbour_features(0, 1)) == set(shipped_context_model().weights)


def test_a_sign_without_a_weight_is_an_error() -> None:
    with pytest.raises(KeyError):
        shipped_pair_model().of({"moonlight": 1.0})
    with pytest.raises(KeyError):
        shipped_context_model().of({"moonlight": 1.0})


@pytest.fixture(scope="module")
def training_sets() -> Sequence[fit_dedup.ReportSet]:
    """Read the training sets once; nothing is learnt from the blind set."""
    asked: list[str] = []
    read_rows = fit_dedup.read_rows_of_set

    def record_call(name: str, kind: str) -> list[dict[str, object]]:
        asked.append(name)
        return read_rows(name, kind)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit_dedup, "read_rows_of_set", record_call)
        sets = fit_dedup.read_sets(Reader())
    assert asked == ["dev"]
    return sets


def test_learning_again_gives_the_same_file(training_sets: Sequence[fit_dedup.ReportSet], tmp_path: Path) -> None:
    paths = fit_dedup.train_dedup(training_sets, tmp_path)
    assert [path.name for path in paths] == ["together.tsv", "stream.tsv"]
    for path in paths:
        assert path.read_text(encoding="utf-8") == (DATA / path.name).read_text(encoding="utf-8")


def test_an_unseen_writer_is_read_well(training_sets: Sequence[fit_dedup.ReportSet]) -> None:
    written = [report_set for report_set in training_sets if report_set.writer[:9] != "unrelated"]
    assert fit_dedup.evaluate_left_out(written, "2") >= 0.7  # of the others: data/dev/README.md


def test_groups_join_by_the_mean_of_their_pairs() -> None:
    assert link_groups(3, {(0, 1): 3.0, (1, 2): 1.0, (0, 2): -1.0}) == [0, 0, 0]
    assert link_groups(3, {(0, 1): 3.0, (1, 2): 1.0}) == [0, 0, 2], "a chain of one link does not hold"
    assert link_groups(4, {(2, 3): 2.0, (0, 1): -2.0}) == [0, 1, 2, 2]


def test_one_flood_with_thousands_of_reports_is_compared_with_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustering, "_MAX_COMPARED", 5)
    asked: list[int] = []

    class Counting(PairModel):
        def of(self, features: Mapping[str, float]) -> float:
            asked.append(0)
            return super().of(features)

    reports = clustering.ReportStream(
        Counting(shipped_pair_model().weights, shipped_pair_model().bias), shipped_context_model()
    )
    for number in range(30):
        reports.add(extract_features(f"nước ngập tới nóc nhà số {number} rồi", category="fire"))
    assert len(asked) <= 30 * 5


def test_counted_words(tmp_path: Path) -> None:
    path = fit_dedup.write_word_counts(tmp_path)
    assert path.read_text(encoding="utf-8").count("\n") > 1000
    assert is_common("co") and not is_common("ruby")
    assert idf("ruby") > idf("danh") > idf("co")
    assert (DATA / "rarity.tsv").exists()


def test_two_plates_are_evidence_against_and_one_decides() -> None:
    left, same = extract_features("xe 38A-118.20 chạy ẩu"), extract_features("xe biển 38a 11820 tông người")
    right = extract_features("xe 38A-555.66 chạy ẩu")
    assert share_identifier(left, same) and not share_identifier(left, right)
    assert extract_pair_features(left, right, 0.1, 4)["numbers_differ"] == 1.0
    assert shipped_pair_model().probability(left, same) == 1.0


def test_a_hotline_in_both_is_no_number_in_common() -> None:
    assert not share_identifier(extract_features("gọi 113 rồi mà chưa thấy"), extract_features("đã gọi 113"))


def test_distant_places_are_compared_only_with_a_rare_word() -> None:
    here, there = extract_features("có đánh nhau", "18406"), extract_features("có đánh nhau", "18754")
    assert not is_comparable(here, there)
    assert is_comparable(extract_features("đánh nhau quán Ruby", "18406"), extract_features("danh nhau ruby", "18754"))


def test_the_figures_are_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the first sets: the figures themselves are measured by the tests of clusters, matches and entities."""
    read_rows = evaluate_sets.read_rows_of_set

    def read_first_set(name: str, kind: str) -> list[dict[str, object]]:
        return [row for row in read_rows(name, kind) if row.get("set", 1) == 1][: None if kind == "match" else 60]

    monkeypatch.setattr(evaluate_sets, "read_rows_of_set", read_first_set)
    assert command.main(["judge", "--set", "blind"]) == 0
    output = capsys.readouterr().out
    assert "blind: clusters" in output and "lost → found" in output and "PHONE" in output
