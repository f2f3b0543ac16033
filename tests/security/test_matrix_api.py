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
from binhyen.kit.ids import token_hash
from binhyen.people.models import Officer
from binhyen.people.roles import Role
from tests.architecture.test_urls import TOKEN
from tests.security.matrix import policy, probing, scene
from tests.security.matrix.policy import API, LEDGER, READ, WRITE, Say
from tests.security.matrix.probing import METHODS, said, undone
from tests.security.matrix.scene import Scene
from tests.security.routes import path_of

pytestmark = pytest.mark.django_db
SCOPES = [frozenset[str](), *(frozenset({s}) for s in (READ, WRITE, LEDGER)), frozenset({READ, WRITE, LEDGER})]


@pytest.fixture
def built(unit: Callable[[str], Any], officer: Callable[..., Any], settings: Any, tmp_path: Path) -> Scene:
    settings.FILES_ROOT = tmp_path / "files"
    return scene.build(unit, officer)


def token(officer: Officer, scopes: frozenset[str], **more: Any) -> str:
    """Create a token in the table: a token that its officer may not have is tested too."""
    value = "binhyen_" + hashlib.sha256(f"{officer.pk}{sorted(scopes)}{more}".encode()).hexdigest()
    now = clock.now()
    given = {"created_at": now, "expires_at": now + dt.timedelta(days=1)} | more
    Token.objects.create(name="thử", officer=officer, hash=token_hash(value), scopes=sorted(scopes), **given)
    return value


def ask(client: Client, method: str, route: str, value: str, built: Scene, relation: str) -> Any:
    case = built.cases[relation]
    fields = {k: (case.version if k == "version" else v) for k, v in API[route][3].items()}
    where = path_of(route, {"<code>": case.code})
    if fields.pop("commune", None):
        where += f"?commune={built.cases[scene.OWN].unit.area.public_id}"
    headers = {"Authorization": f"Bearer {value}"} if value else {}
    with undone():
        return client.generic(
            method, where, orjson.dumps(fields) if method != "GET" else b"", "application/json", headers=headers
        )


def probe(client: Client, role: Role | None, scopes: frozenset[str], value: str, built: Scene) -> tuple[int, list[str]]:
    """Try every operation, method and relation with this token; return their number, and deviations from the policy."""
    wrong, asked = [], 0
    for route in API:
        for relation in built.cases if "<code>" in route else [scene.OWN]:
            for method in METHODS:
                if method == "HEAD":
                    continue  # an operation is served for its own method only
                answer = ask(client, method, route, value, built, relation)
                expected = policy.decide_api(route, method, role, scopes, relation)
                asked += 1
                found = said(answer)
                if found != expected or (
                    expected is Say.IN and answer.status_code == 422 and answer.json()["error"] == "invalid"
                ):
                    wrong.append(f"{role} {sorted(scopes)} {method} {route} {relation}: {found}, written: {expected}")
                if stray := probing.leaked(role if scopes else None, answer):
                    wrong.append(f"{role} {sorted(scopes)} {route} {relation}: shows {sorted(stray)}")
    return asked, wrong


def whole_list(client: Client, role: Role, value: str, built: Scene) -> list[str]:
    answer = client.get("/api/v1/cases", {"view": "all"}, headers={"Authorization": f"Bearer {value}"})
    wanted = {scene.mark("case", r) for r in built.cases if policy.seen("case", role, r)}
    seen = {m for m in probing.shown(answer) if m.startswith("zqcase")}
    return [] if seen == wanted else [f"{role}: the list shows {sorted(seen)}, not {sorted(wanted)}"]


def test_the_matrix_knows_every_operation_and_scope() -> None:
    assert {route: line[0] for route, line in API.items()} == TOKEN, "a new operation: add the roles that may call it"
    assert {READ, WRITE, LEDGER} == {s.value for s in Scope}


@pytest.mark.parametrize("role", list(Role))
def test_every_operation_obeys_role_scope_and_relation(role: Role, built: Scene, officer: Callable[..., Any]) -> None:
    who = probing.askers(built, officer, role.value).officer
    assert who is not None
    asked, wrong = 0, []
    for scopes in SCOPES:
        value = token(who, scopes)
        many, found = probe(Client(), role, scopes, value, built)
        asked, wrong = asked + many, wrong + found
        if READ in scopes:
            wrong += whole_list(Client(), role, value, built)
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
        "none": "", "made up": "binhyen_" + "0" * 64, "over": token(chief, every, expires_at=now - second),
        "revoked": token(chief, every, revoked_at=now), "locked": token(locked, every),
        "older than the officer's rights": token(chief, every, created_at=chief.rights_since - second),
    }  # fmt: skip
    Officer.objects.filter(pk=locked.pk).update(is_active=False)
    session = Client()
    session.force_login(chief)
    for what, value in values.items():
        _, wrong = probe(session, None, every, value, built)
        assert wrong == [], f"{what}: {wrong[:5]}"


def test_control_a_scope_that_is_not_looked_at_is_found(
    built: Scene, officer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from binhyen.api import auth

    monkeypatch.setattr(auth, "token_of", lambda value, *, now: _with_every_scope(value, now))
    chief = officer("CHIEF", "18568")
    _, wrong = probe(Client(), Role.CHIEF, frozenset({READ}), token(chief, frozenset({READ})), built)
    assert any("acknowledge" in line for line in wrong)


def _with_every_scope(value: str, now: dt.datetime) -> Token | None:
    from binhyen.api.queries import token_of

    found = token_of(value, now=now)
    if found:
        found.scopes = [READ, WRITE, LEDGER]
    return found
