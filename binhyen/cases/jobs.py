"""Jobs of the register.

They escalate alarms every second, send overdue reminders every minute, match lost and found items, notify a reporter of
a disclosure, rebuild search words, seal messages with a delay, and unassign departed officers.
"""

from binhyen.cases.escalation_settings import ladder, late_ladder
from binhyen.cases.services import (
    alarms,
    delayed_sealing,
    disclosure_notice,
    lost_found,
    search_index,
    unassign,
)
from binhyen.kit import clock
from binhyen.kit.jobs import job
from binhyen.kit.periodic import heartbeat


@job(name=alarms.ESCALATE, queue="urgent", cron="* * * * * *")
def escalate() -> None:
    alarms.escalate(ladder=ladder(), now=clock.now())
    heartbeat.beat(alarms.ESCALATE)


@job(name="cases.remind", queue="urgent", cron="* * * * *")
def remind() -> None:
    alarms.remind(ladder=late_ladder(), now=clock.now())


@job(name="cases.let_go", queue="urgent", cron="7 * * * *")  # also enqueued when an officer leaves: people/services
def let_go() -> None:
    while unassign.let_go(now=clock.now()):
        pass


@job(name="cases.match", queue="bulk")
def match(case_ids: list[int]) -> None:
    lost_found.match(case_ids=case_ids, now=clock.now())


@job(name="cases.retell", queue="bulk")
def retell(message_ids: list[int]) -> None:
    search_index.retell_others(message_ids, but=())
    delayed_sealing.hush_private(message_ids, now=clock.now())


@job(name="cases.retell_sealed", queue="bulk", cron="3 18 * * *")
def retell_sealed() -> None:
    delayed_sealing.hush_lately(now=clock.now())
    search_index.retell_sealed()


@job(name="cases.tell_opened", queue="intake")
def tell_opened(key: str, reporter_id: int, subject: str, why: str, file: bool = False, carried: bool = False) -> None:
    disclosure_notice.tell_opened(
        key=key, reporter_id=reporter_id, subject=subject, why=why, file=file, carried=carried, now=clock.now()
    )
