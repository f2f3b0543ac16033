"""Every error response is application/problem+json: from an operation, an unknown path, the page
server or the gateway."""

import orjson
import psycopg
import pytest
from django.db import OperationalError

from binhyen.api import routes
from binhyen.ui import errors, static_pages

pytestmark = pytest.mark.django_db


def check_problem(answer, status: int, error: str) -> dict:
    payload = orjson.loads(answer.content)
    assert (
        answer.status_code == status == payload["status"]
        and answer["Content-Type"] == static_pages.PROBLEM_CONTENT_TYPE
    ), answer.content
    assert payload["error"] == error and payload["detail"] == payload["message"] != "" and payload["title"]
    return payload


def build_bearer_headers(user) -> dict[str, str]:
    return {"Authorization": f"Bearer {user.value}"}


@pytest.mark.parametrize("path", ["/api/", "/api/v1", "/api/v1/", "/api/v1/nowhere", "/api/v2/cases", "/api/v1/cases/"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "HEAD"])
def test_a_missing_resource(client, path: str, method: str) -> None:
    answer = client.generic(method, path)
    assert answer.status_code == 404 and answer["Content-Type"] == static_pages.PROBLEM_CONTENT_TYPE
    if method != "HEAD":
        check_problem(answer, 404, "not_found")


def test_a_method_that_an_address_has_not(client, caller) -> None:
    for method, path, allowed in (
        ("DELETE", "/cases", "GET"),
        ("POST", "/ledger", "GET"),
        ("GET", "/cases/x/take", "POST"),
    ):
        answer = client.generic(method, f"/api/v1{path}", headers=build_bearer_headers(caller()))
        check_problem(answer, 405, "method")
        assert answer["Allow"] == allowed


def test_a_body_that_is_no_json_too_long_or_broken(client, caller, case) -> None:
    open_case, auth_headers = case(), build_bearer_headers(caller("CHIEF"))
    path = f"/api/v1/cases/{open_case.code}/note"

    def post(body: bytes, kind: str):
        return client.generic("POST", path, body, kind, headers=auth_headers)

    for kind in (
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/xml",
    ):
        check_problem(post(b'{"text": "x"}', kind), 415, "not_json")
    check_problem(post(b'{"text": "' + b"x" * 3_000_000 + b'"}', "application/json"), 413, "too_long")
    check_problem(post(b'{"text": ', "application/json"), 400, "bad_request")
    check_problem(post(b"[" * 100_000, "application/json"), 400, "bad_request")
    check_problem(post(b'{"text": 5}', "application/json"), 422, "invalid")
    for kind in ("application/json", "application/json; charset=utf-8", ""):
        assert post(b'{"text": "x"}', kind).status_code == 200, kind


def test_authentication_errors(client, caller, monkeypatch) -> None:
    answer = client.get("/api/v1/cases")
    check_problem(answer, 401, "unauthorized")
    assert answer["WWW-Authenticate"] == "Bearer"
    check_problem(
        client.get("/api/v1/ledger", headers=build_bearer_headers(caller(scopes=frozenset({"read"})))), 403, "scope"
    )
    auth_headers = build_bearer_headers(caller())
    monkeypatch.setattr("binhyen.api.auth.try_acquire", lambda *_: False)
    answer = client.get("/api/v1/cases", headers=auth_headers)
    check_problem(answer, 429, "too_many")
    assert int(answer["Retry-After"]) >= 0


def test_where_the_machine_fails_a_later_try_is_worth_it(client, caller, monkeypatch) -> None:
    auth_headers = build_bearer_headers(caller())

    def away(*_, **__):
        raise OperationalError("gone") from psycopg.OperationalError("gone")

    monkeypatch.setattr(routes.case_list, "get_case_page", away)
    answer = client.get("/api/v1/cases", headers=auth_headers)
    check_problem(answer, 503, "later")
    assert answer["Retry-After"]


def test_errors_before_an_operation_is_reached(client, rf) -> None:
    """Middleware without a database, and a host name that is not ours."""
    for path, kind in (("/api/v1/cases", static_pages.PROBLEM_CONTENT_TYPE), ("/bao-tin", "text/html; charset=utf-8")):
        asked = rf.get(path)
        asked.resolver_match = None
        try:
            raise OperationalError("gone") from psycopg.OperationalError("gone")
        except OperationalError:
            answer = errors.handle_server_error(asked)
        assert (answer.status_code, answer["Content-Type"]) == (503, kind) and answer["Retry-After"]
    check_problem(client.get("/api/v1/cases", headers={"Host": "elsewhere.example"}), 400, "bad_request")


def test_the_description_documents_it(client) -> None:
    described = client.get("/api/v1/openapi.json").json()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            details = operation["responses"]
            assert "application/json" in details["200"]["content"]
            failures = {int(status) for status in details if status != "200"}
            assert failures >= {400, 401, 403, 404, 422, 429, 500, 503}, path
            assert method == "get" or failures >= {409, 413, 415}, path
            assert all(
                list(details[str(status)]["content"]) == [static_pages.PROBLEM_CONTENT_TYPE] for status in failures
            )
