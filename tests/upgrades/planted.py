"""A migration that is not in the tree, planted after the newest one of its app: an upgrade that tests can run.

It does what migrations of later versions may do: add a column, fill it a thousand rows a commit so that an interrupted
run continues, and leave a table without its policies, as one that is created anew has none.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

APP, NAME = "cases", "planted"
UNFENCED = "channels_flag"
FILL = "UPDATE cases_note SET length = length(text) WHERE id IN (SELECT id FROM cases_note WHERE length IS NULL LIMIT 1000)"


def fill_length(apps: Any, schema_editor: Any) -> None:
    """Set the new column, a thousand rows a commit."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(FILL)
        while cursor.rowcount:
            cursor.execute(FILL)


LATER: tuple[Operation, ...] = (
    migrations.AddField("note", "length", models.IntegerField(null=True)),
    migrations.RunPython(fill_length, migrations.RunPython.noop),
    migrations.RunSQL(f"ALTER TABLE {UNFENCED} DISABLE ROW LEVEL SECURITY"),
)


def load_disk_with(operations: Sequence[Operation], *, app: str = APP) -> Callable[[MigrationLoader], None]:
    """Return a `MigrationLoader.load_disk` that also finds one more migration of `app`."""
    load_disk = MigrationLoader.load_disk

    def load(self: MigrationLoader) -> None:
        load_disk(self)
        newest = max(name for label, name in self.disk_migrations if label == app)
        name = f"{int(newest[:4]) + 1:04}_{NAME}"
        content = {"atomic": False, "dependencies": [(app, newest)], "operations": list(operations)}
        self.disk_migrations[app, name] = type("Migration", (migrations.Migration,), content)(name, app)

    return load


def plant() -> None:
    """Plant `LATER` in this process."""
    MigrationLoader.load_disk = load_disk_with(LATER)  # type: ignore[method-assign]
