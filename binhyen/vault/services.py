"""Write identities, and hand addresses to the process that sends. Nothing here opens an identity: see `custody`."""

import datetime as dt
from collections.abc import Iterable, Mapping

from binhyen.vault import boxes, keys, machines
from binhyen.vault.boxes import PublicKey, Sealer
from binhyen.vault.models import Contact, Group, Identity, Lock, LockCopy, Reporter

Field = Identity.Field  # which facts there are; the table itself is nobody else's


def reporters_of(channel_id: int, outside_ids: Iterable[str], *, now: dt.datetime) -> dict[str, int]:
    """Reporter id for each outside id of a channel, made where unknown. Three statements however many."""
    names = {machines.lookup_key(channel_id, outside): outside for outside in set(outside_ids)}
    found = dict(Contact.objects.filter(channel_id=channel_id, key__in=names).values_list("key", "reporter_id"))
    missing = [key for key in names if key not in found]
    if missing:
        fresh = Reporter.objects.bulk_create(Reporter(created_at=now) for _ in missing)
        sender, custody = (Sealer(keys.current(group)[1]) for group in (Group.DELIVERY, Group.IDENTITY))
        rows = []
        for reporter, key in zip(fresh, missing, strict=True):
            context, value = contact_context(channel_id, key), names[key].encode()
            rows.append(
                Contact(
                    reporter=reporter, channel_id=channel_id, key=key, sealed=sender.seal(value, context=context),
                    custody_sealed=custody.seal(value, context=context),
                )
            )  # fmt: skip
        Contact.objects.bulk_create(rows, ignore_conflicts=True)
        # Another process may have met the same person in the same moment: the row that stands wins.
        found |= dict(Contact.objects.filter(channel_id=channel_id, key__in=missing).values_list("key", "reporter_id"))
    return {outside: found[key] for key, outside in names.items()}


def new_reporter(facts: Mapping[str, str] | None = None, *, now: dt.datetime) -> int:
    """A reporter who comes without any channel id (the web form), with what they say of themselves."""
    given = {field: value for field, value in (facts or {}).items() if value}
    if not given:
        return Reporter.objects.create(created_at=now).pk
    lock = new_lock([Group.IDENTITY], now=now)
    reporter = Reporter.objects.create(created_at=now, lock=lock)
    sealer = Sealer(PublicKey(bytes(lock.public)))
    Identity.objects.bulk_create(
        Identity(
            reporter=reporter, field=field, at=now,
            sealed=sealer.seal(value.encode(), context=identity_context(reporter.pk, field)),
        )
        for field, value in given.items()
    )  # fmt: skip
    return reporter.pk


def seal_identity(*, reporter_id: int, field: Field, value: str, now: dt.datetime) -> None:
    """Keep a fact about a known reporter; a newer one replaces it. Inside the caller's transaction."""
    reporter = Reporter.objects.select_for_update(of=("self",)).select_related("lock").get(pk=reporter_id)
    lock = reporter.lock
    if lock is None:
        lock = reporter.lock = new_lock([Group.IDENTITY], now=now)
        reporter.save(update_fields=["lock"])
    context = identity_context(reporter_id, field)
    sealed = boxes.seal(value.encode(), to=PublicKey(bytes(lock.public)), context=context)
    # Written without reading what stood there: the pages may not.
    if not Identity.objects.filter(reporter=reporter, field=field).update(sealed=sealed, at=now):
        Identity.objects.create(reporter=reporter, field=field, sealed=sealed, at=now)


def new_lock(groups: Iterable[str], *, now: dt.datetime, keep: list[bytes] | None = None) -> Lock:
    """A key pair for one reporter or conversation, its private half sealed to each group and then forgotten.

    `keep` receives the private half, for a caller that wraps one more copy (the receipt of a tip).
    """
    pair = boxes.new_pair()
    lock = Lock.objects.create(public=pair.public.raw, created_at=now)
    copies = []
    for group in groups:
        key_row, public = keys.current(group)
        sealed = boxes.seal(pair.private, to=public, context=lock_context(lock.pk))
        copies.append(LockCopy(lock=lock, group_key_id=key_row, sealed=sealed))
    LockCopy.objects.bulk_create(copies)
    if keep is not None:
        keep.append(pair.private)
    return lock


def destroy_locks(lock_ids: Iterable[int]) -> None:
    """What is sealed to these is unreadable from now on, also in every backup once its own time is over."""
    LockCopy.objects.filter(lock_id__in=set(lock_ids)).delete()


def forget(reporter_ids: Iterable[int]) -> None:
    """The persons withdrew: what was sealed of them is deleted, and so is the key to it."""
    chosen = Reporter.objects.filter(pk__in=set(reporter_ids))
    destroy_locks(chosen.exclude(lock=None).values_list("lock_id", flat=True))
    Identity.objects.filter(reporter__in=chosen).delete()


def addresses(channel_id: int, reporter_ids: Iterable[int]) -> dict[int, str]:
    """Outside ids for delivery, by reporter. Only the process that sends holds the key. Raises keyfiles.NotHere."""
    rows = Contact.objects.filter(channel_id=channel_id, reporter_id__in=set(reporter_ids))
    return {
        row.reporter_id: machines.open_(
            Group.DELIVERY, row.sealed, context=contact_context(channel_id, row.key)
        ).decode()
        for row in rows
    }


def contact_context(channel_id: int, key: str) -> str:
    return f"vault_contact.sealed:{channel_id}:{key}"


def identity_context(reporter_id: int, field: str) -> str:
    return f"vault_identity.sealed:{reporter_id}:{field}"


def lock_context(lock_id: int) -> str:
    return f"vault_lockcopy.sealed:{lock_id}"
