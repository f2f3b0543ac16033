"""List and show: limited to the visibility of the token's officer, with public ids and a constant number of SQL
statements."""

import base64
import re
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from binhyen.api.schemas import View
from binhyen.api.scopes import Scope
from binhyen.areas.models import Area
from binhyen.cases.queries.case_list import CURSOR
from binhyen.cases.services import officer_actions
from binhyen.kit.keyset_pagination import encode_cursor
from binhyen.vault.pseudonyms import derive_pseudonym, format_case_scope

pytestmark = pytest.mark.django_db


def list_codes(response):
    status, body = response
    assert status == 200, body
    return [c["code"] for c in body["cases"]]


def test_owner_and_colleague_see_the_case_a_stranger_does_not(caller, case):
    open_case = case("18568")
    owner, colleague, stranger = caller("CHIEF"), caller("OFFICER"), caller("OFFICER", "18073")
    province = caller("PROVINCE_DUTY", "42")
    for user in (owner, colleague, province):
        assert list_codes(user.get("/cases")) == [open_case.code]
        assert user.get(f"/cases/{open_case.code}")[0] == 200
    assert list_codes(stranger.get("/cases", view="all")) == []
    assert list_codes(stranger.get("/cases", q=open_case.code)) == []
    missing = stranger.get("/cases/22222222")
    assert stranger.get(f"/cases/{open_case.code}") == missing
    assert missing[0] == 404
    assert missing[1]["error"] == "not_found"


def test_a_village_team_sees_its_own_tasks_only(caller, case, officer, now):
    own_case, other = case(), case()
    team = caller("VILLAGE_TEAM", scopes=frozenset({Scope.READ, Scope.WRITE}))
    assert list_codes(team.get("/cases")) == []
    officer_actions.assign_case(code=own_case.code, officer=officer("CHIEF"), to=team.officer, version=None, now=now)
    assert list_codes(team.get("/cases")) == [own_case.code]
    assert team.get(f"/cases/{other.code}")[0] == 404
    assert team.post(f"/cases/{own_case.code}/note", {"text": "Đã đến nơi"})[0] == 200
    assert team.post(f"/cases/{own_case.code}/take", {"version": 3})[1]["error"] == "forbidden"


def test_filters_and_search_are_the_desks(caller, case):
    fight, noise = case(text="Đánh nhau ở chợ Huyện", urgency=3), case(text="Karaoke ồn ào")
    api_client = caller("CHIEF")
    assert list_codes(api_client.get("/cases")) == [fight.code, noise.code]
    assert list_codes(api_client.get("/cases", urgency=3)) == [fight.code]
    assert (
        list_codes(api_client.get("/cases", q="danh nhau"))
        == list_codes(api_client.get("/cases", q="Đánh nhau"))
        == [fight.code]
    )
    assert list_codes(api_client.get("/cases", state="NEW", owner="nobody", kind="tip", category="violence")) == [
        noise.code,
        fight.code,
    ]
    assert list_codes(api_client.get("/cases", owner="me")) == []
    assert list_codes(api_client.get("/cases", view="closed")) == []
    assert list_codes(api_client.get("/cases", overdue=True)) == []
    commune = Area.objects.get(pk=fight.commune_id).public_id
    assert len(list_codes(api_client.get("/cases", commune=commune, unit=fight.unit.public_id))) == 2
    assert api_client.get("/cases", commune=uuid.uuid4())[1]["error"] == "unknown_place"


def test_pages_go_on_where_the_last_ended(caller, case):
    case_codes = [case(urgency=1 + n % 3).code for n in range(53)]
    api_client = caller("CHIEF")
    for view in ("open", "all"):
        _, first = api_client.get("/cases", view=view)
        _, second = api_client.get("/cases", view=view, cursor=first["next"])
        listed = [c["code"] for c in first["cases"] + second["cases"]]
        assert len(first["cases"]) == 50
        assert second["next"] is None
        assert sorted(listed) == sorted(case_codes)


_BARE = base64.urlsafe_b64encode(b"[17]").decode().rstrip("=")  # row numbers were exposed in an earlier version


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "////",
        _BARE,
        encode_cursor("entries", (17,)),
        encode_cursor(CURSOR, (1, 2, 3)),
        encode_cursor(CURSOR, (-1,)),
    ],
)
def test_a_foreign_cursor_is_refused(caller, cursor):
    status, body = caller("CHIEF").get("/cases", cursor=cursor)
    assert (status, body["error"]) == (422, "invalid")


def test_a_case_shows_its_thread_and_history_without_integer_keys(caller, case, officer, unit, now):
    open_case = case(urgency=3)
    chief = officer("CHIEF")
    officer_actions.assign_to_self(code=open_case.code, officer=chief, version=None, now=now)
    officer_actions.answer_reporters(code=open_case.code, officer=chief, text="Đang đến", version=None, now=now)
    officer_actions.add_note(code=open_case.code, officer=chief, text="Gọi lại sau", now=now)
    officer_actions.transfer(
        code=open_case.code, officer=chief, unit=unit("18073"), reason="Xảy ra bên đó", version=None, now=now
    )
    status, body = caller("CHIEF", "18073").get(f"/cases/{open_case.code.lower()[:4]}-{open_case.code[4:]}")
    assert status == 200
    assert [(line["side"], line["text"]) for line in body["thread"]][:1] == [("citizen", "Có đánh nhau ở chợ")]
    assert {line["side"] for line in body["thread"]} == {"citizen", "ours", "note"}
    assert body["thread"][0]["who"] == derive_pseudonym(
        open_case.reports.get().reporter.pseudonym, format_case_scope(open_case.code)
    )
    assert [e["verb"] for e in body["events"]][-1] == "opened"
    assert next(e for e in body["events"] if e["verb"] == "handed_on")["data"] == {}
    assert body["commune"]["name"] == "Xã Lộc Hà"
    assert body["clocks"]
    allowed = {"urgency", "version", "latitude", "longitude"}
    assert not find_integer_fields(body) - allowed


