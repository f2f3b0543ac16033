"""Write identities, and hand addresses to the process that sends. Nothing here opens an identity: see opening.py."""

import base64
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from binhyen.kit import erased
from binhyen.kit.inserts import insert, insert_values
from binhyen.vault import boxes, keys, machines
from binhyen.vault.boxes import PublicKey, Sealer
from binhyen.vault.keys import Current
from binhyen.vault.models import Contact, Group, Identity, Lock, LockCopy, Reporter, SealedText
from binhyen.vault.queries import contact_context, identity_context, lock_context, text_context
from binhyen.vault.shares import SEATS, split

LOCK = "lock"  # how a destroyed one is noted for a restore
Field = Identity.Field  # which facts there are; the table itself is nobody else's
Kind = SealedText.Kind


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file as it came, under the custodians' lock: its envelope under FILES_ROOT, and what that is bound to."""

    path: str
    context: str
    lock_id: int


def reporters_of(channel_id: int, outside_ids: Iterable[str], *, now: dt.datetime) -> dict[str, int]:
    """Reporter id for each outside id of a channel, made where unknown. Three statements however many."""
    names = {machines.lookup_key(channel_id, outside): outside for outside in set(outside_ids)}
    found = dict(Contact.objects.filter(channel_id=channel_id, key__in=names).values_list("key", "reporter_id"))
    missing = [key for key in names if key not in found]
    if missing:
        _meet(channel_id, {key: names[key] for key in missing}, now)
        # Another process may have met the same person in the same moment: the row that stands wins.
        found |= dict(Contact.objects.filter(channel_id=channel_id, key__in=missing).values_list("key", "reporter_id"))
    return {outside: found[key] for key, outside in names.items()}


def _meet(channel_id: int, names: Mapping[str, str], now: dt.datetime) -> None:
    """New reporters for outside ids by their keyed hash. The id is sealed to the process that sends, and to the
    reporter's own lock, as every other fact about the person.
    """
    locks = new_locks(len(names), [Group.IDENTITY], now=now)
    fresh = insert_values(Reporter, [{"created_at": now, "lock_id": lock.pk} for lock in locks])
    (delivery,) = keys.current(Group.DELIVERY)
    sender = Sealer(delivery.public)
    rows = []
    for reporter, lock, (key, outside) in zip(fresh, locks, names.items(), strict=True):
        context, value = contact_context(channel_id, key), outside.encode()
        rows.append(
            {
                "reporter_id": reporter, "channel_id": channel_id, "key": key,
                "sealed": sender.seal(value, context=context),
                "custody_sealed": boxes.seal(value, to=PublicKey(bytes(lock.public)), context=context),
            }
        )  # fmt: skip
    insert_values(Contact, rows, ignore_conflicts=True)


def new_reporter(facts: Mapping[str, str] | None = None, *, now: dt.datetime) -> int:
    """A reporter who comes without any channel id (the web form), with what they say of themselves."""
    return new_reporters([facts or {}], now=now)[0]


def new_reporters(told: Sequence[Mapping[str, str]], *, now: dt.datetime) -> list[int]:
    """One for each, with what they say of themselves; about the same number of statements however many."""
    given = [{field: value for field, value in facts.items() if value} for facts in told]
    locks = iter(new_locks(sum(map(bool, given)), [Group.IDENTITY], now=now) if any(given) else ())
    own = [next(locks) if facts else None for facts in given]
    reporters = insert_values(Reporter, [{"created_at": now, "lock_id": lock and lock.pk} for lock in own])
    rows: list[dict[str, Any]] = []
    for reporter, lock, facts in zip(reporters, own, given, strict=True):
        if lock is not None:
            sealer = Sealer(PublicKey(bytes(lock.public)))
            rows += (
                {"reporter_id": reporter, "field": field, "at": now,
                 "sealed": sealer.seal(value.encode(), context=identity_context(reporter, field))}
                for field, value in facts.items()
            )  # fmt: skip
    insert_values(Identity, rows)
    return reporters


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


def seal_words(words: str, *, group: str, context: str, now: dt.datetime) -> tuple[int, bytes]:
    """Words for a group of people alone, under a lock of their own: its id and the envelope."""
    lock = new_lock([group], now=now)
    return lock.pk, boxes.seal(words.encode(), to=PublicKey(bytes(lock.public)), context=context)


def seal_for_worker(words: str, *, context: str) -> str:
    """Words that wait in a row until the worker comes by, sealed to it alone."""
    (worker,) = keys.current(Group.INTAKE)
    return base64.b64encode(boxes.seal(words.encode(), to=worker.public, context=context)).decode()


