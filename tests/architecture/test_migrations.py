"""Migrations only add: while a new version migrates, processes of the previous version may still write.

A migration after the initial ones removes nothing that the previous version names in its statements, and adds nothing
that it would have to fill in. A column is removed one version after the code that used it, with an entry in `LATER`.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from binhyen.rls.policies import list_policy_statements
from tests.upgrades.planted import LATER as LATER_MIGRATION
from tests.upgrades.planted import load_disk_with

# How many initial migrations each app has: they create an empty database. Never raised.
INITIAL = {
    "api": 1,
    "areas": 1,
    "audit": 1,
    "bulletins": 1,
    "cases": 2,
    "channels": 1,
    "conduct": 1,
    "consents": 1,
    "found": 1,
    "intake": 1,
    "kit": 1,
    "people": 1,
    "privacy": 1,
    "scams": 1,
    "stats": 1,
    "tips": 1,
    "vault": 1,
}
# Removals: (app, migration) → since which version the removed thing is unused.
LATER: dict[tuple[str, str], str] = {}
_DESTRUCTIVE_SQL = re.compile(
    r"\b(DROP\s+(TABLE|COLUMN)|RENAME\s+(TO|COLUMN)|SET\s+NOT\s+NULL|ALTER\s+(COLUMN\s+)?\w+\s+(SET\s+DATA\s+)?TYPE)\b",
    re.I,
)
_REMOVING_OPERATIONS = (migrations.RemoveField, migrations.DeleteModel, migrations.RenameField, migrations.RenameModel)


def find_breaking_operations(operations: list[Any], app: str, state: ProjectState) -> Iterator[str]:
    """Yield why the previous version would fail after these operations; `state`: the tables before them."""
    made: set[str] = set()  # tables created by the same migration: the previous version does not know them
    for operation in operations:
        if isinstance(operation, migrations.CreateModel):
            made.add(operation.name_lower)
        if getattr(operation, "model_name_lower", "") not in made:
            yield from _check_operation(operation, app, state)
        operation.state_forwards(app, state)


def _check_operation(operation: Any, app: str, state: ProjectState) -> Iterator[str]:
    if isinstance(operation, (*_REMOVING_OPERATIONS, migrations.AlterModelTable)):
        yield f"{operation.describe()}: an older program still names it"
    elif isinstance(operation, migrations.AddField):
        if _requires_value(operation.field):
            yield f"{operation.describe()}: neither null nor db_default, so an older program's rows are refused"
    elif isinstance(operation, migrations.AlterField):
        before = state.models[app, operation.model_name_lower].fields[operation.name_lower]
        if before.null and not operation.field.null:
            yield f"{operation.describe()}: an older program leaves it empty"
        if type(before) is not type(operation.field):
            yield f"{operation.describe()}: another type"
    elif isinstance(operation, migrations.RunSQL) and (match := _DESTRUCTIVE_SQL.search(str(operation.sql))):
        yield f"{match[0]}: an older program still names it"
    elif isinstance(operation, migrations.SeparateDatabaseAndState):
        for nested_operation in operation.database_operations:
            yield from _check_operation(nested_operation, app, state)


def _requires_value(field: Any) -> bool:
    free = field.null or field.many_to_many or getattr(field, "generated", False) or field.primary_key
    return not free and field.db_default is models.NOT_PROVIDED


def list_newer_migrations() -> list[tuple[str, str]]:
    loader = MigrationLoader(None)
    ours = ((app, name) for app, name in loader.disk_migrations if _is_ours(app))
    return sorted(key for key in ours if int(key[1][:4]) > INITIAL.get(key[0], 0))


def _is_ours(app: str) -> bool:
    from django.apps import apps

    return apps.get_app_config(app).name.startswith("binhyen.")


def refused_of_newer() -> dict[tuple[str, str], list[str]]:
    """Return the faults of every migration after the initial ones."""
    loader = MigrationLoader(None)
    return {
        key: list(
            find_breaking_operations(
                loader.disk_migrations[key].operations, key[0], loader.project_state(key, at_end=False)
            )
        )
        for key in list_newer_migrations()
    }


def test_a_new_migration_leaves_the_version_before_able_to_serve() -> None:
    breaking = refused_of_newer()
    assert {key: why for key, why in breaking.items() if why and key not in LATER} == {}
    assert all(breaking[key] for key in LATER), "an entry that nothing needs"


def test_initial_migrations_are_still_there() -> None:
    """A number that is raised would exempt an unchecked migration."""
    loader = MigrationLoader(None)
    exempt = [
        (app, name) for app, name in loader.disk_migrations if _is_ours(app) and int(name[:4]) <= INITIAL.get(app, 0)
    ]
    assert all(name.endswith("_initial") and loader.disk_migrations[app, name].initial for app, name in exempt)
    assert len(exempt) == sum(INITIAL.values()) == 18


def test_control_a_migration_after_the_initial_ones_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    for operations, is_refused in ((LATER_MIGRATION, False), ([migrations.RemoveField("note", "text")], True)):
        with monkeypatch.context() as patched:
            patched.setattr(MigrationLoader, "load_disk", load_disk_with(operations))
            planted = [why for (_app, name), why in refused_of_newer().items() if name.endswith("_planted")]
            assert [bool(why) for why in planted] == [is_refused]


def test_every_sql_file_is_run_by_one_migration() -> None:
    loader = MigrationLoader(None)
    run = [
        (app, operation.sql)
        for (app, _), migration in loader.disk_migrations.items()
        for operation in migration.operations
        if isinstance(operation, migrations.RunSQL) and _is_ours(app)
    ]
    paths = [path for path in (Path(settings.BASE_DIR) / "binhyen").glob("*/sql/*.sql") if path.parts[-3] != "rls"]
    texts = {path: path.read_text() for path in paths}
    assert sorted(run) == sorted((path.parts[-3], text) for path, text in texts.items())
    assert all(re.findall(r"^CREATE FUNCTION (\w+)", text, re.M) == [path.stem] for path, text in texts.items())


def test_every_sql_file_of_row_level_security_is_run_with_the_policies() -> None:
    paths = (Path(settings.BASE_DIR) / "binhyen" / "rls" / "sql").glob("*.sql")
    statements = list_policy_statements()
    assert all(path.read_text() in statements for path in paths)


TABLE = ModelState("x", "Row", [("id", models.BigAutoField(primary_key=True)), ("word", models.TextField(null=True))])
BAD: dict[str, Any] = {
    "drops": migrations.RemoveField("row", "word"),
    "deletes": migrations.DeleteModel("Row"),
    "renames": migrations.RenameField("row", "word", "said"),
    "renames a table": migrations.RenameModel("Row", "Line"),
    "wants one more": migrations.AddField("row", "n", models.IntegerField(default=0)),
    "wants it filled": migrations.AlterField("row", "word", models.TextField()),
    "makes it a number": migrations.AlterField("row", "word", models.IntegerField(null=True)),
    "drops in SQL": migrations.RunSQL("ALTER TABLE x_row DROP COLUMN word"),
    "forbids in SQL": migrations.RunSQL("ALTER TABLE x_row ALTER word SET NOT NULL"),
}
GOOD: dict[str, Any] = {
    "may be empty": migrations.AddField("row", "n", models.IntegerField(null=True)),
    "fills itself": migrations.AddField("row", "n", models.IntegerField(default=0, db_default=0)),
    "a table": migrations.CreateModel("Line", [("id", models.BigAutoField(primary_key=True))]),
    "allows more": migrations.AlterField("row", "word", models.TextField(null=True, blank=True)),
    "an index": migrations.AddIndex("row", models.Index(fields=["word"], name="x_word")),
    "a function": migrations.RunSQL("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
}


def build_state() -> ProjectState:
    made = ProjectState()
    made.add_model(TABLE.clone())
    return made


@pytest.mark.parametrize("name", BAD)
def test_control_what_takes_away_is_seen(name: str) -> None:
    assert list(find_breaking_operations([BAD[name]], "x", build_state()))


@pytest.mark.parametrize("name", GOOD)
def test_what_only_adds_may_come(name: str) -> None:
    assert list(find_breaking_operations([GOOD[name]], "x", build_state())) == []
