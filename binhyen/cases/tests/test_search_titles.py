"""Cases opened before titles were searchable are found by title too (migration 0027), each row as if written now."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from binhyen.cases.models import Case
from binhyen.cases.queries.everywhere import everywhere
from binhyen.cases.tests.scene import open_case
from binhyen.kit import clock
from binhyen.kit.search import marked
from binhyen.kit.text import fold

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
TITLE, TEXT = "Trộm, cướp · cổng chợ", "Ai lấy mất xe cháu"
filling = import_module("binhyen.cases.migrations.0027_titled_words")


def words() -> dict[int, tuple[str, set[str]]]:
    return {row.pk: (row.folded, set(row.marked.replace("'", "").split())) for row in Case.objects.all()}


def test_what_was_opened_before_is_found_and_what_is_out_of_sight_is_not(officer: Make, unit: Make) -> None:
    case, whole, lifted, gone = (open_case(unit("18568"), text=TEXT, title=TITLE) for _ in range(4))
    Case.objects.filter(pk=case.pk).update(folded=fold(TEXT), marked=marked(TEXT))
    Case.objects.filter(pk=lifted.pk).update(apart=True, folded="", marked="")
    Case.objects.filter(pk=gone.pk).update(forgotten_at=clock.now(), folded="", marked="")
    before = words()
    filling.fill(None, connection.schema_editor())
    after = words()
    codes = {row["code"] for row in everywhere(officer(), "cướp cổng chợ", now=clock.now()).cases}
    assert codes == {case.code, whole.code}
    assert set(after[case.pk][0].split()) == set(fold(f"{TITLE} {TEXT}").split())
    assert after[case.pk][1] == {"trộm", "cướp", "cổng", "chợ", "lấy", "mất", "cháu"}
    assert after[whole.pk] == before[whole.pk], "opened later: already indexed"
    assert after[lifted.pk] == after[gone.pk] == ("", set())


def test_it_goes_on_where_it_was_cut_short(unit: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [open_case(unit("18568"), text=TEXT, title=TITLE) for _ in range(5)]
    Case.objects.update(folded=fold(TEXT), marked=marked(TEXT))
    monkeypatch.setattr(filling, "BATCH", 2)
    read, asked = filling.lacking, []

    def cut(*row: str) -> tuple[str, str]:
        asked.append(row)
        if len(asked) == 4:
            raise KeyboardInterrupt
        return read(*row)

    with monkeypatch.context() as short:
        short.setattr(filling, "lacking", cut)
        with pytest.raises(KeyboardInterrupt):
            filling.fill(None, connection.schema_editor())
    found = [pk for pk, (folded, _) in words().items() if "trom" in folded]
    assert sorted(found) == sorted(case.pk for case in cases)[-2:], "the first batch is done: the newest"
    for rows in (3, 0):
        with CaptureQueriesContext(connection) as asked_for:
            filling.fill(None, connection.schema_editor())
        written = [q["sql"] for q in asked_for if "UPDATE" in q["sql"]]
        assert len(written) == (rows + 1) // 2, "one statement per batch; none where nothing is missing"
    assert all("trom" in folded for folded, _ in words().values())


def test_a_case_that_goes_out_of_sight_meanwhile_keeps_no_word_of_its_title(
    unit: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    lifted, renamed = (open_case(unit("18568"), text="x", title="Trộm · nhà bà Nghi") for _ in range(2))
    Case.objects.update(folded="x", marked="")
    known = filling.lacking

    def meanwhile(*row: str) -> tuple[str, str]:
        Case.objects.filter(pk=lifted.pk).update(apart=True, title="Phản ánh", folded="", marked="")
        Case.objects.filter(pk=renamed.pk).update(title="Trộm · Thôn Đông")
        return known(*row)

    monkeypatch.setattr(filling, "lacking", meanwhile)
    filling.fill(None, connection.schema_editor())
    assert words() == {lifted.pk: ("", set()), renamed.pk: ("x", set())}
