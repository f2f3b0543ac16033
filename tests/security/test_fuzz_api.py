"""A6: the API's whole schema is tested against the real application: 100 cases an operation, every check.

schemathesis generates requests that the schema allows and requests that it forbids; the answers must match it.
Requirement 25: no 5xx, no state changed by a refused request, no hang.
"""

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django import db
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from binhyen.api import services
from binhyen.api.scopes import Scope
from binhyen.cases.tests.scene import open_case
from binhyen.kit import clock, rate_limits
from tests import rls
from tests.architecture.test_urls import TOKEN
from tests.complexity import HANG_SECONDS

pytestmark = pytest.mark.django_db
CASES = 100 * int(os.environ.get("BINHYEN_FUZZ", "1"))  # 10 times as many before a release
# Checks of schemathesis that do not apply, and why.
EXCLUDED = {
    "unsupported_method": "asked of every address and method in test_matrix_api.py",
    "ensure_resource_availability": "no operation here creates an addressable object",
    "use_after_free": "no operation here deletes an object",
    "positive_data_acceptance": "a well-formed act on a case that is not there, or not allowed now, is 404, 409 or 422",
}
CODES = ("ZZZZZZZZ", "aaaa-bbbb", "0", "%00", "..", "K7M29QXD")


@pytest.fixture
def kept_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the test's own connection open after a request, as Django's test client does."""
    for signal in (db.signals.request_started, db.signals.request_finished):
        monkeypatch.setattr(signal, "receivers", [])


@pytest.fixture
def world(kept_open: None, unit: Callable[[str], Any], officer: Callable[..., Any]) -> tuple[Any, dict[str, str], str]:
    """Return the schema of the application, the headers of a duty officer's token, and the code of a case."""
    made = services.create_token(
        officer=officer("PROVINCE_DUTY", "42"),
        name="thử",
        scopes=frozenset(Scope),
        days=1,
        actor="system:test",
        now=clock.now(),
    )
    case = open_case(unit("18568"))
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    return schema, {"Authorization": f"Bearer {made.value}"}, case.code


def list_every_check() -> list[Any]:
    load_all_checks()
    return list(CHECKS.get_all())


def list_used_checks() -> list[Any]:
    return [check for check in list_every_check() if check.__name__ not in EXCLUDED]


def list_operations(schema: Any) -> Iterator[Any]:
    for result in schema.get_all_operations():
        yield result.ok()


def loses_a_value(case: Any) -> bool:
    """Whether the query has an empty list, which an address cannot carry: the request sent may then be a valid one."""
    return any(value == [] for value in (case.query or {}).values())


def fuzz_operation(operation: Any, headers: dict[str, str], code: str, *, examples: int = CASES) -> int:
    """Send generated requests and return their number; raise if an answer violates the schema."""
    asked = 0
    both, good_ones = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], [GenerationMode.POSITIVE] * 2
    for mode in (*both, *good_ones):
        if asked >= examples:
            break  # if invalid requests are impossible or exhausted, valid ones fill up the number
        good = mode is GenerationMode.POSITIVE
        strategy = operation.as_strategy(generation_mode=mode)

        @settings(
            max_examples=examples // 2,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate,),
        )
        @given(case=strategy, real=st.sampled_from([None, code, *CODES]))
        def run_case(case: Any, real: str | None) -> None:
            nonlocal asked
            if real is not None and "code" in (case.path_parameters or {}) and good:  # noqa: B023
                case.path_parameters["code"] = real
            assume(good or not loses_a_value(case))  # noqa: B023
            began = time.thread_time()
            rate_limits.buckets._left.clear()
            with rls.acting_as("pages"):
                answer = case.call(headers=headers)
            assert time.thread_time() - began < HANG_SECONDS, "a hang"
            case.validate_response(answer, checks=list_used_checks(), headers=headers)
            asked += 1

        try:
            run_case()
        except schemathesis.errors.InvalidSchema:
            raise
        except Exception as problem:
            if type(problem).__name__ in {"Unsatisfiable", "SkipTest"} and mode is GenerationMode.NEGATIVE:
                continue  # it has nothing that can be invalid
            raise
    return asked


def test_the_excluded_checks_are_checks() -> None:
    check_names = {check.__name__ for check in list_every_check()}
    assert set(EXCLUDED) <= check_names and len(check_names - set(EXCLUDED)) >= 6


@pytest.mark.parametrize("route", sorted(TOKEN))
def test_every_operation_keeps_what_its_description_promises(route: str, world: Any) -> None:
    schema, headers, code = world
    path = "/" + route.replace("<code>", "{code}")
    [operation] = [o for o in list_operations(schema) if o.path == path]
    assert fuzz_operation(operation, headers, code) >= CASES


def test_the_description_has_every_operation(world: Any) -> None:
    described = {(o.path.lstrip("/").replace("{code}", "<code>"), o.method.upper()) for o in list_operations(world[0])}
    assert described == set(TOKEN.items())


def test_control_a_crash_is_found(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from binhyen.api import routes

    def raise_error(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(routes.case_detail, "get_visible_case", raise_error)
    schema, headers, code = world
    [operation] = [o for o in list_operations(schema) if o.path == "/api/v1/cases/{code}"]
    with pytest.raises(BaseException, match=r"(?i)server error|500"):
        fuzz_operation(operation, headers, code, examples=20)


def test_control_an_answer_that_was_not_promised_is_found(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from binhyen.api import serializers

    plain = serializers.serialize_row
    monkeypatch.setattr(serializers, "serialize_row", lambda row: plain(row).model_copy(update={"version": "một"}))
    schema, headers, code = world
    [operation] = [o for o in list_operations(schema) if o.path == "/api/v1/cases"]
    with pytest.raises(BaseException, match=r"(?i)schema|integer"):
        fuzz_operation(operation, headers, code, examples=40)


# The rest of the program has forms and addresses without a schema.

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60)


@settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    where=st.sampled_from(
        ["/", "/bao-tin", "/tra-cuu", "/bao-kin", "/dang-nhap", "/theo-doi/", "/da-gui/", "/api/", "/khong-co/"]
    ),
    more=TEXT,
    fields=st.dictionaries(
        st.sampled_from(
            [
                "text",
                "place",
                "phone",
                "name",
                "latitude",
                "longitude",
                "key",
                "code",
                "step",
                "visit",
                "username",
                "password",
                "next",
                "task",
                "work",
            ]
        ),
        TEXT,
        max_size=5,
    ),
    post=st.booleans(),
)
def test_no_form_or_address_of_citizens_crashes(where: str, more: str, fields: dict[str, str], post: bool) -> None:
    client = Client()
    path = where + (more.replace("/", "") if where.endswith("/") else "")
    answer = client.post(path, fields) if post else client.get(path, fields)
    assert answer.status_code < 500, path
