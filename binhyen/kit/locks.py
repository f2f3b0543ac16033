"""Advisory locks of the database: one holder over all processes and hosts, released when its process ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Final

from django.db import connection

LOCK_SQL: Final = "SELECT pg_advisory_xact_lock(%s)"


class AdvisoryLock(IntEnum):
    """Every advisory lock: a number used for two purposes would make one wait for the other."""

    CHAIN = 7304001  # the audit book
    # The gateway shares it while it stores webhooks: channels/sql/channels_store_webhooks.sql has the number.
    GATEWAY = 7304002
    DELIVERY = 7304003  # with a channel
    INBOX = 7304004
    KEYS = 7304005
    GROUP = 7304006  # with a group
    AREAS = 7304007
    STATS = 7304008
    RLS = 7304009
    IDENTITY = 7304010  # verification of identity: rare, one at a time over all requests
    REPORT_NUMBER = 7304019  # numbers of issued reports


def acquire_xact_lock(lock: AdvisoryLock) -> None:
    """Wait for the lock and hold it until the end of the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SQL, [lock.value])


def try_xact_lock(lock: AdvisoryLock) -> bool:
    """Try to take the lock until the end of the caller's transaction; return whether it succeeded. Never waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock.value])
        return bool(cursor.fetchone()[0])


@contextmanager
def try_advisory_lock(lock: AdvisoryLock, key: int) -> Iterator[bool]:
    """Yield True to the one holder of (lock, key) until the block ends; False to all others, without waiting."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [lock.value, key])
        is_holder = bool(cursor.fetchone()[0])
    try:
        yield is_holder
    finally:
        if is_holder:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [lock.value, key])
