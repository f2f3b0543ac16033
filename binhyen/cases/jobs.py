"""Jobs of the register.

They escalate alarms every second, send overdue reminders every minute, match lost and found items, notify a reporter of
a disclosure, rebuild search words, seal messages with a delay, and unassign departed officers.
"""

from binhyen.cases.config import ladder, late_ladder
from binhyen.cases.services import alarms, hushing, leaving, matching, opened, retelling
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
    while leaving.let_go(now=clock.now()):
        pass


@job(name="cases.match", queue="bulk")
def match(case_ids: list[int]) -> None:
    matching.match(case_ids=case_ids, now=clock.now())


@job(name="cases.retell", queue="bulk")
def retell(message_ids: list[int]) -> None:
    retelling.retell_others(message_ids, but=())
    hushing.hush_private(message_ids, now=clock.now())


@job(name="cases.retell_sealed", queue="bulk", cron="3 18 * * *")
def retell_sealed() -> None:
    hushing.hush_lately(now=clock.now())
    retelling.retell_sealed()


@job(name="cases.tell_opened", queue="intake")
def tell_opened(key: str, reporter_id: int, subject: str, why: str, file: bool = False, carried: bool = False) -> None:
    opened.tell_opened(
        key=key, reporter_id=reporter_id, subject=subject, why=why, file=file, carried=carried, now=clock.now()
    )
