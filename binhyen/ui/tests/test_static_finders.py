"""Files that browsers cache for a day: their URL contains a content hash."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from binhyen.ui.static_finders import HashedStaticStorage


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("binhyen.ui.static_finders.find", lambda name: str(tmp_path / name))
    return tmp_path


def test_a_changed_file_has_another_address_and_the_same_file_the_same(files: Path) -> None:
    (files / "a.css").write_text("a { color: red }")
    before, again = HashedStaticStorage().url("a.css"), HashedStaticStorage().url("a.css")
    (files / "a.css").write_text("a { color: green }")
    assert before == again != HashedStaticStorage().url("a.css")
    assert before.partition("?")[0] == "/static/a.css"


def test_a_missing_file_has_a_url_without_a_hash() -> None:
    assert finders.find("no/such.css") is None
    assert HashedStaticStorage().url("no/such.css") == "/static/no/such.css"
