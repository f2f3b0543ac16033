"""Jobs that update the statistics every second, and check them every night."""

import datetime as dt

from binhyen.kit import clock
from binhyen.kit.jobs import register_job
from binhyen.kit.logs import get_logger
from binhyen.stats import mailings, reorganisation, services
from binhyen.stats.reports import remarks

log = get_logger(__name__)
_RECOUNTED = dt.timedelta(days=2)


@register_job(name="stats.count", queue="intake", cron="* * * * * *")
def run_counting() -> None:
    while services.update_counts():
        pass


@register_job(name="stats.reconcile", queue="bulk", cron="47 18 * * *")
def run_reconciliation() -> None:
    """Add yesterday's posts, compare the sums with their contributions and repair them, at 01:47 in Viet Nam."""
    services.restate_posts(now=clock.now())
    if repaired := services.reconcile_counts(since=clock.now() - _RECOUNTED):
        log.error("counts_repaired", repaired=repaired)


@register_job(name="stats.remind_remarks", queue="bulk", cron="10 1 * * *")
def run_remark_reminders() -> None:
    """Remind the units whose remarks for a report are due, at 08:10 in Viet Nam."""
    remarks.remind_due(now=clock.now())


@register_job(name="stats.reorganise", queue="bulk", cron="*/10 * * * *")
def run_reorganisations() -> None:
    """Apply reorganisations of communes whose day has come, within ten minutes after midnight in Viet Nam."""
    if count := reorganisation.apply_due(now=clock.now()):
        services.restate_posts(now=clock.now())
        log.info("communes_reorganised", plans=count)


@register_job(name="stats.mail", queue="bulk", cron="*/10 * * * *")
def run_mailings() -> None:
    """Send the mails of numbers that are due, from 06:00 in Viet Nam."""
    sent, failed = mailings.send_due(now=clock.now())
    if failed:
        log.error("mailings_failed", sent=sent, failed=failed)
