"""Requirement 27: upgrade an installation of an older version as `binhyen run` does before its port opens.

No row is lost or changed, row-level security and grants are those of this version, the audit log verifies up to the
checkpoint that was signed before, and the old keys decrypt what they encrypted. The installations are archives in
tests/upgrades, one for each version since 0.2.0. Each is upgraded to the migrations of the tree, which may be none,
and to one more that the test plants (tests/upgrades/planted.py).
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from binhyen.embedded_postgres import EmbeddedPostgres, find_binaries
from tests.process_harness import stop_without_flush
from tests.upgrades.planted import UNFENCED

ROOT = Path(__file__).resolve().parents[1]
VERSIONS = sorted((ROOT / "tests" / "upgrades").glob("*.tgz"))
PREPARE = "from binhyen import run; run.prepare_installation(demo=False)"
PLANT = "from tests.upgrades import planted; planted.plant(); "
PREPARE_WITHOUT_A_FENCE = (
    f"{PLANT}from binhyen import run; run.apply.apply_rls = lambda dsn: True; run.prepare_installation(demo=False)"
)
# Tables whose rows the program creates again: shipped areas, applied migrations, permissions, workers.
OWN = {"django_migrations", "django_content_type", "auth_permission", "procrastinate_workers", "areas_revision"}
# Columns that a migration removed on purpose: (table, column).
GONE: set[tuple[str, str]] = set()
LOOK = """
import json, django; django.setup()
from pathlib import Path
from django.conf import settings
from binhyen.audit.queries.chain import verify_all
from binhyen.cases.models import Case
from binhyen.cases.queries.global_search import find_cases
from binhyen.intake import web_reports
from binhyen.kit import clock
from binhyen.kit.ids import generate_token
from binhyen.kit.text import fold_text
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.tips import queries as tips, services
verdict = verify_all(now=clock.now())
chief = Officer.objects.get(username="loc-ha.truong")
before = Case.objects.filter(access.filter_cases(chief)).count()
found = find_cases(chief, "nhặt được", now=clock.now())
accented = Case.objects.get(code=found[0]["code"]).search_accented
tip, pair = services.open_receipt((Path(settings.VAR_DIR) / "receipt").read_text().replace(" ", ""))
told = [word.text for word in tips.open_conversation(tip, pair).words]
photo = tips.open_preview(tip.files.get(), pair)[:2].hex()
web_reports.send_report(sending=web_reports.Submission(key=generate_token(), text="Cây đổ chắn đường ở xã Lộc Hà"), now=clock.now())
print(json.dumps({
    "faults": [str(f) for f in verdict.faults], "confirmed": verdict.confirmed, "told": told, "photo": photo,
    "untitled": [case.code for case in Case.objects.filter(is_restricted=False, erased_at=None)
                 if not set(fold_text(case.title).split()) <= set(case.search_text.split())],
    "out_of_sight": [case.code for case in Case.objects.filter(is_restricted=True) if case.search_text or case.search_accented],
    "search_accented": "'nhặt'" in accented and "'được'" in accented, "seen": before, "more": Case.objects.filter(access.filter_cases(chief)).count() - before,
}))
"""
PAGES = """
import json
import psycopg
from binhyen import settings
from binhyen.rls import apply
from binhyen.rls.policies import PAGES_POLICIES
own = psycopg.connect(settings.build_dsn(settings.get_database_url(), "binhyen_pages", apply.get_login_password("pages")))
def count(scope):
    own.execute("SELECT set_config('binhyen.scope', %s, false)", [scope])
    return own.execute("SELECT count(*) FROM cases_case").fetchone()[0]
open_ = psycopg.connect(settings.get_database_url()).execute(
    "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND NOT relrowsecurity", [list(PAGES_POLICIES)]).fetchall()
