"""Encrypt identities, and give addresses to the sender process.

Nothing here decrypts an identity: see disclosure.py.
"""

import base64
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from binhyen.kit import erasure_log
from binhyen.kit.bulk_insert import insert, insert_values
from binhyen.vault import envelopes, group_keys, process_keys
from binhyen.vault.envelopes import PublicKey, Sealer
from binhyen.vault.group_keys import Current
from binhyen.vault.models import Contact, Group, Identity, Lock, LockCopy, Reporter, SealedText
from binhyen.vault.queries import contact_context, identity_context, lock_context, text_context
from binhyen.vault.secret_sharing import SEATS, split

LOCK = "lock"  # kind of a destroyed key in the erasure log, for a restore
Field = Identity.Field  # kinds of facts; the table itself is private to this package
Kind = SealedText.Kind


@dataclass(frozen=True, slots=True)
class SealedFile:
    """An original file under the custodians' key: its envelope under FILES_ROOT, and the context it is bound to."""

    path: str
    context: str
    lock_id: int


def reporters_of(channel_id: int, outside_ids: Iterable[str], *, now: dt.datetime) -> dict[str, int]:
    """Return the reporter id for each external id of a channel; create missing ones.

    Three statements for any number.
    """
    names = {process_keys.lookup_key(channel_id, outside): outside for outside in set(outside_ids)}
    found = dict(Contact.objects.filter(channel_id=channel_id, key__in=names).values_list("key", "reporter_id"))
    missing = [key for key in names if key not in found]
    if missing:
        _meet(channel_id, {key: names[key] for key in missing}, now)
        # Another process may have created the same contact at the same moment: the stored row wins.
        found |= dict(Contact.objects.filter(channel_id=channel_id, key__in=missing).values_list("key", "reporter_id"))
    return {outside: found[key] for key, outside in names.items()}


def _meet(channel_id: int, names: Mapping[str, str], now: dt.datetime) -> None:
    """Create reporters and contacts for external ids by their keyed hash.

    The id is encrypted to the sender process and, like every other fact about the person, to the reporter's own key.
    """
    locks = new_locks(len(names), [Group.IDENTITY], now=now)
    fresh = insert_values(Reporter, [{"created_at": now, "lock_id": lock.pk} for lock in locks])
    (delivery,) = group_keys.current(Group.DELIVERY)
    sender = Sealer(delivery.public)
    rows = []
    for reporter, lock, (key, outside) in zip(fresh, locks, names.items(), strict=True):
        context, value = contact_context(channel_id, key), outside.encode()
        rows.append(
            {
                "reporter_id": reporter, "channel_id": channel_id, "key": key,
                "sealed": sender.seal(value, context=context),
                "custody_sealed": envelopes.seal(value, to=PublicKey(bytes(lock.public)), context=context),
            }
        )  # fmt: skip
    insert_values(Contact, rows, ignore_conflicts=True)


def new_reporter(facts: Mapping[str, str] | None = None, *, now: dt.datetime) -> int:
    """Create a reporter without any channel id (the web form), with the facts they give about themselves."""
    return new_reporters([facts or {}], now=now)[0]


def new_reporters(told: Sequence[Mapping[str, str]], *, now: dt.datetime) -> list[int]:
    """Create a reporter for each set of facts, in about the same number of statements for any number."""
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
    """Store a fact about a known reporter; a newer one replaces it. Runs in the caller's transaction."""
    reporter = Reporter.objects.select_for_update(of=("self",)).select_related("lock").get(pk=reporter_id)
    lock = reporter.lock
    if lock is None:
        lock = reporter.lock = new_lock([Group.IDENTITY], now=now)
        reporter.save(update_fields=["lock"])
    context = identity_context(reporter_id, field)
    sealed = envelopes.seal(value.encode(), to=PublicKey(bytes(lock.public)), context=context)
    # Update without reading: the pages process has no read access here.
    if not Identity.objects.filter(reporter=reporter, field=field).update(sealed=sealed, at=now):
        Identity.objects.create(reporter=reporter, field=field, sealed=sealed, at=now)


def seal_words(words: str, *, group: str, context: str, now: dt.datetime) -> tuple[int, bytes]:
    """Encrypt a text for one group of people under its own conversation key; return the key's id and the envelope."""
    lock = new_lock([group], now=now)
    return lock.pk, envelopes.seal(words.encode(), to=PublicKey(bytes(lock.public)), context=context)


def seal_for_worker(words: str, *, context: str) -> str:
    """Encrypt a text that waits in a row for the worker, to the worker alone."""
    (worker,) = group_keys.current(Group.INTAKE)
    return base64.b64encode(envelopes.seal(words.encode(), to=worker.public, context=context)).decode()


def open_by_worker(sealed: str, *, context: str) -> str:
    """Decrypt the same in the worker.

    Raises key_files.KeyFileMissing, envelopes.EnvelopeError, ValueError for text that is no envelope.
    """
    return process_keys.open_("INTAKE", base64.b64decode(sealed), context=context).decode()


