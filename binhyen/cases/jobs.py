"""Look for alarms to raise every second; match what was lost with what was found."""

from binhyen.cases.config import ladder
from binhyen.cases.services import alarms, matching
from binhyen.kit import clock
from binhyen.kit.jobs import job


@job(name="cases.escalate", queue="urgent", cron="* * * * * *")
def escalate() -> None:
    alarms.escalate(ladder=ladder(), now=clock.now())


@job(name="cases.match", queue="bulk")
def match(case_ids: list[int]) -> None:
    matching.match(case_ids=case_ids, now=clock.now())
