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

from binhyen.cases.queries.alarm_recipients import select_ringing
from binhyen.cases.queries.case_list import CaseFilters, list_export_rows
from binhyen.kit import clock, prepared_queries
from binhyen.kit.rls_scope import rls_scope
from binhyen.people import access
from binhyen.people.access import get_rls_scope
from binhyen.people.roles import Role, Visibility
from binhyen.rls import policies
from binhyen.rls.grants import COLUMN_GRANTS, PROCESSES, TABLE_GRANTS, get_login_name
from tests import rls
from tests.security.matrix import policy, probing, scene
from tests.security.matrix.probing import Asker, list_leaked_marks, send_request
from tests.security.matrix.scene import Scene
from tests.security.routes import get_path
from tests.security.test_matrix_api import create_token

pytestmark = pytest.mark.django_db
WORKERS = ("VILLAGE_TEAM", "OFFICER", "CHIEF")  # roles with a smaller scope than the province
NOBODYS = ("INSPECTOR", "CUSTODIAN", "OPERATOR")
# Rows guarded one by one: of these kinds. Groups and officers are no secret to the staff.
GUARDED = ("case", "message", "flag", "held", "dead")


@pytest.fixture
def built(unit: Callable[[str], Any], officer: Callable[..., Any], settings: Any, tmp_path: Path) -> Scene:
    settings.FILES_ROOT = tmp_path / "files"
    return scene.build_scene(unit, officer)


def drop_filter(patch: pytest.MonkeyPatch) -> None:
    """Make every query of the program ignore its user. The role check of the pages stays."""
    patch.setattr(prepared_queries, "_cache", {})  # no cached query from before, none left for later
    everything = lambda *_, **__: Q()  # noqa: E731
    for name in ("visible_filter", "filter_cases"):
        patch.setattr(access, name, everything)
    patch.setattr("binhyen.people.queries.visible_filter", everything)
    patch.setattr(access, "visibility", lambda _: Visibility(province=True))


PAGES = (
    *policy.LISTS,
    "/ban-truc",
    "/ban-truc?xem=cua-toi",
    "/ban-truc?xem=tat-ca&q=zqchúng",
    "/tim?q=zqchung",
    "/tim?q=zqchúng",
    "/tin-nhan?q=zqchung",
    "/ket-qua",
)


def list_stray_marks(asker: Asker, built: Scene) -> list[str]:
    """Return marks of foreign rows that any page, file or the API shows."""
    wrong = []
    for where in PAGES:
        wrong += list_foreign_marks(asker, where, send_request(asker.client, "GET", where))
    for (kind, relation), parts in built.address_parts.items():
        for route, leads in policy.OWNERS_OF_ROUTE.items():
            if leads == kind and kind in {"case", "file"} and policy.OFFICERS[route][0] == "GET":
                answer = send_request(asker.client, "GET", get_path(route, parts))
                is_expected = policy.is_visible(kind, asker.role, relation)
                wrong += list_foreign_marks(asker, f"{route} {relation}", answer)
                if answer.status_code == 200 and not is_expected:
                    wrong.append(f"{asker.name} opens {route} {relation}")
    return wrong + list_api_strays(asker, built)


def list_api_strays(asker: Asker, built: Scene) -> list[str]:
    headers = {"Authorization": f"Bearer {create_token(asker.officer, frozenset({'read', 'write', 'ledger'}))}"}
    wrong = list_foreign_marks(asker, "API list", Client().get("/api/v1/cases?view=all", headers=headers))
    for relation, case in built.cases.items():
        answer = Client().get(f"/api/v1/cases/{case.code}", headers=headers)
        wrong += list_foreign_marks(asker, f"API {relation}", answer)
        if answer.status_code == 200 and not policy.is_visible("case", asker.role, relation):
            wrong.append(f"{asker.name} opens {relation} by the API")
    return wrong


def list_foreign_marks(asker: Asker, where: str, answer: Any) -> list[str]:
    marks = {m for m in list_leaked_marks(asker.role, answer) if not m.startswith("zqgroup")}
    return [f"{asker.name} {where}: {sorted(marks)}"] if marks else []


