"""Forget old answers every hour."""

from binhyen.api import services
from binhyen.kit import clock
from binhyen.kit.jobs import job


@job(name="api.forget_answers", queue="bulk", cron="23 * * * * 0")
def forget_answers() -> None:
    services.forget_answers(now=clock.now())
