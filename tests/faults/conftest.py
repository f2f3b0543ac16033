"""Fixtures of the fault tests."""

from collections.abc import Iterator
from typing import Any

import pytest

from binhyen.channels.models import Channel
from tests.faults.doorway import get_zalo_channel
from tests.faults.harness import FaultHarness


@pytest.fixture
def oa(real_db: None, settings: Any, tmp_path: Any) -> Channel:
    """Provide the Official Account, on a database with real commits."""
    settings.FILES_ROOT = tmp_path / "files"
    return get_zalo_channel()


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultHarness]:
    harness = FaultHarness(tmp_path_factory.mktemp("own"))
    try:
        harness.prepare_database()
        yield harness
    finally:
        harness.stop()


@pytest.fixture
def own_machine(machine: FaultHarness) -> Iterator[FaultHarness]:
    machine.empty()
    yield machine
    machine.stack.stop_processes("gateway", "pages", "worker", "sender")
