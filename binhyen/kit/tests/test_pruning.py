"""Old live events and ended jobs are deleted in bounded batches; young and waiting ones stay."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from binhyen.kit import jobs, pruning
from binhyen.kit.models import LiveEvent

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def create_ended_job(status: str, moment: dt.datetime) -> int:
    """Create a job with one event, as Procrastinate leaves it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, status, args) "
            "VALUES ('bulk', 'x', 0, 'doing', '{}') RETURNING id"
        )
        (pk,) = cursor.fetchone()
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = %s::procrastinate_job_status WHERE id = %s", [status, pk]
        )
        cursor.execute("UPDATE procrastinate_events SET at = %s WHERE job_id = %s", [moment, pk])
    return int(pk)


def test_live_events_older_than_two_days(now: dt.datetime) -> None:
    LiveEvent.objects.bulk_create(
        LiveEvent(topics=["unit:1"], name="case", data={}, at=now - age) for age in [3 * DAY] * 5 + [1 * DAY] * 2
    )
    with CaptureQueriesContext(
        connection,
    ) as captured_queries:
        assert pruning.prune_live_events(now=now, batch=2) == 5
    assert (
        sum("DELETE" in q["sql"] for q in captured_queries.captured_queries) == 3
    )  # two, two, one: never all in one batch
    assert LiveEvent.objects.count() == 2
    assert pruning.prune_live_events(now=now) == 0


def test_failed_jobs_older_than_two_weeks(now: dt.datetime) -> None:
    old, young, waiting = (
        create_ended_job("failed", now - 15 * DAY),
        create_ended_job("failed", now - 13 * DAY),
        create_ended_job("todo", now - 90 * DAY),
    )
    more = [create_ended_job("failed", now - 20 * DAY) for _ in range(3)]
    assert pruning.prune_finished_jobs(now=now, batch=2) == 4
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM procrastinate_jobs WHERE id = ANY(%s)", [[old, young, waiting, *more]])
        assert {row[0] for row in cursor.fetchall()} == {young, waiting}
        cursor.execute("SELECT count(*) FROM procrastinate_events WHERE job_id = %s", [old])
        assert cursor.fetchone()[0] == 0


def test_the_nightly_jobs_are_registered() -> None:
    from procrastinate.contrib.django import app

    crons: dict[str, Any] = {t.task.name: t.cron for t in app.periodic_registry.periodic_tasks.values()}
    assert {"kit.clean", "people.clean", "channels.clean"} <= crons.keys()
    jobs.prune_kit()
