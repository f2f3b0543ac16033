"""Jobs of the register.

They escalate alarms every second, send overdue reminders every minute, match lost and found items, notify a reporter of
a disclosure, rebuild search words, seal messages with a delay, and unassign departed officers.
"""

from binhyen.cases.escalation_settings import get_alarm_delays, get_arrival_target, get_overdue_delays
from binhyen.cases.services import alarms, arrival, disclosure_notice, lost_found, search_index
from binhyen.kit import clock, periodic
from binhyen.kit.jobs import register_job


@register_job(name=alarms.ESCALATE, queue="urgent", cron="* * * * * *")
def run_alarm_escalation() -> None:
    alarms.escalate_alarms(ladder=get_alarm_delays(), now=clock.now())
    periodic.record_heartbeat(alarms.ESCALATE)


@register_job(name="cases.remind", queue="urgent", cron="* * * * *")
def run_overdue_reminders() -> None:
    alarms.send_overdue_notices(ladder=get_overdue_delays(), now=clock.now())
    arrival.notify_late_arrivals(target=get_arrival_target(), now=clock.now())


@register_job(
    name="cases.unassign_departed", queue="urgent", cron="7 * * * *"
)  # also enqueued when an officer leaves: people/services
def run_unassignment() -> None:
    while alarms.unassign_departed(now=clock.now()):
        pass


@register_job(name="cases.match", queue="bulk")
def run_lost_found_matching(case_ids: list[int]) -> None:
    lost_found.match_posts(case_ids=case_ids, now=clock.now())


@register_job(name="cases.rebuild_search", queue="bulk")
def run_search_rebuild(message_ids: list[int]) -> None:
    search_index.rebuild_cases_of_messages(message_ids, exclude_case_ids=())
    disclosure_notice.seal_private_messages(message_ids, now=clock.now())


@register_job(name="cases.rebuild_sealed_search", queue="bulk", cron="3 18 * * *")
def run_sealed_search_rebuild() -> None:
    disclosure_notice.seal_recent_private_messages(now=clock.now())
    search_index.rebuild_sealed_cases()


@register_job(name="cases.notify_disclosure", queue="intake")
def run_disclosure_notice(
    key: str, reporter_id: int, subject: str, why: str, file: bool = False, carried: bool = False
) -> None:
    disclosure_notice.notify_disclosure(
        key=key, reporter_id=reporter_id, subject=subject, why=why, file=file, carried=carried, now=clock.now()
    )
