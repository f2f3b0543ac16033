"""Cost of access control: one statement sets the user and the scope; no page adds more than one to that."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from binhyen.people import access
from binhyen.people.roles import Role
from tests.security.matrix import policy, probing, scene
from tests.security.matrix.probing import Asker
from tests.security.matrix.scene import OWN, Scene
from tests.security.routes import path_of

pytestmark = pytest.mark.django_db
# Statements that serve access control only: setting the row-level-security context (written into the text, or among its
# parameters), and looking up a person's conflict keys.
TELLS = re.compile(r"set_config\(.*binhyen\.scope", re.I | re.S)
SIDES = re.compile(r"\bFROM \"people_(?:veto|tie)\"", re.I)
WHO = "people_signin"


@pytest.fixture
def built(unit: Callable[[str], Any], officer: Callable[..., Any], settings: Any, tmp_path: Path) -> Scene:
    settings.FILES_ROOT = tmp_path / "files"
    return scene.build(unit, officer)


def pages(role: Role, built: Scene) -> list[str]:
    """Return every address that shows this role an object of theirs, including lists and searches."""
    found = [
        where for where in policy.LISTS if role in policy.OFFICERS.get(where.partition("?")[0].strip("/"), ("", ()))[1]
    ]
    for route, (method, roles) in policy.OFFICERS.items():
        kind = policy.WHOSE.get(route, "")
        if method != "GET" or role not in roles or (kind and not policy.seen(kind, role, OWN)):
            continue
        where = path_of(route, built.known.get((kind, OWN), {}))
        found.append(where if kind != "roster" else f"{where}?don-vi={built.known[kind, OWN]['unit']}")
    return list(dict.fromkeys(found))


def statements(who: Asker, where: str) -> list[str]:
    """Return the statements of a page, run with the pages' database role."""
    sql: list[str] = []

    def noted(execute: Callable[..., Any], text: Any, params: Any, many: bool, context: Any) -> Any:
        sql.append(f"{text} {params}")  # a prepared statement shows its text only here
        return execute(text, params, many, context)

    with connection.execute_wrapper(noted):
        assert who.client.get(where).status_code < 400, where
    return sql


def costs(who: Asker, built: Scene) -> dict[str, int]:
    """Return page → statements that only serve access control, besides the one that sets the context."""
    found = {}
    who.client.get("/bao-mat")  # fills the cache of areas
    for where in pages(who.role or Role.OFFICER, built):
        asked = statements(who, where)
        assert sum(WHO in q for q in asked) >= 1, where
        found[where] = sum(WHO not in q and bool(TELLS.search(q) or SIDES.search(q)) for q in asked)
    return found


def test_access_adds_at_most_one_statement_a_page(built: Scene, officer: Callable[..., Any]) -> None:
    """Covers every page of every role."""
    found = {}
    for role in sorted(Role):
        who = probing.askers(built, officer, role.value)
        found |= {(role, where): n for where, n in costs(who, built).items()}
    assert len(found) >= 150 and {role for role, _ in found} == set(Role)
    assert {page: n for page, n in found.items() if n > 1} == {}


def test_control_a_page_that_tells_it_twice_is_found(
    built: Scene, officer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted filter queries the database for each object's conflict of interest."""
    from binhyen.people.models import Veto

    plain = access.within

    def asks(officer: Any, **columns: Any) -> Any:
        Veto.objects.filter(matter="x").exists()
        Veto.objects.filter(matter="y").exists()
        return plain(officer, **columns)

    monkeypatch.setattr(access, "within", asks)
    who = probing.askers(built, officer, "CHIEF")
    assert any(n > 1 for n in costs(who, built).values())
