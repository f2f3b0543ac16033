"""Jobs of missing people: match a new record, recall the appeals of ended cases; retention."""

from binhyen.kit import clock
from binhyen.kit.jobs import register_job
from binhyen.missing import bracelets, queries, services
from binhyen.privacy.retention_registry import Retention, register_retention

register_retention(Retention("missing", queries.get_record_retention_status, services.delete_erased_records))
register_retention(
    Retention("bracelet", bracelets.get_registration_retention_status, bracelets.delete_expired_registrations)
)


@register_job(name=services.MATCH_JOB, queue="bulk")
def match_person(record_id: int) -> None:
    services.match_record(record_id=record_id, now=clock.now())


@register_job(name=services.RECALL_JOB, queue="urgent", cron="* * * * * */20")
def recall_appeals() -> None:
    """Recall appeals whose case was closed or merged elsewhere; their pages and pictures ended with the case."""
    while services.recall_ended(now=clock.now()):
        pass
