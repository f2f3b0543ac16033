"""The learnt weights: every sign has one, learning anew gives them again, sets left out are read well."""

from datetime import datetime
from pathlib import Path

import pytest

from binhyen.language.entities import extract
from binhyen.language.entities.tables import DATA
from binhyen.language.places import Gazetteer
from binhyen.language.reader import Reader
from binhyen.language.together import Told, shipped, told
from binhyen.language.together.pair import TABLE, comparable, exact
from binhyen.language.together.rarity import common, rare
from binhyen.language.together.signs import signs
from binhyen.language.training import command, together

AT = datetime.fromisoformat("2026-11-20T20:00:00+07:00")


def read(text: str, group: str | None = "18406", category: str = "violence") -> Told:
    gazetteer = Gazetteer.load_default()
    return told(text, AT, group, {category: 1.0}, extract(text, gazetteer), gazetteer)


def test_every_sign_has_a_weight_and_every_weight_a_sign() -> None:
    assert set(signs(read("a"), read("b"), 1.0, 3.0)) == set(shipped().weights)


def test_a_sign_without_a_weight_is_an_error() -> None:
    with pytest.raises(KeyError):
        shipped().of({"moonlight": 1.0})


def test_learning_again_from_the_open_sets_alone_gives_the_same_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []
    read_rows = together.rows_of

    def noting(name: str, kind: str) -> list[dict[str, object]]:
        asked.append(name)
        return read_rows(name, kind)

    monkeypatch.setattr(together, "rows_of", noting)
    path, figure = together.learn(Reader(), tmp_path)
    assert asked == ["dev"], "nothing is learnt from the blind set"
    assert figure >= 0.64  # writers from whom the weights have not learnt: data/dev/README.md
    assert path.read_text(encoding="utf-8") == (DATA / TABLE).read_text(encoding="utf-8")
    rows = {line.split("\t")[0] for line in path.read_text(encoding="utf-8").splitlines()[1:]}
    assert rows == {"bias", "threshold", *shipped().weights}


def test_counted_words(tmp_path: Path) -> None:
    path = together.count_words(tmp_path)
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
