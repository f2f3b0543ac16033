"""Rows of a test are deleted for the next one, and sequences reset; even from the audit log, which is otherwise
append-only.
"""

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from binhyen.cases.models import Case
from binhyen.intake import web_reports
from binhyen.kit import clock
from binhyen.kit.ids import generate_token
from conftest import empty_database
from tests.truncate_db import EMPTY_TABLES_SQL, KEPT_TABLES


@pytest.mark.django_db
def test_this_is_the_test_database() -> None:
    """Marks the module, so that pytest-django creates the test database even if this file runs alone."""


def create_report() -> Case:
    web_reports.send_report(
        sending=web_reports.Submission(key=generate_token(), text="Mất xe máy ở xã Lộc Hà"), now=clock.now()
    )
    return Case.objects.get()


def count_rows() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute("SELECT " + ", ".join(f'(SELECT count(*) FROM "{name}")' for name in tables))
        return dict(zip(tables, cursor.fetchone(), strict=True))


@pytest.mark.parametrize("grown", [False, True])
def test_nothing_of_a_test_is_left(real_db: None, grown: bool) -> None:
    before = count_rows()
    first = create_report()
    if grown:  # past the size at which files are recreated
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO kit_liveevent (topics, name, data, at) SELECT ARRAY['x'], 'case', "
                "jsonb_build_object('a', repeat(md5(n::text), 20)), now() FROM generate_series(1, 9000) n"
            )
    assert count_rows() != before
    empty_database()
    assert count_rows() == before
    assert create_report().pk == first.pk, "sequences start over"


def test_nothing_of_the_hour_is_left(real_db: None) -> None:
    """A worker started by a test at one o'clock at night ran the cleanup, and two tests found its rows."""
    before = count_rows()
    for task in app.periodic_registry.periodic_tasks.values():
        task.task.func(timestamp=0)
    assert count_rows()["privacy_sweep"]
    empty_database()
    assert count_rows() == before


def test_control_a_table_left_out_is_seen(real_db: None) -> None:
    before = count_rows()
    create_report()
    with connection.cursor() as cursor:
        cursor.execute(EMPTY_TABLES_SQL.replace("areas_alias", "areas_alias,cases_case"))
    assert count_rows() != before


@pytest.mark.django_db
def test_what_stays_hangs_on_nothing_that_goes() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
        )
        hanging = cursor.fetchall()
    assert len(hanging) > 50
    assert [(a, b) for a, b in hanging if a in KEPT_TABLES and b not in KEPT_TABLES] == []
