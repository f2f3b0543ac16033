"""Jobs of privacy: deletion at night, granted requests by day."""

from binhyen.kit import clock
from binhyen.kit.jobs import defer_once, job
from binhyen.kit.pruning import trusts
from binhyen.privacy import queries
from binhyen.privacy.models import Request
from binhyen.privacy.services import channel_erasure, deadline_alerts, fulfilment, retention

retention.declare()
trusts(lambda *, now: queries.clock_holds(now=now))


@job(name="privacy.sweep", queue="bulk", cron="11 18 * * *")  # UTC: one o'clock at night in Viet Nam
def sweep() -> None:
    retention.sweep_night(now=clock.now())


@job(name="privacy.sweep_missed", queue="bulk", cron="43 * * * *")
def sweep_missed() -> None:
    retention.sweep_missed(now=clock.now())


@job(name="privacy.alarms", queue="urgent", cron="*/5 * * * *")
def ring() -> None:
    deadline_alerts.raise_alarms(now=clock.now())


@job(name="privacy.carry_out", queue="bulk")
def carry_out(request: int) -> None:
    fulfilment.carry_out(request_id=request, now=clock.now())


@job(name="privacy.leave", queue="bulk")
def leave(reporter: int) -> None:
    channel_erasure.leave(reporter_id=reporter, now=clock.now())


@job(name="privacy.left_over", queue="bulk", cron="23 * * * *")
def left_over() -> None:
    """Defer granted requests again whose job died."""
    for pk in Request.objects.filter(state="GRANTED").values_list("pk", flat=True):
        defer_once(queue="bulk", task="privacy.carry_out", key=f"privacy.carry_out.{pk}", arguments={"request": pk})
