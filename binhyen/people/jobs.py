"""Nightly cleanup job."""

from binhyen.kit import clock
from binhyen.kit.jobs import register_job
from binhyen.people.services import sessions


@register_job(name="people.clean", queue="bulk", cron="47 19 * * *", destroys=True)  # UTC: the small hours in Viet Nam
def prune_people() -> None:
    sessions.prune_sign_in_data(now=clock.now())
