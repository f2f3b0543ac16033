"""The loader: loading twice changes nothing, a bad row is rejected with the whole file, a decree closes and opens
units."""

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from binhyen.areas import queries
from binhyen.areas.loading import DATA, load_areas
from binhyen.areas.models import Area, AreaVersion, Succession, Unit
from binhyen.areas.rules.history import RowRejected

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 25, 3, tzinfo=dt.UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "units"
    shutil.copytree(DATA, copy)
    return copy


def dump_areas() -> tuple[Any, ...]:
    return (
        sorted(Area.objects.values_list("key", "latitude", "demo")),
        sorted(AreaVersion.objects.values_list("area__key", "code", "full_name", "valid_from", "valid_to"), key=str),
        Succession.objects.count(),
        sorted(Unit.objects.values_list("code", "name", "valid_to"), key=str),
    )


def append_lines(folder: Path, name: str, *lines: str) -> None:
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))


def close_communes(folder: Path, *codes: str) -> None:
    """End the communes with these codes (of 2025-07-01) on 2026-10-01; the current list lacks them."""
    path = folder / "hatinh_units_history.csv"
    text = path.read_text(encoding="utf-8")
    for code in codes:
        row = next(line for line in text.splitlines() if line.startswith(f"{code}-20250701,"))
        text = text.replace(row, row.replace(",2025-07-01,,", ",2025-07-01,2026-10-01,", 1))
    path.write_text(text, encoding="utf-8")
    today = folder / "units.csv"
    gone = tuple(f"{code}-20250701" for code in codes)
    remaining_lines = [line for line in today.read_text(encoding="utf-8").splitlines() if not line.startswith(gone)]
    today.write_text("\n".join(remaining_lines) + "\n", encoding="utf-8")


def test_a_second_run_changes_nothing() -> None:
    before, token = dump_areas(), queries.get_directory().token
    loaded = load_areas(now=NOW, demo=True)
    assert not loaded.has_changes
    assert dump_areas() == before
    queries.expire_token()
    assert queries.get_directory().token == token


def test_an_overlapping_row_is_refused_with_its_line_and_nothing_is_written(folder: Path) -> None:
    before = dump_areas()
    append_lines(
        folder,
        "hatinh_units_history.csv",
        "19999-20260101,19999,3,xa,Mới,Xã Mới,moi,42,42-0,2026-01-01,,,,effective",
        "18568-20260101,18568,3,xa,Lộc Hà,Xã Lộc Hà,loc ha,42,42-0,2026-01-01,,,,effective",
    )
    with pytest.raises(RowRejected, match="overlaps") as refused:
        load_areas(now=NOW, folder=folder)
    assert refused.value.where == "hatinh_units_history.csv:437"
    assert dump_areas() == before
    with pytest.raises(CommandError, match=r"nothing was written.*hatinh_units_history\.csv:437"):
        call_command("load_areas", folder=folder)


def test_the_same_rows_without_the_overlap_are_imported(folder: Path) -> None:
    """Negative control of the test above."""
    append_lines(
        folder,
        "hatinh_units_history.csv",
        "19999-20260101,19999,3,xa,Mới,Xã Mới,moi,42,42-0,2026-01-01,,,,effective",
    )
    assert load_areas(now=NOW, folder=folder).written.areas == 1
    assert queries.get_directory().communes["19999"].full_name == "Xã Mới"


@pytest.mark.parametrize(
    "line",
    [
        "x,19998,3,xa,Mới,Xã Mới,moi,42,42-0,hôm qua,,,,effective",
        "x,19998,3,xa,Mới,Xã Mới,moi,42,42-7,2026-01-01,,,,effective",
        "x,19998,3,xa,Mới,Xã Mới,moi,42,42-0,2026-01-01,2025-01-01,,,effective",
        "42-0,19998,3,xa,Mới,Xã Mới,moi,42,42-0,2026-01-01,,,,effective",
    ],
)
def test_other_bad_rows(folder: Path, line: str) -> None:
    append_lines(folder, "hatinh_units_history.csv", line)
    with pytest.raises(RowRejected) as refused:
        load_areas(now=NOW, folder=folder)
    assert refused.value.where == "hatinh_units_history.csv:436"


