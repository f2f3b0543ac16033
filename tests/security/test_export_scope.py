"""A16: fifty exports by five people: no row outside their scope, and no count that reveals more than its list.

Re-identification by small counts: the ledger has no external reader; a reader of a count may open every case behind it,
so «1» reveals no hidden case. The director reads sums of the province and totals of communes only. The oracle is written independently of `people/access.py`.
"""

import csv
import re
from io import StringIO
from itertools import product
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client

from binhyen.cases.models import Case
from binhyen.cases.tests.scene import open_case
from binhyen.stats.models import Contribution
from binhyen.stats.services import update_counts

pytestmark = pytest.mark.django_db
PEOPLE = (
    ("OFFICER", "18568"),
    ("CHIEF", "18568"),
    ("CHIEF", "18073"),
    ("PROVINCE_DUTY", "42"),
    ("PROVINCE_STAFF", "42"),
)
ASKED: tuple[dict[str, str], ...] = (
    {},
    {"xa": "18073"},
    {"xa": "18568"},
    {"don-vi": "18073"},
    {"q": "kênh"},
    {"q": "Phú Mậu", "xa": "18073"},
    {"muc": "3"},
    {"trang-thai": "NEW"},
    {"linh-vuc": "officer_complaint"},
    {"xem": "cua-toi", "don-vi": "42"},
)


@pytest.fixture
def scene(officer: Any, unit: Any) -> dict[str, set[str]]:
    """Return code → cases by unit: a single one each, so that every count is small."""
    cases_by_unit: dict[str, set[str]] = {}
    for commune, category in product(("18568", "18073", "42"), ("violence", "environment_noise", "officer_complaint")):
        if category == "officer_complaint" and commune != "42":
            continue
        code = open_case(unit(commune), category=category, text="ồn ở kênh Phú Mậu").code
        if category != "officer_complaint":  # a complaint about police is restricted: in no export
            cases_by_unit.setdefault(commune, set()).add(code)
    update_counts()
    return cases_by_unit


def is_allowed(role: str, commune: str, cases_by_unit: dict[str, set[str]]) -> set[str]:
    """Return whether the oracle allows it: the province sees all, a commune its own."""
    return set().union(*cases_by_unit.values()) if role.startswith("PROVINCE") else cases_by_unit[commune]


def export_codes(client: Client, asked: dict[str, str]) -> set[str]:
    answer = client.get("/ban-truc.csv", {"xem": "tat-ca", **asked})
    assert answer.status_code == 200
    rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"), newline="")))[1:]
    return {row[0].replace("-", "") for row in rows}


def check(officer: Any, cases_by_unit: dict[str, set[str]]) -> int:
    tried = 0
    for role, commune in PEOPLE:
        client, sight = Client(), is_allowed(role, commune, cases_by_unit)
        client.force_login(officer(role, commune))
        for asked in ASKED:
            tried += 1
            extra = export_codes(client, asked) - sight
            assert not extra, f"{role} {asked}: {len(extra)} rows too many"
        if role != "PROVINCE_STAFF":
            assert export_codes(client, {}) == sight, "and none is missing"
    return tried


def test_fifty_exports_hold_no_row_too_many(officer: Any, scene: dict[str, set[str]]) -> None:
    assert check(officer, scene) == 50


def test_control_without_the_filter_and_the_fence_rows_leak(
    officer: Any, scene: dict[str, set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from binhyen.people import access

    monkeypatch.setattr("tests.rls._set_role", lambda role: None)
    monkeypatch.setattr(access, "visible_filter", lambda *a, **k: access.Q())
    with pytest.raises(AssertionError, match="rows too many"):
        check(officer, scene)


def list_counts(client: Client, commune: str) -> list[int]:
    """Return every count of the ledger of cases on the page."""
    html = client.get("/ket-qua", {"xa": commune} if commune else {}).content.decode()
    links = re.findall(r'href="(/ket-qua/[a-z-]+\?[^"]*)"', html)
    counts = []
    for url in dict.fromkeys(links):
        page = client.get(url.replace("&amp;", "&")).content.decode()
        counts.append(len(set(re.findall(r'href="/vu-viec/([A-Z0-9-]+)"', page))))
    return counts


def check_counts(officer: Any, scene: dict[str, set[str]]) -> None:
    for role, commune in PEOPLE:
        client, sight = Client(), is_allowed(role, commune, scene)
        client.force_login(officer(role, commune))
        for asked in ("", "18568", "18073"):
            assert max(list_counts(client, asked), default=0) <= len(sight)
        counted = Contribution.objects.filter(case__code__in=sight, metric="REPORTS").count()
        html = client.get("/ket-qua").content.decode()
        row = re.search(r"Tin báo, phản ánh đã nhận.*?</tr>", html, re.DOTALL)
        assert row and re.search(rf">\s*{counted}\s*<", row[0]), f"{role}: not the {counted} they may open"


def test_every_small_number_opens_onto_cases_its_reader_may_see(officer: Any, scene: dict[str, set[str]]) -> None:
    check_counts(officer, scene)


def test_control_a_number_that_counts_more_than_its_reader_sees_is_found(
    officer: Any, scene: dict[str, set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.rls._set_role", lambda role: None)
    monkeypatch.setattr("binhyen.stats.queries.build_count_filter", lambda officer, ground, *, area="area_id": Q())
    with pytest.raises(AssertionError):
        check_counts(officer, scene)


def test_what_retention_left_keeps_the_number_and_opens_nothing(
    officer: Any, unit: Any, scene: dict[str, set[str]]
) -> None:
    """A single case whose text was deleted still counts as one, and nothing behind it identifies a person."""
    from binhyen.cases.services.erasure import erase_cases
    from binhyen.kit import clock

    erase_cases(list(Case.objects.values_list("pk", flat=True)), now=clock.now())
    update_counts()
    client = Client()
    client.force_login(officer("CHIEF", "18568"))
    assert export_codes(client, {}) == scene["18568"]
    text = client.get("/ban-truc.csv", {"xem": "tat-ca"}).content.decode()
    assert "Phú Mậu" not in text and "kênh" not in text
    assert max(list_counts(client, "")) == 2
