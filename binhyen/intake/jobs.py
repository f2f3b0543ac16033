"""Inbox jobs: run when the gateway signals new webhooks, and every second in case a signal was lost."""

from binhyen.channels.services import inbox
from binhyen.intake import corrections, inbox_worker, landmarks
from binhyen.kit import clock
from binhyen.kit.jobs import defer_once, job
from binhyen.privacy.retention_registry import Retention, keeps

keeps(Retention("learning", corrections.standing, corrections.forget))


@job(name="intake.drain", queue="intake")
def drain() -> None:
    inbox_worker.drain()


@job(name="intake.sweep", queue="urgent", cron="* * * * * *")
def sweep() -> None:
    if inbox.waiting(now=clock.now()):
        defer_once(queue="intake", task="intake.drain", key="intake.drain")


@job(name="intake.learn", queue="bulk", cron="* * * * *")
def learn() -> None:
    """Turn officers' recent corrections into training rows, and store the places they confirmed."""
    corrections.collect()
    landmarks.collect()
