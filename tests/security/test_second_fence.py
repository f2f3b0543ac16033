"""Row-level security tested with the application's access filter disabled: a query that forgets the filter shows
nothing foreign.

`people/access.py` is patched to permit everything; lists, search, counts, pages of one object, files, export, API and
live feed must still show nothing foreign. Then the tables that each process's role may not read at all.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import ProgrammingError, connection
from django.db.models import Q
from django.test import Client

from binhyen.cases.queries.alarm_recipients import ringing
from binhyen.cases.queries.case_list import Filters, every_row
from binhyen.kit import clock, prepared_queries
from binhyen.kit.rls_scope import entered
from binhyen.people import access
from binhyen.people.access import scope_of
from binhyen.people.roles import Role, Sight
from binhyen.rls import policies
from binhyen.rls.grants import COLUMNS, PROCESSES, TABLES, login
from tests import rls
from tests.security.matrix import policy, probing, scene
from tests.security.matrix.probing import Asker, leaked, send
from tests.security.matrix.scene import Scene
from tests.security.routes import path_of
from tests.security.test_matrix_api import token

pytestmark = pytest.mark.django_db
WORKERS = ("VILLAGE_TEAM", "OFFICER", "CHIEF")  # roles with a smaller scope than the province
NOBODYS = ("INSPECTOR", "CUSTODIAN", "OPERATOR")
# Rows guarded one by one: of these kinds. Groups and officers are no secret to the staff.
GUARDED = ("case", "message", "flag", "held", "dead")


@pytest.fixture
def built(unit: Callable[[str], Any], officer: Callable[..., Any], settings: Any, tmp_path: Path) -> Scene:
    settings.FILES_ROOT = tmp_path / "files"
    return scene.build(unit, officer)


def drop_the_filter(patch: pytest.MonkeyPatch) -> None:
    """Make every query of the program ignore its user. The role check of the pages stays."""
    patch.setattr(prepared_queries, "_known", {})  # no cached query from before, none left for later
    everything = lambda *_, **__: Q()  # noqa: E731
    for name in ("within", "cases"):
        patch.setattr(access, name, everything)
    patch.setattr("binhyen.people.queries.within", everything)
    patch.setattr(access, "sight", lambda _: Sight(province=True))


PAGES = (
    *policy.LISTS, "/ban-truc", "/ban-truc?xem=cua-toi", "/ban-truc?xem=tat-ca&q=zqchúng", "/tim?q=zqchung",
    "/tim?q=zqchúng", "/tin-nhan?q=zqchung", "/ket-qua",
)  # fmt: skip


def strays(who: Asker, built: Scene) -> list[str]:
    """Return marks of foreign rows that any page, file or the API shows."""
    wrong = []
    for where in PAGES:
        wrong += _foreign(who, where, send(who.client, "GET", where))
    for (kind, relation), parts in built.known.items():
        for route, leads in policy.WHOSE.items():
            if leads == kind and kind in {"case", "file"} and policy.OFFICERS[route][0] == "GET":
                answer = send(who.client, "GET", path_of(route, parts))
                theirs = policy.seen(kind, who.role, relation)
                wrong += _foreign(who, f"{route} {relation}", answer)
                if answer.status_code == 200 and not theirs:
                    wrong.append(f"{who.name} opens {route} {relation}")
    return wrong + _by_api(who, built)


def _by_api(who: Asker, built: Scene) -> list[str]:
    headers = {"Authorization": f"Bearer {token(who.officer, frozenset({'read', 'write', 'ledger'}))}"}
    wrong = _foreign(who, "API list", Client().get("/api/v1/cases?view=all", headers=headers))
    for relation, case in built.cases.items():
        answer = Client().get(f"/api/v1/cases/{case.code}", headers=headers)
        wrong += _foreign(who, f"API {relation}", answer)
        if answer.status_code == 200 and not policy.seen("case", who.role, relation):
            wrong.append(f"{who.name} opens {relation} by the API")
    return wrong


def _foreign(who: Asker, where: str, answer: Any) -> list[str]:
    found = {m for m in leaked(who.role, answer) if not m.startswith("zqgroup")}
    return [f"{who.name} {where}: {sorted(found)}"] if found else []


@pytest.mark.parametrize("name", [*WORKERS, *NOBODYS])
def test_with_the_filter_gone_foreign_rows_stay_hidden(
    name: str, built: Scene, officer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    who = probing.askers(built, officer, name)
    drop_the_filter(monkeypatch)
    assert strays(who, built) == []


def test_and_the_filter_was_really_gone(
    built: Scene, officer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without row-level security the same pages show everything."""
    who = probing.askers(built, officer, "OFFICER")
    drop_the_filter(monkeypatch)
    with without_fence():
        wrong = strays(who, built)
    for where in (
        "/ban-truc?xem=tat-ca",
        "/tim?q=zqchung",
        "/tin-nhan",
        "/hop-thu-di",
        "/ban-truc.csv",
        "API list",
        "opens",
    ):
        assert any(where in line for line in wrong), where