@pytest.mark.parametrize("name", [*WORKERS, *NOBODYS])
def test_with_the_filter_gone_foreign_rows_stay_hidden(
    name: str, built: Scene, officer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asker = probing.build_askers(built, officer, name)
    drop_filter(monkeypatch)
    assert list_stray_marks(asker, built) == []


def test_and_the_filter_was_really_gone(
    built: Scene, officer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without row-level security the same pages show everything."""
    asker = probing.build_askers(built, officer, "OFFICER")
    drop_filter(monkeypatch)
    with DisabledRls():
        wrong = list_stray_marks(asker, built)
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


class DisabledRls:
    """A block with row-level security disabled, as a migration might leave it."""

    def __enter__(self) -> None:
        self._all("DISABLE")

    def __exit__(self, *_: object) -> None:
        self._all("ENABLE")

    @staticmethod
    def _all(what: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with deferred checks cannot be altered
            for table in policies.PAGES_POLICIES:
                cursor.execute(f"ALTER TABLE {table} {what} ROW LEVEL SECURITY")


def count_visible(person: Any) -> tuple[int, int]:
    """Return the counts of cases in the tabs and of active alarms, with the pages' role and the person's scope."""
    with rls.acting_as("pages"), rls_scope(get_rls_scope(person)):
        every = len(list_export_rows(person, CaseFilters(view="all"), now=clock.now()))
        return every, select_ringing(person).count()


@pytest.mark.parametrize("name", [*WORKERS, *NOBODYS])
def test_counts_are_of_visible_rows_only(
    name: str, built: Scene, officer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    person = probing.build_askers(built, officer, name).officer
    assert person is not None
    visible = [r for r in built.cases if policy.is_visible("case", Role(name), r)]
    assert count_visible(person)[0] == len(visible)
    drop_filter(monkeypatch)
    every, ringing = count_visible(person)
    assert every == len(visible)
    assert ringing <= len(visible)
    with DisabledRls():
        assert count_visible(person)[0] == len(built.cases), "the control"


def test_live_topics_are_a_person_s_own(built: Scene, officer: Callable[..., Any]) -> None:
    """Events contain codes only; the topic decides on the receivers, and the gateway reads it from the officer's row."""
    for name in (*WORKERS, *NOBODYS):
        person = probing.build_askers(built, officer, name).officer
        assert person is not None
        topics = set(access.list_live_topics(person))
        others = {f"unit:{u.pk}" for u in built.units.values() if u.pk != person.unit_id} | {"province"}
        assert not topics & others, name


# Tables that each role may not read.

SEALED = {  # table → roles that may read a row of it at all
    "vault_identity": {"custody"},
    "vault_callbacknumber": {"pages"},
    "vault_contact": {"worker", "sender", "custody"},
    "vault_holder": {"custody"},
    "vault_keyshare": {"custody"},
    "vault_disclosedshare": {"custody"},
    "vault_wrappedkey": {"custody"},
    "tips_tip": {"worker", "custody", "pages"},
    "mfa_authenticator": {"pages"},
    "channels_inbound": {"worker"},
    "channels_message": {"pages", "worker"},
    "channels_outgoing": {"pages", "worker", "sender"},
    "channels_credential": {"gateway", "pages", "worker", "sender"},
    "django_session": {"pages", "custody"},
    "api_token": {"pages", "worker"},
    "people_activation": {"pages"},
    "cases_case": {"pages", "worker", "custody"},
    "people_officer": {"pages", "worker", "custody"},
    "cases_report": {"pages", "worker"},
    "cases_note": {"pages", "worker"},
    "cases_casemessage": {"pages", "worker"},
    "audit_auditentry": {"pages", "worker", "sender", "custody"},
}


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("table", sorted(SEALED))
def test_a_login_reads_whole_rows_of_what_it_needs_only(table: str, process: str) -> None:
    may = process in SEALED[table]
    assert ("s" in getattr(TABLE_GRANTS[table], process)) is may, "a grant that is missing in this table"
    with rls.acting_as(process), connection.cursor() as cursor:
        if may:
            cursor.execute(f"SELECT * FROM {table} LIMIT 1")
        else:
            with pytest.raises(ProgrammingError):
                cursor.execute(f"SELECT * FROM {table} LIMIT 1")


@pytest.mark.parametrize(("table", "process"), sorted(COLUMN_GRANTS))
def test_a_login_with_some_columns_reads_no_other(table: str, process: str) -> None:
    written = set(COLUMN_GRANTS[table, process].get("s", ()))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, has_column_privilege(%s, %s, column_name, 'SELECT') FROM information_schema.columns "
            "WHERE table_name = %s AND table_schema = 'public'",
            [get_login_name(process), table, table],
        )
        readable = {name for name, may in cursor.fetchall() if may}
    whole = "s" in getattr(TABLE_GRANTS[table], process)
    assert whole or readable == written
    sealed = {"sealed", "raw", "wrapped", "session_data", "text"} & readable
    assert whole or not sealed or (table, process) == ("channels_message", "custody"), sealed


def test_control_a_grant_too_many_is_found() -> None:
    with connection.cursor() as cursor:
        cursor.execute("GRANT SELECT ON vault_identity TO binhyen_pages")
    with pytest.raises(BaseException, match="DID NOT RAISE"):
        test_a_login_reads_whole_rows_of_what_it_needs_only("vault_identity", "pages")
