"""The worker of a test: waiting jobs for fingerprints and group messages, run under the worker's own login."""

from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen.channels.services import async_dlp
from binhyen.kit import clock
from tests import rls


def run_fingerprint_jobs() -> int:
    """Store and delete fingerprints; return the number of these jobs."""
    tasks = ["channels.store_fingerprints", "channels.delete_fingerprints"]
    jobs = list(ProcrastinateJob.objects.filter(task_name__in=tasks, status="todo").order_by("id"))
    with rls.acting_as("worker"):
        for job in jobs:
            async_dlp.store_sealed_fingerprints(**job.args) if job.task_name == tasks[
                0
            ] else async_dlp.delete_by_source(**job.args)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = ANY(%s)", [[job.pk for job in jobs]])
    return len(jobs)


def run_content_review() -> int:
    """Run the asynchronous content review on the waiting texts; return their number."""
    run_fingerprint_jobs()
    with rls.acting_as("worker"):
        return async_dlp.review_pending(now=clock.now())
