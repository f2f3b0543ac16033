"""Jobs: chain the audit log every second, sign it when due, publish it every minute, verify it every night."""

from binhyen.audit import services
from binhyen.audit.services import checkpoints
from binhyen.kit import clock
from binhyen.kit.jobs import register_job


@register_job(name="audit.chain", queue="intake", cron="* * * * * *")
def run_chaining() -> None:
    now = clock.now()
    services.add_cover_entries(now=now)
    services.chain_waiting()
    checkpoints.sign_if_due(now=now)


@register_job(name="audit.publish_checkpoints", queue="bulk", cron="* * * * *")
def run_publication() -> None:
    checkpoints.publish_checkpoints(now=clock.now())


@register_job(name="audit.check", queue="bulk", cron="23 19 * * *")  # UTC: the small hours in Viet Nam
def run_nightly_check() -> None:
    checkpoints.run_self_check(now=clock.now())
