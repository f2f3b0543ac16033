"""SQL functions and triggers of the features, one file each: `FEATURE/sql/FUNCTION.sql`. Migrations run them."""

from importlib.resources import files

from django.db.migrations import RunSQL


def read_sql_file(feature: str, function: str) -> str:
    """Return the text of `FEATURE/sql/FUNCTION.sql`."""
    return files("binhyen").joinpath(feature, "sql", f"{function}.sql").read_text(encoding="utf-8")


def run_sql_file(feature: str, function: str) -> RunSQL:
    """Create the SQL function of that file and its triggers; reversing the migration drops them.

    A file that was released stays as it is, for a new database runs the same migrations as an old one: a later version
    of a function stands in a new file, and a new migration runs it.
    """
    return RunSQL(read_sql_file(feature, function), f"DROP FUNCTION {function} CASCADE")
