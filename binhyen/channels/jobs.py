"""Jobs that deliver messages, fetch received files, and recover from lost wake-ups."""

from binhyen.channels.models import Credential, Group
from binhyen.channels.services import (
    async_dlp,
    channel_events,
    groups,
    inbox,
    join_requests,
    media,
    messages,
    moderation_flags,
    outbox,
    pruning,
    push,
    quarantine,
)
from binhyen.kit import clock
from binhyen.kit.jobs import register_job
from binhyen.vault.encrypted_columns import EncryptedColumn, register_column


def _encrypt_for_gateway(channel_id: int) -> bytes:
    return Credential.objects.select_related("channel").get(pk=channel_id).encrypt_for_gateway()


# Columns encrypted for processes: encrypted again when a key is rotated; no key is deleted while a row needs it.
register_column(EncryptedColumn("INTAKE", "channels_inbound", "sealed_body"))
register_column(EncryptedColumn("DELIVERY", "channels_credential", "ciphertext", "channel_id"))
register_column(EncryptedColumn("DELIVERY", "channels_pushsubscription", "sealed"))
register_column(
    EncryptedColumn("GATEWAY", "channels_credential", "gateway_ciphertext", "channel_id", reseal=_encrypt_for_gateway)
)


@register_job(name="channels.deliver", queue="delivery")
def deliver_channel(channel_id: int) -> None:
    outbox.deliver_due(channel_id=channel_id)


@register_job(name="channels.sweep", queue="delivery", cron="* * * * * *")
def sweep_outbox() -> None:
    outbox.sweep_due(now=clock.now())
    push.sweep_notices(now=clock.now())


@register_job(name=push.DELIVER_JOB, queue="delivery")
def deliver_push(channel_id: int) -> None:
    push.deliver_notices(channel_id=channel_id)


@register_job(name=push.RETRY_JOB, queue="delivery")
def retry_push(keys: list[str]) -> None:
    push.retry_given_up_pushes(keys=keys, now=clock.now())


@register_job(name="channels.requeue_deferred", queue="delivery", cron="* * * * * 40")
def requeue_deferred_messages() -> None:
    outbox.requeue_deferred(now=clock.now())


@register_job(name="channels.fetch_media", queue="delivery")
def fetch_channel_media(channel_id: int) -> None:
    media.fetch_waiting_files(channel_id=channel_id)


@register_job(name="channels.waiting_media", queue="delivery", cron="* * * * * 20")
def sweep_media() -> None:
    media.sweep_waiting()


@register_job(
    name="channels.retry_unlisted_media", queue="delivery", cron="11 20 * * *"
)  # UTC; a new version may list more
def retry_unlisted_media() -> None:
    media.retry_unlisted()


@register_job(name="channels.store_fingerprints", queue="urgent")
def store_fingerprints(sealed: str) -> None:
    async_dlp.store_sealed_fingerprints(sealed)


@register_job(name="channels.delete_fingerprints", queue="urgent")
def delete_fingerprints(sources: list[str]) -> None:
    async_dlp.delete_by_source(sources)


@register_job(name=outbox.REVIEW_JOB, queue="urgent", cron="* * * * * */10")  # recovers from lost wake-ups
def sweep_reviews() -> None:
    async_dlp.review_pending(now=clock.now())


@register_job(name="channels.clean_imprints", queue="bulk", cron="47 * * * *", destroys=True)
def prune_fingerprints() -> None:
    async_dlp.delete_expired(now=clock.now())


@register_job(name="channels.catch_up_imprints", queue="bulk", cron="47 * * * *")
def fingerprint_missed() -> None:
    async_dlp.fingerprint_unprocessed(now=clock.now())


@register_job(name="channels.purge", queue="bulk", cron="17 * * * *", destroys=True)
def purge_messages() -> None:
    while messages.delete_expired_messages(now=clock.now()):
        pass


@register_job(name="channels.remind", queue="bulk", cron="30 12 * * *")  # UTC: 19:30 in Viet Nam
def send_reminders() -> None:
    moderation_flags.queue_reminders(now=clock.now())


@register_job(name="channels.seal_late", queue="bulk", cron="37 * * * *")
def seal_late_messages() -> None:
    while messages.seal_expired_urgent_tips(now=clock.now()):
        pass


@register_job(
    name="channels.clean", queue="bulk", cron="53 19 * * *", destroys=True
)  # UTC: the small hours in Viet Nam
def prune_inbound() -> None:
    pruning.prune_webhooks(now=clock.now())
    pruning.remove_orphan_files(now=clock.now())
    push.prune_push(now=clock.now())


@register_job(name="channels.forget_children", queue="bulk", cron="59 19 * * *")
def clear_child_details() -> None:
    quarantine.remove_child_details(now=clock.now())


@register_job(name="channels.create_group", queue="delivery")
def create_channel_group(group_id: int) -> None:
    groups.create_on_channel(group_id=group_id)
    channel_id = Group.objects.values_list("channel_id", flat=True).get(pk=group_id)
    groups.defer_plan(channel_id)  # the page of groups shows what is used and free


@register_job(name="channels.alert_if_behind", queue="delivery", cron="* * * * * */15")  # not in the watched worker
def check_backlog() -> None:
    inbox.alert_if_behind(now=clock.now())


@register_job(name=channel_events.REQUEUE_INBOUND, queue="intake")
def requeue_dead_webhooks() -> None:
    inbox.requeue_dead(now=clock.now())


@register_job(name=outbox.GROUP_SYNC_JOB, queue="delivery")
def sync_channel_groups(channel_id: int) -> None:
    groups.sync_groups(channel_id=channel_id, now=clock.now())


@register_job(name="channels.sync_all_groups", queue="delivery", cron="23 20 * * *")  # UTC: the small hours in Viet Nam
def sync_all_groups() -> None:
    groups.defer_all_group_syncs()


@register_job(name=groups.READ_JOB, queue="delivery")
def read_account_plan(channel_id: int) -> None:
    groups.read_plan(channel_id=channel_id, now=clock.now())


@register_job(name="channels.read_all_plans", queue="delivery", cron="31 * * * *")
def read_all_plans() -> None:
    groups.defer_all_plans()


@register_job(name=inbox.CATCH_UP_JOB, queue="delivery")
def catch_up_channel(channel_id: int) -> None:
    inbox.catch_up(channel_id=channel_id, now=clock.now())


@register_job(name="channels.catch_up_all", queue="delivery", cron="*/5 * * * *")
def catch_up_all() -> None:
    inbox.defer_all_catch_ups()


@register_job(name="channels.unfinished_groups", queue="delivery", cron="* * * * * */30")
def resume_groups() -> None:
    groups.retry_unfinished()
    join_requests.defer_unsent_answers()


@register_job(name=join_requests.ANSWER_JOB, queue="delivery")
def send_join_answers(group_id: int) -> None:
    join_requests.send_answers(group_id=group_id)
