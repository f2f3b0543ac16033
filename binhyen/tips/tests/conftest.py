"""Cheap key derivation, so that a test takes milliseconds; one test measures the real one."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from nacl.pwhash import argon2id

from binhyen.kit.rate_limits import buckets
from binhyen.tips import receipts, tasks

DEAR = {"PASSES": receipts.PASSES, "MEMORY": receipts.MEMORY, "TIME_STEP": receipts.TIME_STEP}


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path / "files"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    buckets._left.clear()
    tasks._used.clear()
    tasks._queues.clear()
    monkeypatch.setattr(receipts, "PASSES", argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(receipts, "MEMORY", argon2id.MEMLIMIT_MIN)
    monkeypatch.setattr(receipts, "TIME_STEP", 0.0)
