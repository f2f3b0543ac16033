"""Job that updates the statistics every second."""

from binhyen.kit.jobs import register_job
from binhyen.stats import services


@register_job(name="stats.count", queue="intake", cron="* * * * * *")
def run_counting() -> None:
    while services.update_counts():
        pass
