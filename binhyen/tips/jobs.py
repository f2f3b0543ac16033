"""Jobs of tips: pass on the desk's answers and extracts to the register, destroy the keys of expired tips."""

from binhyen.cases.services.restricted_cases import register_subject_source
from binhyen.kit import clock
from binhyen.kit.jobs import register_job
from binhyen.kit.pruning import register_file_owner
from binhyen.privacy.retention_registry import Retention, register_retention
from binhyen.tips import queries, services

register_retention(Retention("tip", queries.get_tip_retention_status))
register_file_owner("tips", queries.find_tip_files)
register_subject_source(queries.list_audit_subjects)


@register_job(name="tips.answered", queue="intake")
def record_answer(tip: str, officer: int) -> None:
    services.record_tip_answer(tip_id=tip, officer_id=officer, now=clock.now())


@register_job(name="tips.pass_on", queue="intake")
def open_extract_cases() -> None:
    services.open_waiting_extracts(now=clock.now())


@register_job(name="tips.clean", queue="bulk", cron="41 * * * *", destroys=True)
def destroy_expired() -> None:
    while services.destroy_expired_tips(now=clock.now()):
        pass
