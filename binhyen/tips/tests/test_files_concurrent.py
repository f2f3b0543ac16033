"""A picture is passed to the custodians at the moment in which its tip is withdrawn."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from binhyen.kit import clock, file_storage
from binhyen.tips import services
from binhyen.tips.models import Tip, TipFile
from binhyen.tips.tests.page import TAG, make_picture, submit_tip
from binhyen.vault.models import WrappedKey
from tests.process_harness import wait_until


@pytest.mark.django_db
def test_this_is_the_test_database() -> None:
    """Marked so that pytest-django creates the test database even when this file runs alone."""


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone() != (0,)


def withdraw_tip(tip: Tip) -> None:
    try:
        services.withdraw_tip(tip=tip, now=clock.now())
    finally:
        connection.close()


def test_a_withdrawal_in_the_same_moment_finds_the_new_lock_too(real_db: None, client: Client) -> None:
    """Otherwise two custodians could open the picture of a withdrawn tip."""
    submit_tip(client, photos=make_picture())
    TipFile.objects.update(original=file_storage.store_file(b"as it lay", "tips"), original_lock=None)
    tip, row = Tip.objects.get(), TipFile.objects.get()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            moved = services.transfer_to_custodians(file=row, data=TAG, now=clock.now())
            gone = pool.submit(withdraw_tip, tip)
            wait_until(waits_for_a_lock, why="the withdrawal waits for this transaction")
            assert WrappedKey.objects.filter(lock=moved.original_lock_id).exists(), "control: it can be opened"
        gone.result(20)
    assert not WrappedKey.objects.filter(lock=moved.original_lock_id).exists()
    assert not (Path(settings.FILES_ROOT) / moved.original).exists() and not TipFile.objects.exists()
