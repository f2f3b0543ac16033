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
from tests.security.routes import get_path

pytestmark = pytest.mark.django_db
# Statements that serve access control only: setting the row-level-security context (written into the text, or among its
# parameters), and looking up a person's conflict keys.
CONTEXT_STATEMENTS = re.compile(r"set_config\(.*binhyen\.scope", re.I | re.S)
CONFLICT_STATEMENTS = re.compile(r"\bFROM \"people_(?:conflictrule|relationship)\"", re.I)
USER_STATEMENT = "people_signin"


@pytest.fixture
def built(unit: Callable[[str], Any], officer: Callable[..., Any], settings: Any, tmp_path: Path) -> Scene:
    settings.FILES_ROOT = tmp_path / "files"
    return scene.build_scene(unit, officer)


def list_pages(role: Role, built: Scene) -> list[str]:
    """Return every address that shows this role an object of theirs, including lists and searches."""
    paths = [
        where for where in policy.LISTS if role in policy.OFFICERS.get(where.partition("?")[0].strip("/"), ("", ()))[1]
    ]
    for route, (method, roles) in policy.OFFICERS.items():
        kind = policy.OWNERS_OF_ROUTE.get(route, "")
        if method != "GET" or role not in roles or (kind and not policy.is_visible(kind, role, OWN)):
            continue
        where = get_path(route, built.address_parts.get((kind, OWN), {}))
        paths.append(where if kind != "roster" else f"{where}?don-vi={built.address_parts[kind, OWN]['unit']}")
    return list(dict.fromkeys(paths))


def list_statements(asker: Asker, where: str) -> list[str]:
    """Return the statements of a page, run with the pages' database role."""
    sql: list[str] = []

    def record_statement(execute: Callable[..., Any], text: Any, params: Any, many: bool, context: Any) -> Any:
        sql.append(f"{text} {params}")  # a prepared statement shows its text only here
        return execute(text, params, many, context)

    with connection.execute_wrapper(record_statement):
        assert asker.client.get(where).status_code < 400, where
    return sql


def list_access_costs(asker: Asker, built: Scene) -> dict[str, int]:
    """Return page → statements that only serve access control, besides the one that sets the context."""
    costs_by_page = {}
    asker.client.get("/bao-mat")  # fills the cache of areas
    for where in list_pages(asker.role or Role.OFFICER, built):
        asked = list_statements(asker, where)
        assert sum(USER_STATEMENT in q for q in asked) >= 1, where
        costs_by_page[where] = sum(
            USER_STATEMENT not in q and bool(CONTEXT_STATEMENTS.search(q) or CONFLICT_STATEMENTS.search(q))
            for q in asked
        )
    return costs_by_page


def test_access_adds_at_most_one_statement_a_page(built: Scene, officer: Callable[..., Any]) -> None:
    """Covers every page of every role."""
    costs_by_role = {}
    for role in sorted(Role):
        asker = probing.build_askers(built, officer, role.value)
        costs_by_role |= {(role, where): n for where, n in list_access_costs(asker, built).items()}
    assert len(costs_by_role) >= 150 and {role for role, _ in costs_by_role} == set(Role)
    assert {page: n for page, n in costs_by_role.items() if n > 1} == {}


def test_control_a_page_that_tells_it_twice_is_found(
    built: Scene, officer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted filter queries the database for each object's conflict of interest."""
    from binhyen.people.models import ConflictRule

    plain = access.visible_filter

    def query_each_conflict(officer: Any, **columns: Any) -> Any:
        ConflictRule.objects.filter(subject_ref="x").exists()
        ConflictRule.objects.filter(subject_ref="y").exists()
        return plain(officer, **columns)

    monkeypatch.setattr(access, "visible_filter", query_each_conflict)
    asker = probing.build_askers(built, officer, "CHIEF")
    assert any(n > 1 for n in list_access_costs(asker, built).values())
