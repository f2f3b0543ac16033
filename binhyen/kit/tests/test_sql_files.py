"""SQL files of the features: their objects are removed with them, and an installed package has them."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from binhyen.kit.database.sql_files import run_sql_file


def count_objects() -> tuple[int, int]:
    """Count the functions and the triggers named `audit_refuse_changes`, or that call it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM pg_proc WHERE proname = 'audit_refuse_changes'), (SELECT count(*) FROM pg_trigger t "
            "JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'audit_refuse_changes')"
        )
        counts: tuple[int, int] = cursor.fetchone()
    return counts


@pytest.mark.django_db
def test_reversing_drops_the_function_and_its_triggers() -> None:
    operation = run_sql_file("audit", "audit_refuse_changes")
    assert count_objects() == (1, 10)
    with connection.cursor() as cursor:
        cursor.execute(operation.reverse_sql)
        assert count_objects() == (0, 0)
        cursor.execute(operation.sql)
    assert count_objects() == (1, 10)


def list_packaged_sql(configuration: Path) -> set[str]:
    """List the SQL files that a package built with this pyproject.toml contains."""
    from setuptools import Distribution

    distribution: Any = Distribution()
    distribution.parse_config_files([str(configuration)])
    command = distribution.get_command_obj("build_py")
    command.ensure_finalized()
    command.manifest_files = {}  # computing them would write files
    packaged_files = (command.find_data_files(name, command.get_package_dir(name)) for name in command.packages)
    return {path for paths in packaged_files for path in paths if path.endswith(".sql")}


def test_a_built_package_has_the_sql_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(settings.BASE_DIR)
    present = {path.as_posix() for path in Path("binhyen").glob("*/sql/*.sql")}
    assert len(present) >= 15 and list_packaged_sql(Path("pyproject.toml")) == present
    without = tmp_path / "pyproject.toml"
    without.write_text(Path("pyproject.toml").read_text().replace('"*" = ["sql/*.sql"]', ""))
    assert list_packaged_sql(without) == set(), "control: a missing entry is seen"
