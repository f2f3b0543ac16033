"""Jobs of complaints: seal open ones, send letters, open extract cases, escalate orphans, delete expired ones."""

from binhyen.cases.escalation_settings import ladder
from binhyen.conduct import queries
from binhyen.conduct.services import (
    alarms,
    attachments,
    escalation,
    exclusions,
    retention,
    seal_case,
    worker_tasks,
)
from binhyen.kit import clock
from binhyen.kit.jobs import job
from binhyen.kit.periodic import heartbeat
from binhyen.kit.pruning import owns
from binhyen.privacy.retention_registry import Retention, keeps

keeps(Retention("complaint", retention.standing, retention.sweep))
owns("conduct", queries.named)


@job(name="conduct.lift", queue="urgent")
def lift(case_id: int) -> None:
    seal_case.lift(case_id, now=clock.now())


@job(name="conduct.lift_all", queue="bulk", cron="23 * * * *")
def lift_all() -> None:
    """Seal cases that the job above missed, and old ones from before complaints were restricted."""
    seal_case.lift_all(now=clock.now())


@job(name="conduct.raise", queue="bulk", cron="*/10 * * * *")
def raise_orphans() -> None:
    escalation.raise_orphans(now=clock.now())
    exclusions.renew(now=clock.now())


@job(name="conduct.follow", queue="urgent")
def follow(case_id: int) -> None:
    """Update cases from extracts after a complaint, or a possible one, names another person."""
    exclusions.follow(case_id, now=clock.now())


@job(name=alarms.TICK, queue="urgent", cron="* * * * * */10")
def ring() -> None:
    """Raise, escalate and end alarms; withdraw alerts of people with a new conflict."""
    alarms.tick(now=clock.now())
    heartbeat.beat(alarms.TICK)


@job(name="conduct.files", queue="urgent", cron="*/10 * * * *")
def files() -> None:
    """Run for each fetched file; every ten minutes for files that a dead worker left."""
    attachments.take_over(now=clock.now())


@job(name="conduct.hush", queue="bulk", cron="*/5 * * * *")
def hush() -> None:
    worker_tasks.hush()


@job(name="conduct.letter", queue="urgent")
def letter(complaint_id: int, sealed: str) -> None:
    worker_tasks.write(complaint_id, worker_tasks.opened(sealed, complaint_id=complaint_id), now=clock.now())


@job(name="conduct.extract", queue="urgent")
def extract(complaint_id: int, sealed: str, officer_id: int, urgency: int) -> None:
    told = worker_tasks.opened(sealed, complaint_id=complaint_id)
    who = {"complaint_id": complaint_id, "officer_id": officer_id}
    worker_tasks.open_extract(told, **who, urgency=urgency, ladder=ladder(), now=clock.now())
