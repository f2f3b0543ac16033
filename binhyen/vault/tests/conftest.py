"""Common setup of the vault tests."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from binhyen.vault.key_session import keys
from binhyen.vault.tests.custody import SCREENS
from binhyen.vault.tests.test_opening import Scene


@pytest.fixture
def scene(officer: Callable[..., Any], now: dt.datetime) -> Scene:
    return Scene(officer, now)


@pytest.fixture
def screens() -> Iterator[None]:
    """Serve the custody process's pages; no key stays open."""
    with SCREENS:
        yield
    keys.lock_all()
