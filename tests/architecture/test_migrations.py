"""Additive migrations first: during an upgrade, pages of the previous version may still serve and must lose no message.

A migration after those of `PAST` removes nothing that an older program names in its statements, and adds nothing that
it would have to fill in. Anything is removed one version later than the code that used it, and is listed in `LATER`.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

# The last migration of each app before the rule; some of these break it. Never raised.
PAST = {
    "api": 2, "areas": 3, "audit": 4, "cases": 21, "channels": 17, "conduct": 4, "consents": 1, "intake": 2, "kit": 4,
    "people": 7, "privacy": 4, "stats": 2, "tips": 5, "vault": 6,
}  # fmt: skip
# Second steps: (app, name) → the version since which nothing uses it any more.
LATER: dict[tuple[str, str], str] = {}
_TAKES = re.compile(
    r"\b(DROP\s+(TABLE|COLUMN)|RENAME\s+(TO|COLUMN)|SET\s+NOT\s+NULL|ALTER\s+(COLUMN\s+)?\w+\s+(SET\s+DATA\s+)?TYPE)\b",
    re.I,
)
_GONE = (migrations.RemoveField, migrations.DeleteModel, migrations.RenameField, migrations.RenameModel)


def refused(operations: list[Any], app: str, state: ProjectState) -> Iterator[str]:
    """Return the operations that would break an older program; `state`: the tables before them."""
    made: set[str] = set()  # created in this same migration, so no older program knows them
    for operation in operations:
        if isinstance(operation, migrations.CreateModel):
            made.add(operation.name_lower)
        if getattr(operation, "model_name_lower", "") not in made:
            yield from _one(operation, app, state)
        operation.state_forwards(app, state)


def _one(operation: Any, app: str, state: ProjectState) -> Iterator[str]:
    if isinstance(operation, (*_GONE, migrations.AlterModelTable)):
        yield f"{operation.describe()}: an older program still names it"
    elif isinstance(operation, migrations.AddField):
        if _must_be_given(operation.field):
            yield f"{operation.describe()}: neither null nor db_default, so an older program's rows are refused"
    elif isinstance(operation, migrations.AlterField):
        before = state.models[app, operation.model_name_lower].fields[operation.name_lower]
        if before.null and not operation.field.null:
            yield f"{operation.describe()}: an older program leaves it empty"
        if type(before) is not type(operation.field):
            yield f"{operation.describe()}: another type"
    elif isinstance(operation, migrations.RunSQL) and (found := _TAKES.search(str(operation.sql))):
        yield f"{found[0]}: an older program still names it"
    elif isinstance(operation, migrations.SeparateDatabaseAndState):
        for each in operation.database_operations:
            yield from _one(each, app, state)


def _must_be_given(field: Any) -> bool:
    free = field.null or field.many_to_many or getattr(field, "generated", False) or field.primary_key
    return not free and field.db_default is models.NOT_PROVIDED


def newer() -> list[tuple[str, str]]:
    loader = MigrationLoader(None)
    ours = ((app, name) for app, name in loader.disk_migrations if app in PAST or _is_ours(app))
    return sorted(key for key in ours if int(key[1][:4]) > PAST.get(key[0], 0))


def _is_ours(app: str) -> bool:
    from django.apps import apps

    return apps.get_app_config(app).name.startswith("binhyen.")


def test_a_new_migration_leaves_the_version_before_able_to_serve() -> None:
    loader = MigrationLoader(None)
    found = {
        key: list(refused(loader.disk_migrations[key].operations, key[0], loader.project_state(key, at_end=False)))
        for key in newer()
    }
    assert {key: why for key, why in found.items() if why and key not in LATER} == {}
    assert all(found[key] for key in LATER), "nothing in it needs the exception"


def test_what_came_before_is_still_there() -> None:
    """PAST is fixed: raising a number would let a migration pass unchecked."""
    loader = MigrationLoader(None)
    numbers: dict[str, int] = {}
    for app, name in loader.disk_migrations:
        numbers[app] = max(numbers.get(app, 0), int(name[:4]))
    assert {app: number for app, number in PAST.items() if numbers[app] < number} == {}
    assert sum(PAST.values()) == 82


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


def state() -> ProjectState:
    made = ProjectState()
    made.add_model(TABLE.clone())
    return made


@pytest.mark.parametrize("name", BAD)
def test_control_what_takes_away_is_seen(name: str) -> None:
    assert list(refused([BAD[name]], "x", state()))


@pytest.mark.parametrize("name", GOOD)
def test_what_only_adds_may_come(name: str) -> None:
    assert list(refused([GOOD[name]], "x", state())) == []


def test_control_those_of_before_the_rule_would_be_seen() -> None:
    loader = MigrationLoader(None)
    for key in (("intake", "0002_correction_without_sensitive"), ("people", "0007_tie_mutual")):
        assert list(refused(loader.disk_migrations[key].operations, key[0], loader.project_state(key, at_end=False)))
