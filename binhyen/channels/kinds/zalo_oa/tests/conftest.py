"""One stand-in a test run, a fresh world a test."""

from collections.abc import Iterator

import pytest

from binhyen.channels.kinds.zalo_oa import limiter
from binhyen.channels.kinds.zalo_oa.tests import lab


@pytest.fixture(scope="session")
def _running() -> Iterator[lab.StandIn]:
    process, running = lab.start()
    yield running
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture
def zalo(_running: lab.StandIn) -> lab.StandIn:
    _running.control("reset", {})
    limiter._limiters.clear()
    return _running
