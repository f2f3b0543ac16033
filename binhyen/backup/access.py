"""End the access that a restored backup brings back, and say what is not known of accounts."""

import datetime as dt

import psycopg

from binhyen import settings
from binhyen.kit import clock, erasure_log

NO_NOTES = """The notes at {folder} do not reach from this backup to now. Without them nobody here knows who was
locked, and whose second step or password changed, since then: the next start marks every account on /can-bo for a
person to look at."""
# Statements by table: an old archive may lack one. What was given out before `permissions_changed_at` is over, also
# for the API.
STATEMENTS = {
    "people_signin": "UPDATE people_signin SET ended_at = now() WHERE ended_at IS NULL",
    "django_session": "DELETE FROM django_session",
    "people_activation": "UPDATE people_activation SET used_at = now() WHERE used_at IS NULL",
    "api_token": "UPDATE api_token SET revoked_at = now() WHERE revoked_at IS NULL",
    "people_officer": "UPDATE people_officer SET permissions_changed_at = now() WHERE is_active",
}


def end() -> None:
    """End sessions, codes of activation and tokens of other systems: nothing handed out before opens anything after.
    The next start does the same with what newer tables hold (people/services/replaying.py).
    """
    with psycopg.connect(settings.get_database_url()) as connection:
        for table, statement in STATEMENTS.items():
            if connection.execute("SELECT to_regclass(%s)", [f"public.{table}"]).fetchone() != (None,):
                connection.execute(statement.encode())


def find_gap(made: dt.datetime) -> str:
    """Return what to tell the operator where the notes do not reach from a backup to now; empty where they do."""
    reach = erasure_log.find_reach(settings.ERASED_DIR, made)
    complete = reach is not None and clock.now() - reach <= erasure_log.SILENT
    return "" if complete else NO_NOTES.format(folder=settings.ERASED_DIR)
