"""One at a time, over all processes and hosts: locks of the database, gone when their process is."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Final

from django.db import connection

WAIT: Final = "SELECT pg_advisory_xact_lock(%s)"


class Lock(IntEnum):
    """Every advisory lock there is: one number for two things, and one waits for the other."""

    CHAIN = 7304001  # the audit book
    DOOR = 7304002  # the door shares it while it stores webhooks: channels/sql/channels_take_in.sql has the number
    DELIVERY = 7304003  # with a channel
    READING = 7304004
    KEYS = 7304005
    GROUP = 7304006  # with a group
    AREAS = 7304007
    STATS = 7304008
    FENCE = 7304009
    ASKING = 7304010  # who somebody is: rare, one at a time over all who ask


def wait_for(lock: Lock) -> None:
    """Returns once nobody else has it; until the end of the caller's transaction nobody else will."""
    with connection.cursor() as cursor:
        cursor.execute(WAIT, [lock.value])


def take(lock: Lock) -> bool:
    """Whether the caller's transaction has it now, until its end; never waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock.value])
        return bool(cursor.fetchone()[0])


@contextmanager
def only_one(lock: Lock, key: int) -> Iterator[bool]:
    """True for the one that holds (lock, key) until the block ends; False for everybody else, at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [lock.value, key])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [lock.value, key])
