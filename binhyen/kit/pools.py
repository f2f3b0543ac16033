"""Connection pools that ask a dead database again every half second.

psycopg's pools double their pause after each refusal: half a minute away is up to half a minute more in which nobody
reads or answers, although the database is back. Their pause cannot be given as a parameter, only as these two numbers
of the class (psycopg_pool/base.py, 3.2 and 3.3).
"""

from psycopg_pool.base import AttemptWithBackoff

PAUSE_SECONDS = 0.5


def keep_asking() -> None:
    """For every pool of this process: Django's, the worker's, the door's."""
    AttemptWithBackoff.INITIAL_DELAY = PAUSE_SECONDS
    AttemptWithBackoff.DELAY_BACKOFF = 1.0
