"""A1, other systems: every operation × method × role × scope × relation, and expired tokens."""

import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.test import Client

from binhyen.api.models import Token
from binhyen.api.scopes import Scope
from binhyen.kit import clock
from binhyen.kit.ids import hash_token
from binhyen.people.models import Officer
from binhyen.people.roles import Role
from tests.architecture.test_urls import TOKEN
from tests.security.matrix import policy, probing, scene
from tests.security.matrix.policy import API, LEDGER, READ, WRITE, Outcome
from tests.security.matrix.probing import METHODS, classify_answer, roll_back
from tests.security.matrix.scene import Scene
from tests.security.routes import get_path

pytestmark = pytest.mark.django_db
SCOPES = [frozenset[str](), *(frozenset({s}) for s in (READ, WRITE, LEDGER)), frozenset({READ, WRITE, LEDGER})]


@pytest.fixture
def built(unit: Callable[[str], Any], officer: Callable[..., Any], settings: Any, tmp_path: Path) -> Scene:
    settings.FILES_ROOT = tmp_path / "files"
    return scene.build_scene(unit, officer)


def create_token(officer: Officer, scopes: frozenset[str], **more: Any) -> str:
    """Create a token in the table: a token that its officer may not have is tested too."""
    value = "binhyen_" + hashlib.sha256(f"{officer.pk}{sorted(scopes)}{more}".encode()).hexdigest()
    now = clock.now()
    given = {"created_at": now, "expires_at": now + dt.timedelta(days=1)} | more
    Token.objects.create(name="thử", officer=officer, hash=hash_token(value), scopes=sorted(scopes), **given)
    return value


def send_request(client: Client, method: str, route: str, value: str, built: Scene, relation: str) -> Any:
    case = built.cases[relation]
    fields = {k: (case.version if k == "version" else v) for k, v in API[route][3].items()}
    where = get_path(route, {"<code>": case.code})
    if fields.pop("commune", None):
        where += f"?commune={built.cases[scene.OWN].unit.area.public_id}"
    headers = {"Authorization": f"Bearer {value}"} if value else {}
    with roll_back():
        return client.generic(
            method, where, orjson.dumps(fields) if method != "GET" else b"", "application/json", headers=headers
        )


def probe_operations(
    client: Client, role: Role | None, scopes: frozenset[str], value: str, built: Scene
) -> tuple[int, list[str]]:
    """Try every operation, method and relation with this token; return their number, and deviations from the policy."""
    wrong, asked = [], 0
    for route in API:
        for relation in built.cases if "<code>" in route else [scene.OWN]:
            for method in METHODS:
                if method == "HEAD":
                    continue  # an operation is served for its own method only
                answer = send_request(client, method, route, value, built, relation)
                expected = policy.decide_api(route, method, role, scopes, relation)
                asked += 1
                outcome = classify_answer(answer)
                if outcome != expected or (
                    expected is Outcome.IN and answer.status_code == 422 and answer.json()["error"] == "invalid"
                ):
                    wrong.append(f"{role} {sorted(scopes)} {method} {route} {relation}: {outcome}, written: {expected}")
                if stray := probing.list_leaked_marks(role if scopes else None, answer):
                    wrong.append(f"{role} {sorted(scopes)} {route} {relation}: shows {sorted(stray)}")
    return asked, wrong


def check_whole_list(client: Client, role: Role, value: str, built: Scene) -> list[str]:
    answer = client.get("/api/v1/cases", {"view": "all"}, headers={"Authorization": f"Bearer {value}"})
    wanted = {scene.make_mark("case", r) for r in built.cases if policy.is_visible("case", role, r)}
    listed_marks = {m for m in probing.find_marks(answer) if m.startswith("zqcase")}
    return [] if listed_marks == wanted else [f"{role}: the list shows {sorted(listed_marks)}, not {sorted(wanted)}"]


def test_the_matrix_knows_every_operation_and_scope() -> None:
    assert {route: line[0] for route, line in API.items()} == TOKEN, "a new operation: add the roles that may call it"
    assert {READ, WRITE, LEDGER} == {s.value for s in Scope}


@pytest.mark.parametrize("role", list(Role))
def test_every_operation_obeys_role_scope_and_relation(role: Role, built: Scene, officer: Callable[..., Any]) -> None:
    officer_row = probing.build_askers(built, officer, role.value).officer
    assert officer_row is not None
    asked, wrong = 0, []
    for scopes in SCOPES:
        value = create_token(officer_row, scopes)
        many, deviations = probe_operations(Client(), role, scopes, value, built)
        asked, wrong = asked + many, wrong + deviations
        if READ in scopes:
            wrong += check_whole_list(Client(), role, value, built)
    assert wrong == [], f"{len(wrong)} of {asked}: " + "\n".join(wrong[:40])
    assert asked >= 1000


def test_without_a_token_or_with_one_that_is_over_nothing_answers(
    built: Scene, officer: Callable[..., Any], now: dt.datetime
) -> None:
    chief = officer("CHIEF", "18568")
    every = frozenset({READ, WRITE, LEDGER})
    second = dt.timedelta(seconds=1)
    locked = officer("CHIEF", "18568")
    values = {
        "none": "",
        "made up": "binhyen_" + "0" * 64,
        "over": create_token(chief, every, expires_at=now - second),
        "revoked": create_token(chief, every, revoked_at=now),
        "locked": create_token(locked, every),
        "older than the officer's rights": create_token(chief, every, created_at=chief.permissions_changed_at - second),
    }
    Officer.objects.filter(pk=locked.pk).update(is_active=False)
    session = Client()
    session.force_login(chief)
    for what, value in values.items():
        _, wrong = probe_operations(session, None, every, value, built)
        assert wrong == [], f"{what}: {wrong[:5]}"


def test_control_a_scope_that_is_not_looked_at_is_found(
    built: Scene, officer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from binhyen.api import auth

    monkeypatch.setattr(auth, "find_active_token", lambda value, *, now: find_token_with_every_scope(value, now))
    chief = officer("CHIEF", "18568")
    _, wrong = probe_operations(Client(), Role.CHIEF, frozenset({READ}), create_token(chief, frozenset({READ})), built)
    assert any("acknowledge" in line for line in wrong)


def find_token_with_every_scope(value: str, now: dt.datetime) -> Token | None:
    from binhyen.api.queries import find_active_token

    token_row = find_active_token(value, now=now)
    if token_row:
        token_row.scopes = [READ, WRITE, LEDGER]
    return token_row
