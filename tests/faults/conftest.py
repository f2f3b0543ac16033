"""Fixtures of the fault tests."""

from typing import Any

import pytest

from binhyen.channels.models import Channel
from tests.faults.doorway import zalo_channel


@pytest.fixture
def oa(real_db: None, settings: Any, tmp_path: Any) -> Channel:
    """The Official Account, on a database with real commits."""
    settings.FILES_ROOT = tmp_path / "files"
    return zalo_channel()
