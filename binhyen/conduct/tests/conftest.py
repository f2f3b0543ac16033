"""Keys that a test made are gone with it."""

from collections.abc import Iterator

import pytest

from binhyen.vault.keys import forget_current


@pytest.fixture(autouse=True)
def fresh_keys() -> Iterator[None]:
    forget_current()
    yield
    forget_current()