class without_fence:
    """A block with row-level security disabled, as a migration might leave it."""

    def __enter__(self) -> None:
        self._all("DISABLE")

    def __exit__(self, *_: object) -> None:
        self._all("ENABLE")

    @staticmethod
    def _all(what: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with deferred checks cannot be altered
            for table in policies.ROWS:
                cursor.execute(f"ALTER TABLE {table} {what} ROW LEVEL SECURITY")


def numbers(person: Any) -> tuple[int, int]:
    """Return the counts of cases in the tabs and of active alarms, with the pages' role and the person's scope."""
    with rls.acting_as("pages"), entered(scope_of(person)):
        every = len(every_row(person, Filters(view="all"), now=clock.now()))
        return every, ringing(person).count()


@pytest.mark.parametrize("name", [*WORKERS, *NOBODYS])
def test_counts_are_of_visible_rows_only(
    name: str, built: Scene, officer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    person = probing.askers(built, officer, name).officer
    assert person is not None
    visible = [r for r in built.cases if policy.seen("case", Role(name), r)]
    assert numbers(person)[0] == len(visible)
    drop_the_filter(monkeypatch)
    every, ringing = numbers(person)
    assert every == len(visible)
    assert ringing <= len(visible)
    with without_fence():
        assert numbers(person)[0] == len(built.cases), "the control"


def test_live_topics_are_a_person_s_own(built: Scene, officer: Callable[..., Any]) -> None:
    """Events contain codes only; the topic decides who receives them, and the gateway reads it from the officer's row."""
    for name in (*WORKERS, *NOBODYS):
        person = probing.askers(built, officer, name).officer
        assert person is not None
        heard = set(access.live_topics(person))
        others = {f"unit:{u.pk}" for u in built.units.values() if u.pk != person.unit_id} | {"province"}
        assert not heard & others, name


# Tables that each role may not read.

SEALED = {  # table → roles that may read a row of it at all
    "vault_identity": {"custody"}, "vault_contact": {"worker", "courier", "custody"}, "vault_holder": {"custody"},
    "vault_keyshare": {"custody"}, "vault_openedpart": {"custody"}, "vault_lockcopy": {"custody"},
    "tips_tip": {"worker", "custody", "pages"}, "mfa_authenticator": {"pages"}, "channels_inbound": {"worker"},
    "channels_message": {"pages", "worker"}, "channels_outgoing": {"pages", "worker", "courier"},
    "channels_credential": {"door", "pages", "worker", "courier"}, "django_session": {"pages", "custody"},
    "api_token": {"pages", "worker"}, "people_activation": {"pages"},
    "cases_case": {"pages", "worker", "custody"}, "people_officer": {"pages", "worker", "custody"}, "cases_report": {"pages", "worker"},
    "cases_note": {"pages", "worker"}, "cases_casemessage": {"pages", "worker"},
    "audit_auditentry": {"pages", "worker", "courier", "custody"},
}  # fmt: skip


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("table", sorted(SEALED))
def test_a_login_reads_whole_rows_of_what_it_needs_only(table: str, process: str) -> None:
    may = process in SEALED[table]
    assert ("s" in getattr(TABLES[table], process)) is may, "a grant that is missing in this table"
    with rls.acting_as(process), connection.cursor() as cursor:
        if may:
            cursor.execute(f"SELECT * FROM {table} LIMIT 1")
        else:
            with pytest.raises(ProgrammingError):
                cursor.execute(f"SELECT * FROM {table} LIMIT 1")


@pytest.mark.parametrize(("table", "process"), sorted(COLUMNS))
def test_a_login_with_some_columns_reads_no_other(table: str, process: str) -> None:
    written = set(COLUMNS[table, process].get("s", ()))
    with connection.cursor() as cursor:
        cursor.execute("SELECT column_name, has_column_privilege(%s, %s, column_name, 'SELECT') FROM information_schema.columns "
                       "WHERE table_name = %s AND table_schema = 'public'", [login(process), table, table])  # fmt: skip
        readable = {name for name, may in cursor.fetchall() if may}
    whole = "s" in getattr(TABLES[table], process)
    assert whole or readable == written
    sealed = {"sealed", "raw", "wrapped", "session_data", "text"} & readable
    assert whole or not sealed or (table, process) == ("channels_message", "custody"), sealed


def test_control_a_grant_too_many_is_found() -> None:
    with connection.cursor() as cursor:
        cursor.execute("GRANT SELECT ON vault_identity TO binhyen_pages")
    with pytest.raises(BaseException, match="DID NOT RAISE"):
        test_a_login_reads_whole_rows_of_what_it_needs_only("vault_identity", "pages")
