"""Read the inbox when the door says so, and every second in case nobody said it."""

from binhyen.channels.services import inbox
from binhyen.intake import corrections, landmarks, services
from binhyen.kit import clock
from binhyen.kit.jobs import defer_once, job
from binhyen.privacy.registry import Retention, keeps

keeps(Retention("learning", corrections.standing, corrections.forget))


@job(name="intake.drain", queue="intake")
def drain() -> None:
    services.drain()


@job(name="intake.sweep", queue="urgent", cron="* * * * * *")
def sweep() -> None:
    if inbox.waiting(now=clock.now()):
        defer_once(queue="intake", task="intake.drain", key="intake.drain")


@job(name="intake.learn", queue="bulk", cron="* * * * *")
def learn() -> None:
    """What officers corrected in the last minutes becomes training rows; places they confirmed become known."""
    corrections.collect()
    landmarks.collect()
