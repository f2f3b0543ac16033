"""The learnt weights: every feature has one, retraining reproduces them, held-out sets are read well."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest

from binhyen.language.dedup import Pair, Told, clustering, shipped, told
from binhyen.language.dedup.clustering import Second, linked, second
from binhyen.language.dedup.idf import common, rare
from binhyen.language.dedup.pair_features import signs
from binhyen.language.dedup.pair_model import comparable, exact
from binhyen.language.entities import extract
from binhyen.language.entities.gazetteers import DATA
from binhyen.language.places import Gazetteer
from binhyen.language.reader import Reader
from binhyen.language.training import command, fit_dedup

AT = datetime.fromisoformat("2026-11-20T20:00:00+07:00")


def read(text: str, group: str | None = "18406", category: str = "violence") -> Told:
    gazetteer = Gazetteer.load_default()
    return told(text, AT, group, {category: 1.0}, extract(text, gazetteer), gazetteer)


def test_every_sign_has_a_weight_and_every_weight_a_sign() -> None:
    assert set(signs(read("a"), read("b"), 1.0, 3.0)) == set(shipped().weights)
    noting = fit_dedup._Noting(shipped(), Second({}, 0.0))
    noting.noted = {}
    for text in ("đánh nhau chợ Nghèn", "cho nghen danh nhau"):
        noting.add(read(text))
    assert set(noting.noted[0, 1] | noting.beside(0, 1)) == set(second().weights)


def test_a_sign_without_a_weight_is_an_error() -> None:
    with pytest.raises(KeyError):
        shipped().of({"moonlight": 1.0})
    with pytest.raises(KeyError):
        second().of({"moonlight": 1.0})


def test_learning_again_from_the_open_sets_alone_gives_the_same_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []
    read_rows = fit_dedup.rows_of

    def noting(name: str, kind: str) -> list[dict[str, object]]:
        asked.append(name)
        return read_rows(name, kind)

    monkeypatch.setattr(fit_dedup, "rows_of", noting)
    paths = fit_dedup.learn(Reader(), tmp_path)
    assert asked == ["dev"], "nothing is learnt from the blind set"
    assert [path.name for path in paths] == ["together.tsv", "stream.tsv"]
    for path in paths:
        assert path.read_text(encoding="utf-8") == (DATA / path.name).read_text(encoding="utf-8")


def test_a_writer_from_whom_nothing_was_learnt_is_read_well() -> None:
    assert fit_dedup.left_out(fit_dedup.read(Reader()), 2) >= 0.74  # of the others: data/dev/README.md


def test_groups_join_by_the_mean_of_their_pairs() -> None:
    assert linked(3, {(0, 1): 3.0, (1, 2): 1.0, (0, 2): -1.0}) == [0, 0, 0]
    assert linked(3, {(0, 1): 3.0, (1, 2): 1.0}) == [0, 0, 2], "a chain of one link does not hold"
    assert linked(4, {(2, 3): 2.0, (0, 1): -2.0}) == [0, 1, 2, 2]


def test_one_flood_told_by_thousands_is_compared_with_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustering, "_MOST", 5)
    asked: list[int] = []

    class Counting(Pair):
        def of(self, found: Mapping[str, float]) -> float:
            asked.append(0)
            return super().of(found)

    reports = clustering.Stream(Counting(shipped().weights, shipped().bias), second())
    for number in range(30):
        reports.add(read(f"nước ngập tới nóc nhà số {number} rồi", category="fire"))
    assert len(asked) <= 30 * 5


def test_counted_words(tmp_path: Path) -> None:
    path = fit_dedup.count_words(tmp_path)
    assert path.read_text(encoding="utf-8").count("\n") > 1000
    assert common("co") and not common("ruby")
    assert rare("ruby") > rare("danh") > rare("co")
    assert (DATA / "rarity.tsv").exists()


def test_two_plates_speak_against_and_one_decides() -> None:
    one, same = read("xe 38A-118.20 chạy ẩu"), read("xe biển 38a 11820 tông người")
    other = read("xe 38A-555.66 chạy ẩu")
    assert exact(one, same) and not exact(one, other)
    assert signs(one, other, 0.1, 4)["numbers_differ"] == 1.0
    assert shipped().chance(one, same) == 1.0


def test_a_hotline_in_both_is_no_number_in_common() -> None:
    assert not exact(read("gọi 113 rồi mà chưa thấy"), read("đã gọi 113"))


def test_far_places_are_not_read_but_for_a_rare_word() -> None:
    here, there = read("có đánh nhau", "18406"), read("có đánh nhau", "18754")
    assert not comparable(here, there)
    assert comparable(read("đánh nhau quán Ruby", "18406"), read("danh nhau ruby", "18754"))


def test_the_figures_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["judge", "--set", "blind"]) == 0
    said = capsys.readouterr().out
    assert "blind: clusters" in said and "lost → found" in said and "PHONE" in said
