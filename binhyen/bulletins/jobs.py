"""Jobs of bulletins: release due bulletins, put deliveries into the outbox, end expired ones."""

from binhyen.bulletins import group_rules_services, private_services, services
from binhyen.cases.bulletin_source import WITHDRAW_JOB
from binhyen.kit import clock
from binhyen.kit.jobs import register_job
from binhyen.privacy.retention_registry import Retention, register_retention

register_retention(Retention("bulletin", services.get_bulletin_retention_status, services.sweep_ended))


@register_job(name=services.RELEASE_JOB, queue="urgent")
def fix_released() -> None:
    while services.fix_audiences(now=clock.now()):
        pass


@register_job(name=services.QUEUE_JOB, queue="urgent")
def queue_waiting() -> None:
    while services.queue_deliveries(now=clock.now()):
        pass
    while private_services.queue_private_messages(now=clock.now()):
        pass


@register_job(name=WITHDRAW_JOB, queue="urgent")
def withdraw_recalled(codes: list[str], reason: str) -> None:
    services.withdraw_bulletins(codes=codes, reason=reason, now=clock.now())


@register_job(name="bulletins.tick", queue="urgent", cron="* * * * * */5")
def release_and_expire() -> None:
    """Release and end by the clock; also continue work whose wake-up was lost."""
    services.expire_due(now=clock.now())
    services.release_due(now=clock.now())
    services.cancel_late_messages()
    services.send_urgent_quarantined(now=clock.now())
    group_rules_services.post_new_rules(now=clock.now())
    fix_released()
    queue_waiting()


@register_job(name="bulletins.welcome", queue="bulk", cron="*/10 * * * * 40")
def welcome_members() -> None:
    while group_rules_services.post_welcomes(now=clock.now()):
        pass


@register_job(name="bulletins.poll_feeds", queue="delivery", cron="*/5 * * * * 15")
def poll_cap_feeds() -> None:
    from binhyen.bulletins import cap_feeds  # loads the HTTP client, which only the sender needs

    cap_feeds.poll_feeds(now=clock.now())