print(json.dumps({"nobody": count(""), "province": count("province"), "unfenced": [name for name, in open_]}))
"""

Rows = dict[str, tuple[list[str], list[tuple[Any, ...]]]]


@dataclass(frozen=True, slots=True)
class OldInstallation:
    """An installation of another version with its database server running."""

    var: Path

    @property
    def get_server(self) -> EmbeddedPostgres:
        return EmbeddedPostgres(self.var / "postgresql")

    def do(self, code: str) -> str:
        environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "BINHYEN_SECRET_KEY"}}
        environment |= {"BINHYEN_VAR": str(self.var), "DJANGO_SETTINGS_MODULE": "binhyen.settings"}
        environment |= {"BINHYEN_KEYS_DIR": str(self.var / "keys"), "BINHYEN_LOG": "ERROR"}
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.strip().rpartition("\n")[2]

    def rows(self, like: Rows | None = None) -> Rows:
        """Return the rows of every table, with the columns that it has, or those of `like`."""
        rows_by_table: Rows = {}
        with psycopg.connect(self.get_server.build_dsn()) as connection:
            for table, columns in list_columns(connection).items():
                chosen = like[table][0] if like and table in like else columns
                if like is None or table in like:
                    listed = ", ".join(f'"{name}"::text' for name in chosen)
                    # nosemgrep: sql-from-text  names out of the catalogue
                    rows_by_table[table] = (
                        chosen,
                        sorted(connection.execute(f'SELECT {listed} FROM "{table}"'), key=str),
                    )
        return rows_by_table


def list_columns(connection: Any) -> dict[str, list[str]]:
    """Return the columns of our own tables without generated ones."""
    asked = connection.execute(
        "SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) FROM information_schema.columns c "
        "JOIN pg_tables t ON t.tablename = c.table_name AND t.schemaname = 'public' "
        "WHERE c.table_schema = 'public' AND is_generated = 'NEVER' GROUP BY 1"
    )
    columns_by_table = {table: names for table, names in asked.fetchall() if table not in OWN}
    return {table: [name for name in names if (table, name) not in GONE] for table, names in columns_by_table.items()}


@pytest.fixture(params=VERSIONS, ids=lambda path: path.stem)
def old(request: Any, tmp_path: Path) -> Iterator[OldInstallation]:
    var = tmp_path / "var"
    var.mkdir()
    with tarfile.open(request.param) as archive:
        archive.extractall(var, filter="data")
    place = OldInstallation(var)
    place.get_server.start()
    with psycopg.connect(place.get_server.build_dsn(), autocommit=True) as connection:  # a throwaway database
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    try:
        # The roles exist, as on a machine where the older version ran, so its policies are restored with its tables.
        place.do(
            "from binhyen import settings; from binhyen.rls import apply; apply.ensure_logins(settings.get_database_url())"
        )
        subprocess.run(
            [
                find_binaries() / "pg_restore",
                f"--dbname={place.get_server.build_dsn()}",
                "--no-owner",
                "--no-privileges",
                "--single-transaction",
                "--exit-on-error",
                str(var / "database.dump"),
            ],
            check=True,
        )
        yield place
    finally:
        stop_without_flush(place.get_server)
        shutil.rmtree(var, ignore_errors=True)


def list_changes(before: Rows, after: Rows) -> dict[str, Any]:
    """Return rows that are lost or changed, by table. New rows are allowed."""
    changes: dict[str, Any] = {}
    for table, (_, rows) in before.items():
        left = set(rows) - set(after.get(table, ([], []))[1])
        if left:
            changes[table] = sorted(left, key=str)[:3]
    return changes


@pytest.mark.parametrize("plant", ["", PLANT], ids=["tree", "planted"])
def test_an_older_installation_comes_up_whole(old: OldInstallation, plant: str) -> None:
    before = old.rows()
    assert len(before["cases_case"][1]) >= 6 and len(before["audit_auditentry"][1]) >= 10
    assert before["cases_note"][1], "the planted migration has a row to fill"
    old.do(plant + PREPARE)
    assert list_changes(before, old.rows(before)) == {}
    assert planted_lengths(old) == (before_lengths(before) if plant else None)
    page_results = json.loads(old.do(PAGES))
    assert page_results["nobody"] == 0 < page_results["province"] and page_results["unfenced"] == []
    looked = json.loads(old.do(LOOK))
    assert looked["faults"] == [] and looked["confirmed"] >= 10, "the audit log verifies up to the old checkpoint"
    assert "ma túy" in looked["told"][0] and looked["photo"] == "ffd8", "the old keys decrypt what they encrypted"
    assert looked["search_accented"], "a search with marks finds older cases"
    assert looked["untitled"] == looked["out_of_sight"] == [], "cases are found by title; complaints by nothing"
    assert looked["seen"] >= 3 and looked["more"] == 1, "officers see their cases, and new ones come in"
    again = old.rows(before)
    old.do(plant + PREPARE)
    assert old.rows(before) == again, "a second start changes nothing"


def planted_lengths(old: OldInstallation) -> list[int] | None:
    """Return the value of the planted migration; None if it has not run."""
    with psycopg.connect(old.get_server.build_dsn()) as connection:
        try:
            return sorted(length for (length,) in connection.execute("SELECT length FROM cases_note"))
        except psycopg.errors.UndefinedColumn:
            return None


def before_lengths(before: Rows) -> list[int]:
    columns, rows = before["cases_note"]
    return sorted(len(row[columns.index("text")]) for row in rows)


def test_control_what_an_upgrade_loses_or_leaves_open_is_seen(old: OldInstallation) -> None:
    before = old.rows()
    old.do(PREPARE_WITHOUT_A_FENCE)
    with psycopg.connect(old.get_server.build_dsn(), autocommit=True) as connection:
        connection.execute("UPDATE cases_note SET text = 'khác'")
        connection.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER USER")
        connection.execute("UPDATE audit_auditentry SET actor = 'x' WHERE id = (SELECT min(id) FROM audit_auditentry)")
        row_security = connection.execute("SELECT relrowsecurity FROM pg_class WHERE relname = %s", [UNFENCED])
        is_protected = row_security.fetchone()
    assert set(list_changes(before, old.rows(before))) == {"cases_note", "audit_auditentry"}
    assert is_protected == (False,), "the planted migration opened it; only building the policies closes it"
    assert json.loads(old.do(LOOK))["faults"]
