"""Inbox jobs: run when the gateway signals new webhooks, and every second in case a signal was lost."""

from binhyen.channels.services import inbox
from binhyen.intake import alarm_budget, corrections, inbox_worker, landmarks
from binhyen.kit import clock
from binhyen.kit.jobs import defer_once, register_job
from binhyen.privacy.retention_registry import Retention, register_retention

register_retention(Retention("learning", corrections.get_retention_status, corrections.delete_expired_corrections))


@register_job(name="intake.drain", queue="intake")
def run_drain() -> None:
    inbox_worker.drain_inbox()


@register_job(name="intake.sweep", queue="urgent", cron="* * * * * *")
def queue_drain_if_waiting() -> None:
    if inbox.has_waiting_webhooks(now=clock.now()):
        defer_once(queue="intake", task="intake.drain", key="intake.drain")


@register_job(name="intake.learn", queue="bulk", cron="* * * * *")
def collect_training_data() -> None:
    """Turn officers' recent corrections into training rows, and store the places they confirmed."""
    corrections.collect_corrections()
    landmarks.collect_landmarks()


@register_job(name="intake.calibrate", queue="bulk", cron="41 * * * *")
def calibrate_alarm_budget() -> None:
    """Set the bar of learnt alarms from the group messages of the last weeks."""
    alarm_budget.calibrate_alarms(now=clock.now())
