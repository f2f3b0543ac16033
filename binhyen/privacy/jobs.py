"""Jobs of privacy: deletion at night, granted requests by day."""

from binhyen.kit import clock
from binhyen.kit.jobs import defer_once, register_job
from binhyen.kit.pruning import register_clock_check
from binhyen.privacy import queries
from binhyen.privacy.models import Request
from binhyen.privacy.services import breaches, fulfilment, replay_erasures, retention

retention.register_retentions()
register_clock_check(lambda *, now: queries.is_clock_trusted(now=now))


@register_job(name="privacy.sweep", queue="bulk", cron="11 18 * * *")  # UTC: one o'clock at night in Viet Nam
def run_nightly_sweep() -> None:
    retention.sweep_night(now=clock.now())


@register_job(name="privacy.sweep_missed", queue="bulk", cron="43 * * * *")
def run_missed_sweep() -> None:
    retention.sweep_missed(now=clock.now())


@register_job(name="privacy.alarms", queue="urgent", cron="*/5 * * * *")
def raise_alerts() -> None:
    breaches.raise_deadline_alerts(now=clock.now())


@register_job(name="privacy.carry_out", queue="bulk")
def fulfil_request(request: int) -> None:
    fulfilment.fulfil_granted_request(request_id=request, now=clock.now())


@register_job(name="privacy.channel_erasures", queue="bulk")
def erase_channel_user(reporter: int) -> None:
    replay_erasures.handle_deletion_callback(reporter_id=reporter, now=clock.now())


@register_job(name="privacy.finish_erasures", queue="bulk", cron="23 * * * *")
def requeue_granted() -> None:
    """Defer granted requests again whose job died."""
    for pk in Request.objects.filter(state="GRANTED").values_list("pk", flat=True):
        defer_once(queue="bulk", task="privacy.carry_out", key=f"privacy.carry_out.{pk}", arguments={"request": pk})