def find_integer_fields(value, name=""):
    """Return the names of the fields that hold integers."""
    if isinstance(value, dict):
        return set().union(*(find_integer_fields(v, k) for k, v in value.items()), set())
    if isinstance(value, list):
        return set().union(*(find_integer_fields(v, name) for v in value), set())
    return {name} if type(value) is int else set()


def test_missing_token_wrong_token_and_missing_scope(caller, case, client):
    open_case = case()
    for value in ("", "binhyen_x", "x" * 5000, "ệ"):
        answer = client.get("/api/v1/cases", headers={"Authorization": f"Bearer {value}"} if value else {})
        assert answer.status_code == 401
        assert answer.json()["error"] == "unauthorized"
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    reader = caller("CHIEF", scopes=frozenset({Scope.READ}))
    assert reader.get("/cases")[0] == 200
    assert reader.post(f"/cases/{open_case.code}/acknowledge")[1]["error"] == "scope"
    assert reader.get("/ledger")[1]["error"] == "scope"
    writer = caller("CHIEF", scopes=frozenset({Scope.WRITE}))
    assert writer.get(f"/cases/{open_case.code}")[1]["error"] == "scope"


def test_an_officers_session_opens_no_api(client, officer):
    client.force_login(officer("CHIEF"))
    assert client.get("/api/v1/cases").status_code == 401


def test_statements_do_not_grow_with_the_result(caller, case, officer, now, django_assert_max_num_queries):
    api_client = caller("CHIEF")
    open_case, *_ = [case() for _ in range(30)]
    api_client.get("/cases")
    with django_assert_max_num_queries(3):
        api_client.get("/cases")
    commune, unit = Area.objects.get(pk=open_case.commune_id).public_id, open_case.unit.public_id
    with django_assert_max_num_queries(8):  # a search takes at most four; one more is the audit entry of the listing
        assert len(list_codes(api_client.get("/cases", q="danh", commune=commune, unit=unit))) == 30
    chief = officer("CHIEF")
    for n in range(10):
        officer_actions.answer_reporters(code=open_case.code, officer=chief, text=f"Lời {n}", version=None, now=now)
        officer_actions.add_note(code=open_case.code, officer=chief, text=f"Ghi {n}", now=now)
    api_client.get(f"/cases/{open_case.code}")  # from here on the process has cached the areas
    with django_assert_max_num_queries(12):
        assert api_client.get(f"/cases/{open_case.code}")[0] == 200


def test_the_description_names_every_operation(client):
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    paths = answer.json()["paths"]
    wanted = {"acknowledge", "take", "reply", "ask", "note", "state", "close"}
    assert {p.rpartition("/")[2] for p in paths if "post" in paths[p]} == wanted
    assert {"/api/v1/cases", "/api/v1/cases/{code}", "/api/v1/ledger"} <= set(paths)
    assert client.get("/api/v1/docs").status_code == 404
    operations = [operation for path in paths.values() for operation in path.values()]
    assert all("summary" in operation for operation in operations)
    names = {operation["operationId"] for operation in operations}
    assert len(names) == len(operations) and {"read_case", "close_case_with_outcome"} <= names


@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/case", "/api/v2/cases", "/api/v1/cases/x/y/z", "/api/"])
def test_an_unknown_path_is_404_json(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"


def test_a_wrong_method_is_405_json(client):
    assert client.delete("/api/v1/cases").status_code == 405


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    query=st.dictionaries(
        st.sampled_from([*View.model_fields, "from"]),
        st.one_of(
            st.text(max_size=40),
            st.integers().map(str),
            st.sampled_from(
                [
                    "open",
                    "all",
                    "NEW",
                    "me",
                    "true",
                    "tip",
                    encode_cursor(CURSOR, (3, 2**62)),
                    encode_cursor(CURSOR, (5,)),
                ]
            ),
        ),
        max_size=5,
    )
)
def test_no_query_breaks_the_list(caller, query):
    clean = {name: value.encode("utf-8", "ignore").decode() for name, value in query.items()}
    api_client = caller("PROVINCE_DUTY", "42")
    status, body = api_client.get("/cases", **clean)
    assert status in (200, 404, 422), body
    if status != 200:
        assert re.fullmatch("[a-z_]+", body["error"])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    first=st.one_of(st.dates().map(str), st.text(max_size=12)), last=st.dates().map(str), commune=st.text(max_size=40)
)
def test_no_query_breaks_the_ledger(caller, first, last, commune):
    clean = [v.encode("utf-8", "ignore").decode() for v in (first, last, commune)]
    status, _ = caller("CHIEF").get("/ledger", **{"from": clean[0], "to": clean[1], "commune": clean[2]})
    assert status in (200, 404, 422)
