"""Advisory locks of the database: unique numbers, defined in one place."""

import re

import psycopg
import pytest
from django.conf import settings
from django.db import transaction

from binhyen.kit.locks import WAIT, Lock, only_one, take, wait_for
from tests.process_harness import dsn

_NUMBER = re.compile(r"\b7_?304_?0\d\d\b")


def test_the_numbers_stand_in_one_file() -> None:
    tops = [settings.BASE_DIR / top for top in ("binhyen", "tests", "emulator", "bench")]
    files = [p for top in tops for pattern in ("*.py", "*.sql") for p in top.rglob(pattern)]
    holding = {p.relative_to(settings.BASE_DIR).as_posix() for p in files if _NUMBER.search(p.read_text())}
    assert holding == {"binhyen/kit/locks.py", "binhyen/channels/sql/channels_take_in.sql"}
    assert all(_NUMBER.fullmatch(str(lock.value)) for lock in Lock)


def test_no_two_locks_are_one() -> None:
    """An IntEnum silently accepts a second name for a number as an alias."""
    assert {name: lock.value for name, lock in Lock.__members__.items()} == {lock.name: lock.value for lock in Lock}


@pytest.mark.django_db
def test_a_lock_is_one_transactions_at_a_time() -> None:
    with psycopg.connect(dsn()) as other, transaction.atomic():
        wait_for(Lock.AREAS)
        other.execute(WAIT, [Lock.STATS.value])
        assert [take(lock) for lock in (Lock.AREAS, Lock.STATS, Lock.CHAIN)] == [True, False, True]
        with only_one(Lock.GROUP, 1) as mine:
            assert mine
            with only_one(Lock.GROUP, 2) as too:
                assert too
