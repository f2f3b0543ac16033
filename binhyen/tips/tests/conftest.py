"""Empty rate limits and queues for every test, and the real cost of a receipt for the test that measures it."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

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
def empty_queues() -> None:
    buckets._left.clear()
    tasks._used.clear()
    tasks._queues.clear()
