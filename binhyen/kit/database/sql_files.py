"""SQL functions and triggers of the features, one file each: `FEATURE/sql/FUNCTION.sql`. Migrations run them."""

from importlib.resources import files

from django.db.migrations import RunSQL


def read_sql_file(feature: str, function: str) -> str:
    """Return the text of `FEATURE/sql/FUNCTION.sql`."""
    return files("binhyen").joinpath(feature, "sql", f"{function}.sql").read_text(encoding="utf-8")


def run_sql_file(feature: str, function: str) -> RunSQL:
    """Create the SQL function of that file and its triggers; reversing the migration drops them.

    A released file stays as it is, so that new and upgraded databases are the same. A later version is a new function
    (`NAME_2`) in its own file: processes of the previous version still call theirs while the new one migrates.
    """
    return RunSQL(read_sql_file(feature, function), f"DROP FUNCTION {function} CASCADE")