def open_by_worker(sealed: str, *, context: str) -> str:
    """The same, by the worker. Raises keyfiles.NotHere, boxes.Refused, ValueError of what was never sealed."""
    return machines.open_("INTAKE", base64.b64decode(sealed), context=context).decode()


def new_lock(groups: Iterable[str], *, now: dt.datetime, keep: list[bytes] | None = None) -> Lock:
    """A key pair for one reporter or conversation, its private half sealed to each group and then forgotten.

    `keep` receives the private half, for a caller that wraps one more copy (the receipt of a tip).
    """
    return new_locks(1, groups, now=now, keep=keep)[0]


def new_locks(count: int, groups: Iterable[str], *, now: dt.datetime, keep: list[bytes] | None = None) -> list[Lock]:
    """Many of them in two statements."""
    pairs = [boxes.new_pair() for _ in range(count)]
    locks = insert([Lock(public=pair.public.raw, created_at=now) for pair in pairs])
    to = [key for group in groups for key in keys.current(group)]
    insert([copy for lock, pair in zip(locks, pairs, strict=True) for copy in copies_of(lock.pk, pair.private, to)])
    if keep is not None:
        keep.extend(pair.private for pair in pairs)
    return locks


def copies_of(lock_id: int, private: bytes, to: Iterable[Current]) -> list[LockCopy]:
    """Copies of a lock's private half, not yet saved: whole, or one part for each key of a split group."""
    parts = dict(zip(SEATS, split(private), strict=True)) | {0: private}
    return [
        LockCopy(
            lock_id=lock_id, group_key_id=key.id,
            sealed=boxes.seal(parts[key.part], to=key.public, context=lock_context(lock_id, key.part)),
        )
        for key in to
    ]  # fmt: skip


def lock_key(lock_id: int) -> PublicKey:
    """What is sealed to this can be read by whoever opens the lock."""
    return PublicKey(bytes(Lock.objects.values_list("public", flat=True).get(pk=lock_id)))


def seal_text(*, lock_id: int, owner: str, kind: Kind, text: str, author: str = "", now: dt.datetime) -> str:
    """Keep a word of a sealed conversation; its public id. Inside the caller's transaction (docs/decisions/0016)."""
    row = SealedText(lock_id=lock_id, owner=owner, kind=kind, author=author, at=now)
    row.sealed = boxes.seal(text.encode(), to=lock_key(lock_id), context=text_context(str(row.public_id)))
    row.save(force_insert=True)
    return str(row.public_id)


def destroy_locks(lock_ids: Iterable[int]) -> None:
    """What is sealed to these is unreadable from now on. A backup still holds the copies until its own time is over; if
    it is restored before, they are destroyed again.
    """
    ids = set(lock_ids)
    if ids:
        publics = Lock.objects.filter(pk__in=ids).values_list("public", flat=True)
        erased.note(LOCK, [_mark(bytes(public)) for public in publics])
        LockCopy.objects.filter(lock_id__in=ids).delete()


def destroy_again(marks: Iterable[str]) -> int:
    """In a restored database: how many locks lost their copies again. By public key: numbers are given twice."""
    wanted = set(marks)
    rows = Lock.objects.filter(copies__isnull=False).distinct().values_list("pk", "public") if wanted else []
    found = [pk for pk, public in rows if _mark(bytes(public)) in wanted]
    LockCopy.objects.filter(lock_id__in=found).delete()
    return len(found)


def _mark(public: bytes) -> str:
    return public.hex()[:32]


def drop_copies(lock_id: int, groups: Iterable[str]) -> None:
    """These groups of people can open the lock no more; the others still can."""
    LockCopy.objects.filter(lock_id=lock_id, group_key__group__in=set(groups)).delete()


def pass_lock(lock_id: int, private: bytes, groups: Iterable[str]) -> None:
    """These groups of people open the lock from now on, and no other: the caller holds its private half."""
    LockCopy.objects.filter(lock_id=lock_id).delete()
    insert(copies_of(lock_id, private, [key for group in groups for key in keys.current(group)]))


def forget(reporter_ids: Iterable[int]) -> None:
    """The persons withdrew: what was sealed of them is deleted, and so is the key to it."""
    chosen = Reporter.objects.filter(pk__in=set(reporter_ids))
    destroy_locks(chosen.exclude(lock=None).values_list("lock_id", flat=True))
    chosen.update(lock=None)  # who writes again gets a new one
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
