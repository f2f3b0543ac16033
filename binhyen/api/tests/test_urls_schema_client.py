"""Integration with nothing but the API description: ids, meanings and clear refusals of wrong input."""

import uuid
from typing import Any

import orjson
import pytest

from binhyen.api import queries
from binhyen.areas.models import Area, Unit

pytestmark = pytest.mark.django_db
READS, LEDGER = frozenset({"read"}), frozenset({"ledger"})


def collect_descriptions(body: dict[str, Any]) -> dict[str, list[str]]:
    return {item["name"]: [c["name"] for c in item["communes"]] for item in body["units"]}


def test_units_and_communes_are_listed_as_far_as_the_officer_sees(caller, case) -> None:
    status, body = caller("CHIEF").get("/units")
    assert (status, collect_descriptions(body)) == (200, {"Công an xã Lộc Hà": ["Xã Lộc Hà"]})
    province = caller("PROVINCE_STAFF", "42", READS).get("/units")[1]
    assert (
        len(collect_descriptions(province)) == 70 and sum(len(c) for c in collect_descriptions(province).values()) == 69
    )
    assert province["units"][0]["level"] == "PROVINCE" and province["units"][0]["communes"] == []
    for role, where in (("VILLAGE_TEAM", "18568"), ("INSPECTOR", "42"), ("CUSTODIAN", "42")):
        assert caller(role, where, READS).get("/units") == (200, {"units": []})


def test_listed_ids_are_accepted_by_filters(caller, case) -> None:
    open_case, elsewhere, api_client = case("18568"), case("18073"), caller("PROVINCE_DUTY", "42")
    by_name = {item["name"]: item for item in api_client.get("/units")[1]["units"]}
    for here in (open_case, elsewhere):
        item = by_name[here.unit.name]
        for asked in ({"unit": item["id"]}, {"commune": item["communes"][0]["id"]}):
            assert [c["code"] for c in api_client.get("/cases", **asked)[1]["cases"]] == [here.code]
        assert api_client.get("/ledger", area=item["communes"][0]["id"])[1]["area"] == item["communes"][0]["name"]


def test_villages_of_a_commune_that_the_officer_sees(caller) -> None:
    own_unit_id, other_unit_id = (str(Unit.objects.get(code__endswith=c).area.public_id) for c in ("18568", "18073"))
    api_client = caller("CHIEF", scopes=LEDGER)
    status, body = api_client.get("/villages", commune=own_unit_id)
    assert status == 200 and "Tổ dân phố Phú Mậu" in [v["name"] for v in body["villages"]]
    assert api_client.get("/ledger", area=body["villages"][0]["id"])[0] == 200
    for nowhere in (other_unit_id, str(uuid.uuid4()), str(Area.objects.filter(level=1).first().public_id)):
        assert api_client.get("/villages", commune=nowhere)[0] == 404
    assert api_client.get("/villages")[1]["fields"] == ["query.commune"]


def test_control_places_of_others_are_noticed(caller, monkeypatch) -> None:
    monkeypatch.setattr(
        queries.access, "visibility", lambda officer: type("All", (), {"province": True, "unit_id": None})
    )
    with pytest.raises(AssertionError):
        test_villages_of_a_commune_that_the_officer_sees(caller)


@pytest.mark.parametrize("path", ["/cases", "/ledger", "/units", "/cases/K7M29QXD"])
def test_an_unknown_query_parameter_is_refused(caller, path: str) -> None:
    """If «statu=CLOSED» were ignored, the answer would list open cases."""
    status, body = caller("CHIEF").get(path, statu="số 0912345678")
    assert (status, body["error"], body["fields"]) == (422, "invalid", ["query"])
    assert "0912" not in str(body) and "statu" not in str(body["fields"])


@pytest.mark.parametrize(
    ("path", "asked", "field"),
    [
        ("/cases", {"kind": "tips"}, "query.kind"),
        ("/cases", {"category": "thef"}, "query.category"),
        ("/cases", {"cursor": "x"}, "query.cursor"),
        ("/ledger", {"from": "2026-11-30", "to": "2026-11-01"}, "query.from"),
        ("/ledger", {"from": "2026-11-01T00:00:00+07:00"}, "query.from"),
        ("/ledger", {"from": "1764288000"}, "query.from"),
        ("/ledger", {"to": "2026-11-1"}, "query.to"),
    ],
)
def test_an_unknown_id_is_refused_with_its_location(caller, path: str, asked: Any, field: str) -> None:
    status, body = caller("CHIEF").get(path, **asked)
    assert (status, body["error"], body.get("fields")) == (422, "invalid", [field])


@pytest.mark.parametrize("version", [True, "1", 1.5])
def test_a_version_is_a_number(caller, case, version: Any) -> None:
    open_case = case()
    status, body = caller("CHIEF").post(f"/cases/{open_case.code}/take", {"version": version})
    assert (status, body["error"], body["fields"]) == (422, "invalid", ["body.version"])


def test_not_even_the_name_of_a_strange_field_is_sent_back(caller, case) -> None:
    status, body = caller("CHIEF").post(f"/cases/{case().code}/note", {"text": "x", "Tư Lé bán ma túy": 1})
    assert (status, body["error"], body["fields"]) == (422, "invalid", ["body"])
    assert "Tư Lé" not in str(body)


def test_timestamps_have_one_format(caller, case) -> None:
    open_case, api_client = case(), caller("CHIEF")
    listed = api_client.get(f"/cases/{open_case.code}")[1]["events"]
    stale = api_client.post(f"/cases/{open_case.code}/take", {"version": 1}) and api_client.post(
        f"/cases/{open_case.code}/take", {"version": 1}
    )
    assert stale[0] == 409
    assert {e["at"][-6:] for e in (*listed, *stale[1]["changes"])} == {"+00:00"}


def list_parameters(client) -> list[tuple[str, str, dict[str, Any]]]:
    """Yield operation, name and description of each parameter and each body field."""
    described = orjson.loads(client.get("/api/v1/openapi.json").content)
    results = []
    for path, operations in described["paths"].items():
        for operation in operations.values():
            results += [(path, item["name"], item | item["schema"]) for item in operation["parameters"]]
            if body := operation.get("requestBody"):
                name = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
                fields = described["components"]["schemas"][name]["properties"]
                results += [(path, field, item) for field, item in fields.items()]
    return results


def test_every_parameter_has_a_description(client) -> None:
    parameter_list = list_parameters(client)
    assert len(parameter_list) >= 40
    assert [(path, name) for path, name, item in parameter_list if len(item.get("description", "")) < 10] == []


def test_control_a_parameter_without_a_meaning_is_found(client, monkeypatch) -> None:
    from binhyen.api.urls import Api

    plain = Api.get_openapi_schema

    def ignore_call(self: Any, **more: Any) -> Any:
        described = plain(self, **more)
        for parameter in described["paths"]["/api/v1/cases"]["get"]["parameters"]:
            parameter.pop("description", None)
            parameter["schema"].pop("description", None)
        return described

    monkeypatch.setattr(Api, "get_openapi_schema", ignore_call)
    with pytest.raises(AssertionError):
        test_every_parameter_has_a_description(client)
