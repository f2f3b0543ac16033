"""Retention of good deeds: name and texts go when the consent ends; bulletins within seconds, the rest at night."""

from binhyen.deeds import queries, services
from binhyen.kit import clock
from binhyen.kit.jobs import register_job
from binhyen.privacy.retention_registry import Retention, register_retention

register_retention(Retention("deed", queries.get_deed_retention_status, services.erase_ended_deeds))


@register_job(name="deeds.recall", queue="urgent", cron="* * * * * */20")
def recall_praise() -> None:
    services.recall_deed_bulletins(now=clock.now())
