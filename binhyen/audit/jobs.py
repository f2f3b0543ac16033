"""Jobs: chain the audit log every second, sign it when due, publish it every minute, verify it every night."""

from binhyen.audit.services import chaining, checkpoints, publish_checkpoints, self_check
from binhyen.kit import clock
from binhyen.kit.jobs import job


@job(name="audit.chain", queue="intake", cron="* * * * * *")
def chain() -> None:
    now = clock.now()
    chaining.cover(now=now)
    chaining.chain()
    checkpoints.checkpoint(now=now)


@job(name="audit.hand_out", queue="bulk", cron="* * * * *")
def hand_out() -> None:
    publish_checkpoints.hand_out(now=clock.now())


@job(name="audit.check", queue="bulk", cron="23 19 * * *")  # UTC: the small hours in Viet Nam
def check() -> None:
    self_check.check(now=clock.now())
