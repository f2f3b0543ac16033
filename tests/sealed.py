"""A key that backups are encrypted to, made once per test file in the operator's way."""

from pathlib import Path

import pytest
from pyrage.x25519 import Identity

from binhyen.backup import __main__ as typed
from binhyen.backup import backup_keys

PASSPHRASE = "sáu từ này chỉ để thử thôi"


@pytest.fixture(scope="module", name="key")
def backup_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create NAME.key as an operator does; NAME.pub is beside it."""
    name = tmp_path_factory.mktemp("safe") / "giu"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backup_keys, "getpass", lambda _: PASSPHRASE)
        assert typed.main(["save", "--new-key", str(name)]) == 0
        assert typed.main(["save", "--new-key", str(name)]) == 1, "no key is overwritten"
    return name.with_suffix(".key")


def open_archive(key: Path, monkeypatch: pytest.MonkeyPatch, passphrase: str = PASSPHRASE) -> Identity:
    monkeypatch.setattr(backup_keys, "getpass", lambda _: passphrase)
    return backup_keys.open_backup_key(key)
