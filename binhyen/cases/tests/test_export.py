"""CSV export of the list: the same visibility as the list, no formulas, no text of reporters, one audit entry."""

import csv
import datetime as dt
from typing import Any

import pytest
from django.test import Client

from binhyen.audit.models import AuditEntry
from binhyen.cases.choices import Lane
from binhyen.cases.models import Case
from binhyen.cases.queries import case_list
from binhyen.cases.rules import EscalationDelays
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.unit_of_work import INTAKE_ACTOR
from binhyen.cases.views import desk
from binhyen.kit.csv_export import escape_cell

pytestmark = pytest.mark.django_db


def _open_case(unit: Any, now: dt.datetime, place: str = "TDP Phú Mậu") -> Case:
    opening = NewCase(
        kind="tip",
        lane=Lane.CRIME_REPORT,
        category="theft",
        urgency=1,
        sensitive=False,
        title="Trộm",
        unit_id=unit.pk,
        actor=INTAKE_ACTOR,
        commune_id=unit.area_id,
        place=place,
        words="lời người báo rất riêng",
    )
    return create_cases([opening], ladder=EscalationDelays(120, 300), now=now)[0]


def _read_rows(client: Client) -> list[list[str]]:
    answer = client.get("/ban-truc.csv?xem=tat-ca")
    assert answer.status_code == 200
    return list(csv.reader(answer.content.decode("utf-8-sig").splitlines()))[1:]


@pytest.mark.parametrize(
    ("role", "commune", "seen"),
    [("OFFICER", "18568", 1), ("CHIEF", "18568", 1), ("OFFICER", "18073", 0), ("PROVINCE_STAFF", "42", 1)],
)
def test_an_export_contains_the_listed_rows(
    client: Client, officer: Any, unit: Any, now: dt.datetime, role: str, commune: str, seen: int
) -> None:
    _open_case(unit("18568"), now)
    client.force_login(officer(role, commune))
    rows = _read_rows(client)
    assert len(rows) == seen
    assert "rất riêng" not in str(rows)
    assert AuditEntry.objects.get(verb="cases.exported").detail == {"n": seen}


def test_a_place_that_looks_like_a_formula_stays_text(
    client: Client, officer: Any, unit: Any, now: dt.datetime
) -> None:
    _open_case(unit("18568"), now, place='=HYPERLINK("http://x","bấm")')
    client.force_login(officer())
    assert _read_rows(client)[0][5].startswith("'=")
    assert escape_cell("thôn 5") == "thôn 5"


@pytest.mark.parametrize("role", ["VILLAGE_TEAM", "OPERATOR"])
def test_a_role_without_a_desk_has_no_export(client: Client, officer: Any, role: str) -> None:
    client.force_login(officer(role))
    assert client.get("/ban-truc.csv").status_code == 403


def test_an_incomplete_export_is_marked_at_its_end(
    client: Client, officer: Any, unit: Any, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        _open_case(unit("18568"), now)
    client.force_login(officer())
    assert len(_read_rows(client)) == 3, "control: the whole list ends with a case"
    for module in (case_list, desk):
        monkeypatch.setattr(module, "MAX_EXPORTED", 2)
    *cases, end = _read_rows(client)
    assert len(cases) == 2 and end[0].startswith("CHƯA HẾT: tệp chỉ có 2 vụ")
    assert AuditEntry.objects.filter(verb="cases.exported").latest("pk").detail == {"n": 2}


def test_the_page_warns_before_the_export(
    client: Client, officer: Any, unit: Any, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_list, "PAGE_SIZE", 1)
    client.force_login(officer())
    _open_case(unit("18568"), now)
    assert "Tệp có nhiều nhất" not in client.get("/ban-truc").content.decode()
    _open_case(unit("18568"), now)
    assert "Tệp có nhiều nhất 10.000 vụ" in client.get("/ban-truc").content.decode()
