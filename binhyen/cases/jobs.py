"""Look for alarms to raise every second."""

from binhyen.cases.config import ladder
from binhyen.cases.services import alarms
from binhyen.kit import clock
from binhyen.kit.jobs import job


@job(name="cases.escalate", queue="urgent", cron="* * * * * *")
def escalate() -> None:
    alarms.escalate(ladder=ladder(), now=clock.now())
