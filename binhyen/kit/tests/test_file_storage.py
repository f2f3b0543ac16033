"""Files are deleted after the commit that deletes their rows, and stay after a rollback."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from binhyen.kit import file_storage

pytestmark = pytest.mark.django_db


@pytest.fixture
def names(settings: Any, tmp_path: Path) -> list[str]:
    settings.FILES_ROOT = tmp_path
    return [file_storage.store_file(data, "shown") for data in (b"one", b"two")]


@pytest.mark.parametrize(("folder", "inside"), [(0o700, 0o700), (0o2770, 0o2770)])
def test_a_folder_is_for_our_user_only_unless_a_group_shares_its_parent(
    settings: Any, tmp_path: Path, folder: int, inside: int
) -> None:
    settings.FILES_ROOT = tmp_path / "files"
    (tmp_path / "files").mkdir()
    (tmp_path / "files").chmod(folder)
    before = os.umask(0o007)
    try:
        file_storage.store_file(b"x", "shown")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "files" / "shown").stat().st_mode) == inside


def test_files_go_with_the_commit(names: list[str], django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        file_storage.delete_files_on_commit([*names, "", "shown/never-there"])
        assert all(map(file_storage.file_exists, names)), "readers of the uncommitted rows still find the files"
    assert not any(map(file_storage.file_exists, names))


def test_files_stay_where_the_rows_do(names: list[str], django_capture_on_commit_callbacks: Any) -> None:
    with (
        django_capture_on_commit_callbacks(execute=True),
        pytest.raises(ZeroDivisionError),
        transaction.atomic(),
    ):
        file_storage.delete_files_on_commit(names)
        raise ZeroDivisionError
    assert all(map(file_storage.file_exists, names))


def test_file_names_are_collected_immediately(names: list[str], django_capture_on_commit_callbacks: Any) -> None:
    """A query executed after the commit would find no rows any more."""
    rows = list(names)
    with django_capture_on_commit_callbacks(execute=True):
        file_storage.delete_files_on_commit(row for row in rows)
        rows.clear()
    assert not any(map(file_storage.file_exists, names))
