"""Jobs of scams: read indicators of a case after it changed; expiry."""

from binhyen.kit import clock
from binhyen.kit.jobs import register_job, run_for_cases
from binhyen.privacy.retention_registry import Retention, register_retention
from binhyen.scams import chat_answers, queries, services

register_retention(Retention("scam", queries.get_indicator_retention_status, services.delete_expired_indicators))


@register_job(name="scams.collect", queue="bulk")
def collect_from_cases(case_ids: list[int]) -> None:
    run_for_cases(lambda case_id: services.collect_indicators(case_id=case_id), case_ids)


@register_job(name="scams.answer", queue="answers")
def answer_checks(case_ids: list[int]) -> None:
    """Answer citizens' questions whether a number or link is a fraud."""
    run_for_cases(
        lambda case_id: chat_answers.send_check_answer(case_id=case_id, now=clock.now()),
        case_ids,
        select=chat_answers.list_checked_cases,
    )


@register_job(name="scams.recheck", queue="bulk", cron="*/5 * * * *")
def recheck_cases() -> None:
    """Take back the indicators of cases that are no fraud any more, or became a complaint about police."""
    for case_id in queries.list_stale_case_ids():
        services.collect_indicators(case_id=case_id)
