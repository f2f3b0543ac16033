"""The ledger through the API: the same figures as on the screen, limited to the officer's visibility."""

import uuid

import pytest

from binhyen.areas.models import Area
from binhyen.cases.models import Case
from binhyen.kit.clock import to_vietnam_day
from binhyen.stats import area_filter
from binhyen.stats import services as stats

pytestmark = pytest.mark.django_db
READS = frozenset({"read", "ledger"})


def find_line(body, metric):
    return next(entry for entry in body["lines"] if entry["metric"] == metric)


def test_the_numbers_are_those_of_the_cases_the_officer_sees(caller, case):
    open_cases = [case("18568", urgency=3), case("18568"), case("18073")]
    stats.update_counts()
    owner, stranger, province = caller("CHIEF"), caller("CHIEF", "18073"), caller("PROVINCE_STAFF", "42", READS)
    numbers = []
    for user in (owner, stranger, province):
        status, body = user.get("/ledger")
        assert status == 200, body
        numbers.append((find_line(body, "REPORTS")["value"], find_line(body, "URGENT")["value"]))
    assert numbers == [(2, 1), (1, 0), (3, 1)]
    commune = Area.objects.get(pk=open_cases[2].commune_id).public_id
    assert find_line(province.get("/ledger", commune=commune)[1], "REPORTS")["value"] == 1
    assert find_line(owner.get("/ledger", commune=commune)[1], "REPORTS")["value"] == 0


def test_an_area_of_any_age_is_asked_for(caller, case):
    open_case = case("18568")
    stats.update_counts()
    api_client = caller("PROVINCE_STAFF", "42", READS)
    [village], [before] = (area_filter.search_areas(name) for name in ("TDP Phú Mậu", "thị trấn Lộc Hà"))
    Case.objects.filter(pk=open_case.pk).update(area_id=village.village_id)
    province = Area.objects.get(level=1, versions__code="42", versions__valid_to=None).public_id
    asked = {
        village.key: ("Tổ dân phố Phú Mậu, Xã Lộc Hà", ""),
        before.key: ("Thị trấn Lộc Hà", "Xã Lộc Hà"),
        province: ("", ""),
    }
    for area, names in asked.items():
        body = api_client.get("/ledger", area=area)[1]
        assert (body["area"], body["now_in"]) == names and find_line(body, "REPORTS")["value"] == 1
    [elsewhere] = area_filter.search_areas("TDP Phú Mậu")
    assert find_line(caller("CHIEF", "18073").get("/ledger", area=elsewhere.key)[1], "REPORTS")["value"] == 0
    for nowhere in (uuid.uuid4(), Area.objects.filter(level=1).exclude(public_id=province).first().public_id):
        assert api_client.get("/ledger", area=nowhere)[1]["error"] == "unknown_place"


def test_a_period_has_an_end_and_every_line_is_present(caller, now):
    api_client = caller("CHIEF")
    today = to_vietnam_day(now)
    _, body = api_client.get("/ledger")
    assert (body["from"], body["to"]) == (str(today.replace(day=1)), str(today))
    assert len(body["lines"]) == 16
    assert all(entry["value"] == 0 for entry in body["lines"])
    assert api_client.get("/ledger", **{"from": "2025-07-01", "to": "2025-07-31"})[1]["from"] == "2025-07-01"
    for wrong in ({"from": "0001-01-01"}, {"to": "9999-12-31"}, {"from": "x"}, {"commune": "1"}):
        assert api_client.get("/ledger", **wrong)[0] == 422, wrong


def test_a_period_that_ends_before_it_begins_is_no_row_of_noughts(caller):
    status, body = caller("CHIEF").get("/ledger", **{"from": "2026-02-01", "to": "2026-01-31"})
    assert (status, body["error"]) == (422, "invalid") and "trước khi bắt đầu" in body["message"]
