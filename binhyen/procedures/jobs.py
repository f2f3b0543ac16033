"""Jobs of procedures: answer a question that a citizen asked in a chat; retention."""

from binhyen.kit import clock
from binhyen.kit.jobs import register_job, run_for_cases
from binhyen.privacy.retention_registry import Retention, register_retention
from binhyen.procedures import queries, services

register_retention(Retention("procedure", queries.get_procedure_retention_status, services.delete_expired_rows))


@register_job(name="procedures.answer", queue="answers")
def answer_questions(case_ids: list[int]) -> None:
    run_for_cases(
        lambda case_id: services.answer_case(case_id=case_id, now=clock.now()),
        case_ids,
        select=lambda ids: services.select_answerable(case_ids=ids, now=clock.now()),
    )


@register_job(name="procedures.answer_reply", queue="answers")
def answer_question_replies(case_ids: list[int]) -> None:
    run_for_cases(lambda case_id: services.answer_reply(case_id=case_id, now=clock.now()), case_ids)


@register_job(name="procedures.answer_unreplied", queue="intake", cron="*/5 * * * *")
def answer_unreplied_questions() -> None:
    services.answer_unreplied(now=clock.now())