def new_lock(groups: Iterable[str], *, now: dt.datetime, keep: list[bytes] | None = None) -> Lock:
    """Create a key pair for one reporter or conversation; its private half is encrypted to each group, then forgotten.

    `private_out` receives the private half, for a caller that wraps one more copy (the receipt of a tip).
    """
    return new_locks(1, groups, now=now, keep=keep)[0]


def new_locks(count: int, groups: Iterable[str], *, now: dt.datetime, keep: list[bytes] | None = None) -> list[Lock]:
    """Create many conversation keys in two statements."""
    pairs = [envelopes.new_pair() for _ in range(count)]
    locks = insert([Lock(public=pair.public.raw, created_at=now) for pair in pairs])
    to = [key for group in groups for key in group_keys.current(group)]
    insert([copy for lock, pair in zip(locks, pairs, strict=True) for copy in copies_of(lock.pk, pair.private, to)])
    if keep is not None:
        keep.extend(pair.private for pair in pairs)
    return locks


def copies_of(lock_id: int, private: bytes, to: Iterable[Current]) -> list[LockCopy]:
    """Build unsaved copies of a private half: whole, or one share for each key of a split group."""
    parts = dict(zip(SEATS, split(private), strict=True)) | {0: private}
    return [
        LockCopy(
            lock_id=lock_id, group_key_id=key.id,
            sealed=envelopes.seal(parts[key.part], to=key.public, context=lock_context(lock_id, key.part)),
        )
        for key in to
    ]  # fmt: skip


def lock_key(lock_id: int) -> PublicKey:
    """Return the public half: envelopes to it are readable with the conversation key."""
    return PublicKey(bytes(Lock.objects.values_list("public", flat=True).get(pk=lock_id)))


def seal_text(*, lock_id: int, owner: str, kind: Kind, text: str, author: str = "", now: dt.datetime) -> str:
    """Store a text of a sealed conversation and return its public id (docs/decisions/0016).

    Runs in the caller's transaction.
    """
    row = SealedText(lock_id=lock_id, owner=owner, kind=kind, author=author, at=now)
    row.sealed = envelopes.seal(text.encode(), to=lock_key(lock_id), context=text_context(str(row.public_id)))
    row.save(force_insert=True)
    return str(row.public_id)


def destroy_locks(lock_ids: Iterable[int]) -> None:
    """Destroy conversation keys: everything encrypted to them becomes unreadable (crypto-shredding).

    A backup still holds the copies until its own retention ends; after an earlier restore they are destroyed again.
    """
    ids = set(lock_ids)
    if ids:
        publics = Lock.objects.filter(pk__in=ids).values_list("public", flat=True)
        erasure_log.note(LOCK, [_mark(bytes(public)) for public in publics])
        LockCopy.objects.filter(lock_id__in=ids).delete()


def destroy_again(marks: Iterable[str]) -> int:
    """Destroy keys again in a restored database; return how many. Matched by public key, because row ids are reused."""
    wanted = set(marks)
    rows = Lock.objects.filter(copies__isnull=False).distinct().values_list("pk", "public") if wanted else []
    found = [pk for pk, public in rows if _mark(bytes(public)) in wanted]
    LockCopy.objects.filter(lock_id__in=found).delete()
    return len(found)


def _mark(public: bytes) -> str:
    return public.hex()[:32]


def drop_copies(lock_id: int, groups: Iterable[str]) -> None:
    """Delete these groups' copies of the key; the other groups can still open it."""
    LockCopy.objects.filter(lock_id=lock_id, group_key__group__in=set(groups)).delete()


def pass_lock(lock_id: int, private: bytes, groups: Iterable[str]) -> None:
    """Give the key to these groups only: the caller holds its private half."""
    LockCopy.objects.filter(lock_id=lock_id).delete()
    insert(copies_of(lock_id, private, [key for group in groups for key in group_keys.current(group)]))


def forget(reporter_ids: Iterable[int]) -> None:
    """Erase these reporters after a withdrawal: their encrypted facts, and the key to them."""
    chosen = Reporter.objects.filter(pk__in=set(reporter_ids))
    destroy_locks(chosen.exclude(lock=None).values_list("lock_id", flat=True))
    chosen.update(lock=None)  # a later message of the person gets a new key
    Identity.objects.filter(reporter__in=chosen).delete()


def addresses(channel_id: int, reporter_ids: Iterable[int]) -> dict[int, str]:
    """Return external ids for delivery, by reporter. Only the sender process has the key.

    Raises key_files.KeyFileMissing.
    """
    rows = Contact.objects.filter(channel_id=channel_id, reporter_id__in=set(reporter_ids))
    return {
        row.reporter_id: process_keys.open_(
            Group.DELIVERY, row.sealed, context=contact_context(channel_id, row.key)
        ).decode()
        for row in rows
    }
