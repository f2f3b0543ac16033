"""Common setup of the vault tests."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from binhyen.vault.key_session import key_sessions
from binhyen.vault.tests.custody import SCREENS
from binhyen.vault.tests.test_disclosure import DisclosureScene


@pytest.fixture
def scene(officer: Callable[..., Any], now: dt.datetime) -> DisclosureScene:
    return DisclosureScene(officer, now)


@pytest.fixture
def screens() -> Iterator[None]:
    """Serve the custody process's pages; no key stays open."""
    with SCREENS:
        yield
    key_sessions.lock_all()
