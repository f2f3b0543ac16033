"""Jobs of complaints: seal open ones, send letters, open extract cases, escalate orphans, delete expired ones."""

from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.conduct import queries
from binhyen.conduct.services import alarms, attachments, exclusions, retention, seal_case, worker_tasks
from binhyen.kit import clock, periodic
from binhyen.kit.jobs import register_job
from binhyen.kit.pruning import register_file_owner
from binhyen.privacy.retention_registry import Retention, register_retention

register_retention(
    Retention("complaint", retention.get_complaint_retention_status, retention.delete_expired_complaints)
)
register_file_owner("conduct", queries.find_complaint_files)


@register_job(name="conduct.seal_case", queue="urgent")
def run_case_sealing(case_id: int) -> None:
    seal_case.seal_complaint_case(case_id, now=clock.now())


@register_job(name="conduct.seal_all", queue="bulk", cron="23 * * * *")
def run_overdue_sealing() -> None:
    """Seal cases that the job above missed, and old ones from before complaints were restricted."""
    seal_case.seal_all_cases(now=clock.now())


@register_job(name="conduct.escalate_orphans", queue="bulk", cron="*/10 * * * *")
def run_escalation() -> None:
    alarms.escalate_orphans(now=clock.now())
    exclusions.refresh_exclusions(now=clock.now())


@register_job(name="conduct.update_exclusions", queue="urgent")
def update_extract_cases(case_id: int) -> None:
    """Update cases from extracts after a complaint, or a possible one, names another person."""
    exclusions.update_exclusions(case_id, now=clock.now())


@register_job(name=alarms.TICK, queue="urgent", cron="* * * * * */10")
def tick_alarms() -> None:
    """Raise, escalate and end alarms; withdraw alerts of people with a new conflict."""
    alarms.run_alarms(now=clock.now())
    periodic.record_heartbeat(alarms.TICK)


@register_job(name="conduct.files", queue="urgent", cron="*/10 * * * *")
def import_files() -> None:
    """Run for each fetched file; every ten minutes for files that a dead worker left."""
    attachments.import_sealed_files(now=clock.now())


@register_job(name="conduct.hide_letters", queue="bulk", cron="*/5 * * * *")
def hide_letters() -> None:
    worker_tasks.erase_sent_letters()


@register_job(name="conduct.letter", queue="urgent")
def deliver_letter(complaint_id: int, sealed: str) -> None:
    worker_tasks.queue_letter(
        complaint_id, worker_tasks.open_job_text(sealed, complaint_id=complaint_id), now=clock.now()
    )


@register_job(name="conduct.extract", queue="urgent")
def create_extract_case(complaint_id: int, sealed: str, officer_id: int, urgency: int) -> None:
    extract_text = worker_tasks.open_job_text(sealed, complaint_id=complaint_id)
    ids = {"complaint_id": complaint_id, "officer_id": officer_id}
    worker_tasks.open_extract_case(extract_text, **ids, urgency=urgency, ladder=get_alarm_delays(), now=clock.now())
