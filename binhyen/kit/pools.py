"""Connection pools that ask a dead database again every half second, and give out no connection that died with it.

psycopg's pools double their pause after each refusal: half a minute away is up to half a minute more in which nobody
reads or answers, although the database is back. Their pause cannot be given as a parameter, only as these two numbers
of the class (psycopg_pool/base.py, 3.2 and 3.3).
"""

import select
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool
from psycopg_pool.base import AttemptWithBackoff

PAUSE_SECONDS = 0.5
_GOODBYES = 4  # readings: why it ends, then the end


def keep_asking() -> None:
    """For every pool of this process: Django's, the worker's, the door's."""
    AttemptWithBackoff.INITIAL_DELAY = PAUSE_SECONDS
    AttemptWithBackoff.DELAY_BACKOFF = 1.0
    ConnectionPool.check_connection = staticmethod(still_there)  # type: ignore[assignment]  # Django takes no other


def still_there(connection: psycopg.Connection[Any]) -> None:
    """Raises `psycopg.OperationalError` where the server has hung up: after a restart the first of each connection's
    citizens would be told to come back later. Asks nothing, as psycopg's own check does: a live one is silent.
    """
    heard = select.poll()
    heard.register(connection.fileno(), select.POLLIN)
    for _ in range(_GOODBYES):
        if not heard.poll(0):
            return
        connection.pgconn.consume_input()
