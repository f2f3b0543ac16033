"""Job that updates the statistics every second."""

from binhyen.kit.jobs import job
from binhyen.stats import services


@job(name="stats.count", queue="intake", cron="* * * * * *")
def count() -> None:
    while services.count():
        pass
