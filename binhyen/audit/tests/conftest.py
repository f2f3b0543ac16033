"""Own signing keys for every test of the audit log."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("binhyen.settings.KEYS_DIR", tmp_path / "keys")
