"""The same incident told by many; different incidents stay apart."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from binhyen.language.classify import Classifier
from binhyen.language.cluster import Clusterer, Report
from binhyen.language.places import Gazetteer
from binhyen.language.reading import Entity

_DEV = Path(__file__).resolve().parents[1] / "data" / "dev" / "cluster.jsonl"
START = datetime.fromisoformat("2026-11-20T20:00:00+07:00")


def clusterer(category: str = "violence") -> Clusterer:
    def categorise(report: Report, entities: Sequence[Entity]) -> str:
        return category

    return Clusterer(categorise)


def at(number: int, minutes: float, text: str, group: str | None = None) -> Report:
    return Report(f"r{number}", text, START + timedelta(minutes=minutes), group)


def test_a_fight_told_by_two_is_one_incident() -> None:
    reports = clusterer()
    assert reports.add(at(1, 0, "Đang có đánh nhau to ở chợ Nghèn", "18406")) is None
    assert reports.add(at(2, 8, "o cho nghen 2 nhom danh nhau", "18406")) == "c1"
    assert reports.clusters() == {"r1": "c1", "r2": "c1"}


def test_another_place_or_another_day_is_another_incident() -> None:
    reports = clusterer()
    reports.add(at(1, 0, "đánh nhau ở chợ Nghèn"))
    assert reports.add(at(2, 8, "đánh nhau ở chợ Hội Cẩm Xuyên")) is None
    assert reports.add(at(3, 60 * 30, "đánh nhau ở chợ Nghèn")) is None
    assert set(reports.clusters().values()) == {None}


def test_an_exact_number_joins_over_days_and_communes() -> None:
    reports = clusterer("scam")
    reports.add(at(1, 0, "số 0785333222 giả shipper", "18073"))
    assert reports.add(at(2, 60 * 70, "cảnh giác sđt 0785.333.222 lừa đảo", "18496")) == "c1"


def test_two_lost_wallets_are_two() -> None:
    reports = clusterer("lost_item")
    reports.add(at(1, 0, "em rơi ví đen ở chợ Nghèn", "18406"))
    assert reports.add(at(2, 30, "mất ví nâu ở thị trấn Nghèn ai nhặt được", "18406")) is None


def test_old_clusters_are_forgotten_but_keep_their_name() -> None:
    reports = clusterer()
    for number in range(50):
        reports.add(at(number, number * 600, "đánh nhau ở chợ Nghèn"))
    assert len(reports.clusters()) == 50
    assert len(reports._open) <= 2


def pairwise_f1(rows: list[dict[str, str]]) -> float:
    """F1 over pairs of reports, with the categories of the shipped model."""
    model = Classifier.load()
    reports = Clusterer(lambda report, entities: model.classify(report.text, entities).category)
    commune_of = Gazetteer.load_default().commune_of_group
    for row in rows:
        moment = datetime.fromisoformat(row["posted_at"])
        reports.add(Report(row["id"], row["text"], moment, commune_of(row["group"] or "")))
    given = reports.clusters()
    hit = extra = missed = 0
    for index, row in enumerate(rows):
        for other in rows[:index]:
            gold = row["gold"] is not None and row["gold"] == other["gold"]
            told = given[row["id"]] is not None and given[row["id"]] == given[other["id"]]
            hit, extra, missed = hit + (gold and told), extra + (told and not gold), missed + (gold and not told)
    return 2 * hit / (2 * hit + extra + missed)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_development_reports(number: int) -> None:
    rows = [json.loads(line) for line in _DEV.read_text(encoding="utf-8").splitlines()]
    assert pairwise_f1([row for row in rows if row["set"] == number]) >= 0.7


def test_the_figure_notices_a_wrong_label() -> None:
    row = {"text": "đánh nhau ở chợ Nghèn", "group": "Can Lộc", "posted_at": START.isoformat()}
    assert pairwise_f1([{**row, "id": "a", "gold": "x"}, {**row, "id": "b", "gold": "x"}]) == 1.0
    assert pairwise_f1([{**row, "id": "a", "gold": "x"}, {**row, "id": "b", "gold": "y"}]) == 0.0
