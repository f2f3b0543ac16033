"""Advisory locks of the database: one holder over all processes and hosts, released when its process ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Final

from django.db import connection

WAIT: Final = "SELECT pg_advisory_xact_lock(%s)"


class Lock(IntEnum):
    """Every advisory lock: a number used for two purposes would make one wait for the other."""

    CHAIN = 7304001  # the audit book
    DOOR = 7304002  # the door shares it while it stores webhooks: channels/sql/channels_take_in.sql has the number
    DELIVERY = 7304003  # with a channel
    READING = 7304004
    KEYS = 7304005
    GROUP = 7304006  # with a group
    AREAS = 7304007
    STATS = 7304008
    FENCE = 7304009
    ASKING = 7304010  # verification of identity: rare, one at a time over all requests


def wait_for(lock: Lock) -> None:
    """Wait for the lock and hold it until the end of the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(WAIT, [lock.value])


def take(lock: Lock) -> bool:
    """Try to take the lock until the end of the caller's transaction; return whether it succeeded. Never waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock.value])
        return bool(cursor.fetchone()[0])


@contextmanager
def only_one(lock: Lock, key: int) -> Iterator[bool]:
    """Yield True to the one holder of (lock, key) until the block ends; False to all others, without waiting."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [lock.value, key])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [lock.value, key])
