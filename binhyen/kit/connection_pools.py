"""Connection pools that retry a lost database every half second and hand out no dead connection.

psycopg's pools double their delay after each refusal: half a minute of outage would become up to half a minute more
without service, although the database is back. The delay is not a parameter, only these two numbers of the class
(psycopg_pool/base.py, 3.2 and 3.3).
"""

import select
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool
from psycopg_pool.base import AttemptWithBackoff

RETRY_SECONDS = 0.5
_MAX_READS = 4  # reads: the reason of the shutdown, then the end


def configure_reconnect() -> None:
    """Configure every pool of this process: Django's, the worker's, the gateway's."""
    AttemptWithBackoff.INITIAL_DELAY = RETRY_SECONDS
    AttemptWithBackoff.DELAY_BACKOFF = 1.0
    ConnectionPool.check_connection = staticmethod(check_alive)  # type: ignore[assignment]  # Django takes no other


def check_alive(connection: psycopg.Connection[Any]) -> None:
    """Raise `psycopg.OperationalError` if the server has closed the connection.

    Otherwise, after a restart, the first user of each connection would get an error. Unlike psycopg's own check it
    sends nothing: a live connection is silent.
    """
    poller = select.poll()
    poller.register(connection.fileno(), select.POLLIN)
    for _ in range(_MAX_READS):
        if not poller.poll(0):
            return
        connection.pgconn.consume_input()
