"""Fixtures of the fault tests."""

from collections.abc import Iterator
from typing import Any

import pytest

from binhyen.channels.models import Channel
from tests.faults.doorway import zalo_channel
from tests.faults.harness import Own


@pytest.fixture
def oa(real_db: None, settings: Any, tmp_path: Any) -> Channel:
    """Provide the Official Account, on a database with real commits."""
    settings.FILES_ROOT = tmp_path / "files"
    return zalo_channel()


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Own]:
    own = Own(tmp_path_factory.mktemp("own"))
    try:
        own.prepare()
        yield own
    finally:
        own.stop()


@pytest.fixture
def own(machine: Own) -> Iterator[Own]:
    machine.empty()
    yield machine
    machine.stack.stop("door", "pages", "worker", "courier")