def test_a_version_that_people_entered_is_not_overlapped(folder: Path) -> None:
    """The file reopens a day that the register gave to another name of the same territory."""
    area = queries.get_directory().communes["18568"].area_id
    version = AreaVersion.objects.get(area_id=area, current=True)
    AreaVersion.objects.filter(pk=version.pk).update(valid_to=dt.date(2026, 9, 1))
    AreaVersion.objects.create(
        area_id=area,
        code="18568",
        type="phuong",
        name="Lộc Hà",
        full_name="Phường Lộc Hà",
        name_key="x",
        search_text="phuong loc ha",
        parent_id=version.parent_id,
        valid_from=dt.date(2026, 9, 1),
    )
    with pytest.raises(RowRejected, match="overlaps"):
        load_areas(now=NOW)


def test_a_merger_by_decree_closes_units_and_never_reuses_a_code(folder: Path, unit: Callable[[str], Unit]) -> None:
    """Xã Lộc Hà and xã Mai Phụ become a new commune that retains Lộc Hà's code."""
    old_unit = unit("18568")
    village = queries.get_directory().villages["18568", "phu4 mâu5"]
    close_communes(folder, "18568", "18583")
    append_lines(
        folder,
        "hatinh_units_history.csv",
        "18568-20261001,18568,3,phuong,Lộc Hà,Phường Lộc Hà,loc ha,42,42-0,2026-10-01,,,,effective",
    )
    successors = [f"2026-10-01,{c}-20250701,{c},,18568-20261001,18568,,3,whole,," for c in ("18568", "18583")]
    append_lines(folder, "hatinh_successors_history.csv", *successors)
    load_areas(now=NOW, folder=folder)
    new = unit("18568")
    assert (new.code, new.name) == ("CAX-18568-20261001", "Công an phường Lộc Hà")
    old_unit.refresh_from_db()
    assert old_unit.valid_to == dt.date(2026, 11, 25)
    today = queries.get_directory()
    assert len(today.communes) == 68
    # The village row still names the old commune; its territory is found through the successor unit.
    assert today.get_responsible_unit(village) == (new.pk, new.area_id)
    assert queries.get_responsible_unit(village, dt.date(2026, 11, 25)).code == new.code
    assert today.villages["18568", "phu4 mâu5"] == village


def test_a_commune_that_only_gets_another_name_keeps_its_unit(folder: Path, unit: Callable[[str], Unit]) -> None:
    """The same police unit with the same cases under today's name; for an earlier day the name of that day applies."""
    old_unit = unit("18583")
    close_communes(folder, "18583")
    append_lines(
        folder,
        "hatinh_units_history.csv",
        "18583-20261001,18583,3,phuong,Cửa Sót,Phường Cửa Sót,cua sot,42,42-0,2026-10-01,,,,effective",
    )
    append_lines(
        folder,
        "hatinh_successors_history.csv",
        "2026-10-01,18583-20250701,18583,Xã Mai Phụ,18583-20261001,18583,Phường Cửa Sót,3,whole,,",
    )
    load_areas(now=NOW, folder=folder)
    new = unit("18583")
    assert (new.pk, new.code, new.name) == (old_unit.pk, old_unit.code, "Công an phường Cửa Sót")
    assert (new.valid_from, new.valid_to) == (old_unit.valid_from, None)
    names = AreaVersion.objects.filter(area_id=new.area_id).order_by("valid_from").values_list("full_name", "valid_to")
    assert list(names)[-2:] == [("Xã Mai Phụ", dt.date(2026, 10, 1)), ("Phường Cửa Sót", None)]
    for typed in ("mai phu", "Cửa Sót"):
        assert new.area_id in {hit.area_id for hit in queries.search_places(typed, today=NOW.date())}, typed
