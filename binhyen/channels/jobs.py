"""Jobs that deliver messages, fetch received files, and recover from lost wake-ups."""

from binhyen.channels.models import Credential
from binhyen.channels.services import (
    async_dlp,
    channel_state,
    deferred_delivery,
    fingerprints,
    group_sync,
    groups,
    inbox,
    join_requests,
    media,
    messages,
    outbox,
    pruning,
    quarantine,
    reminders,
    unlisted,
)
from binhyen.kit import clock
from binhyen.kit.jobs import job
from binhyen.vault.encrypted_columns import Column, holds


def _for_door(channel_id: int) -> bytes:
    return Credential.objects.select_related("channel").get(pk=channel_id).for_door()


# Columns encrypted for processes: encrypted again when a key is rotated; no key is deleted while a row needs it.
holds(Column("INTAKE", "channels_inbound", "raw"))
holds(Column("DELIVERY", "channels_credential", "sealed", "channel_id"))
holds(Column("DOOR", "channels_credential", "door_sealed", "channel_id", reseal=_for_door))


@job(name="channels.deliver", queue="delivery")
def deliver(channel_id: int) -> None:
    outbox.deliver(channel_id=channel_id)


@job(name="channels.sweep", queue="delivery", cron="* * * * * *")
def sweep() -> None:
    outbox.sweep(now=clock.now())


@job(name="channels.owe_again", queue="delivery", cron="* * * * * 40")
def owe_again() -> None:
    deferred_delivery.owe_again(now=clock.now())


@job(name="channels.fetch_media", queue="delivery")
def fetch_media(channel_id: int) -> None:
    media.fetch_waiting(channel_id=channel_id)


@job(name="channels.waiting_media", queue="delivery", cron="* * * * * 20")
def waiting_media() -> None:
    media.sweep()


@job(name="channels.retry_unlisted_media", queue="delivery", cron="11 20 * * *")  # UTC; a new version may list more
def retry_unlisted_media() -> None:
    unlisted.retry_unlisted()


@job(name="channels.imprint", queue="urgent")
def imprint(sealed: str) -> None:
    fingerprints.take(sealed)


@job(name="channels.forget_imprints", queue="urgent")
def forget_imprints(sources: list[str]) -> None:
    fingerprints.drop(sources)


@job(name=outbox.READ_AGAIN, queue="urgent", cron="* * * * * */10")  # recovers from lost wake-ups
def read_again() -> None:
    async_dlp.look_again(now=clock.now())


@job(name="channels.clean_imprints", queue="bulk", cron="47 * * * *", destroys=True)
def clean_imprints() -> None:
    fingerprints.clean(now=clock.now())


@job(name="channels.catch_up_imprints", queue="bulk", cron="47 * * * *")
def catch_up_imprints() -> None:
    fingerprints.catch_up(now=clock.now())


@job(name="channels.purge", queue="bulk", cron="17 * * * *", destroys=True)
def purge() -> None:
    while messages.purge(now=clock.now()):
        pass


@job(name="channels.remind", queue="bulk", cron="30 12 * * *")  # UTC: 19:30 in Viet Nam
def remind() -> None:
    reminders.remind(now=clock.now())


@job(name="channels.seal_late", queue="bulk", cron="37 * * * *")
def seal_late() -> None:
    while messages.seal_late(now=clock.now()):
        pass


@job(name="channels.clean", queue="bulk", cron="53 19 * * *", destroys=True)  # UTC: the small hours in Viet Nam
def clean() -> None:
    pruning.inbound(now=clock.now())
    pruning.orphans(now=clock.now())


@job(name="channels.forget_children", queue="bulk", cron="59 19 * * *")
def forget_children() -> None:
    quarantine.forget_children(now=clock.now())


@job(name="channels.create_group", queue="delivery")
def create_group(group_id: int) -> None:
    groups.create(group_id=group_id)


@job(name="channels.behind", queue="delivery", cron="* * * * * */15")  # not in the watched worker
def behind() -> None:
    inbox.say_if_behind(now=clock.now())


@job(name=channel_state.READ_ANEW, queue="intake")
def read_anew() -> None:
    inbox.read_again(now=clock.now())


@job(name=outbox.LOOK, queue="delivery")
def look_at_groups(channel_id: int) -> None:
    group_sync.look(channel_id=channel_id, now=clock.now())


@job(name="channels.look_at_all_groups", queue="delivery", cron="23 20 * * *")  # UTC: the small hours in Viet Nam
def look_at_all_groups() -> None:
    group_sync.defer_looks()


@job(name="channels.unfinished_groups", queue="delivery", cron="* * * * * */30")
def unfinished_groups() -> None:
    groups.unfinished()
    join_requests.untold()


@job(name=join_requests.ANSWER, queue="delivery")
def answer_asking(group_id: int) -> None:
    join_requests.tell(group_id=group_id)
