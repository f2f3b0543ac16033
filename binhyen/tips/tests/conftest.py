"""Cheap derivations, so that a test costs milliseconds; one test measures the real ones."""

import pytest
from nacl.pwhash import argon2id

from binhyen.kit.brakes import buckets
from binhyen.tips import receipts, visits

DEAR = (receipts.PASSES, receipts.MEMORY)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    buckets._left.clear()
    visits._used.clear()
    monkeypatch.setattr(receipts, "PASSES", argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(receipts, "MEMORY", argon2id.MEMLIMIT_MIN)
