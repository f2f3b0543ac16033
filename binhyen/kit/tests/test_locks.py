"""Advisory locks of the database: unique numbers, defined in one place."""

import re

import psycopg
import pytest
from django.conf import settings
from django.db import transaction

from binhyen.kit.locks import LOCK_SQL, AdvisoryLock, acquire_xact_lock, try_advisory_lock, try_xact_lock
from tests.process_harness import get_owner_dsn

_NUMBER = re.compile(r"\b7_?304_?0\d\d\b")


def test_lock_numbers_are_in_one_file() -> None:
    tops = [settings.BASE_DIR / top for top in ("binhyen", "tests", "emulator", "bench")]
    files = [p for top in tops for pattern in ("*.py", "*.sql") for p in top.rglob(pattern)]
    holding = {p.relative_to(settings.BASE_DIR).as_posix() for p in files if _NUMBER.search(p.read_text())}
    assert holding == {"binhyen/kit/locks.py", "binhyen/channels/sql/channels_store_webhooks.sql"}
    assert all(_NUMBER.fullmatch(str(lock.value)) for lock in AdvisoryLock)


def test_lock_numbers_are_unique() -> None:
    """An IntEnum silently accepts a second name for a number as an alias."""
    assert {name: lock.value for name, lock in AdvisoryLock.__members__.items()} == {
        lock.name: lock.value for lock in AdvisoryLock
    }


@pytest.mark.django_db
def test_a_lock_is_held_by_one_transaction_at_a_time() -> None:
    with psycopg.connect(get_owner_dsn()) as other, transaction.atomic():
        acquire_xact_lock(AdvisoryLock.AREAS)
        other.execute(LOCK_SQL, [AdvisoryLock.STATS.value])
        assert [try_xact_lock(lock) for lock in (AdvisoryLock.AREAS, AdvisoryLock.STATS, AdvisoryLock.CHAIN)] == [
            True,
            False,
            True,
        ]
        with try_advisory_lock(AdvisoryLock.GROUP, 1) as acquired:
            assert acquired
            with try_advisory_lock(AdvisoryLock.GROUP, 2) as too:
                assert too
