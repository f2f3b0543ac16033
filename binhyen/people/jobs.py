"""Nightly cleanup job."""

from binhyen.kit import clock
from binhyen.kit.jobs import job
from binhyen.people.services import pruning


@job(name="people.clean", queue="bulk", cron="47 19 * * *", destroys=True)  # UTC: the small hours in Viet Nam
def clean() -> None:
    pruning.clean(now=clock.now())
