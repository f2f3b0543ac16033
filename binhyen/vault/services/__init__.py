"""Writes of the vault. Every process may encrypt; only the custody process decrypts."""

import base64
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from binhyen.kit import erasure_log
from binhyen.kit.bulk_insert import copy_rows, insert_objects, insert_values, reserve_ids
from binhyen.vault import envelopes, group_keys, process_keys
from binhyen.vault.envelopes import PublicKey, Sealer
from binhyen.vault.group_keys import SealingKey
from binhyen.vault.models import (
    CallbackNumber,
    Contact,
    ConversationKey,
    Identity,
    KeyGroup,
    Reporter,
    SealedText,
    WrappedKey,
)
from binhyen.vault.queries import (
    format_contact_context,
    format_identity_context,
    format_lock_context,
    format_text_context,
)
from binhyen.vault.secret_sharing import SHARE_INDEXES, split_secret

# Encrypt identities, and give addresses to the sender process.
#
# Nothing here decrypts an identity: see disclosure.py.

ERASURE_KIND = "lock"  # kind of a destroyed key in the erasure log, for a restore
Field = Identity.Field  # kinds of facts; the table itself is private to this package
Kind = SealedText.Kind


@dataclass(frozen=True, slots=True)
class SealedFile:
    """An original file under the custodians' key: its envelope under FILES_ROOT, and the context it is bound to."""

    path: str
    context: str
    lock_id: int


def get_or_create_reporters(channel_id: int, external_ids: Iterable[str], *, now: dt.datetime) -> dict[str, int]:
    """Return the reporter id for each external id of a channel; create missing ones.

    Three statements for any number.
    """
    ids_by_key = {
        process_keys.hash_external_id(channel_id, external_id): external_id for external_id in set(external_ids)
    }
    reporter_ids = dict(
        Contact.objects.filter(channel_id=channel_id, key__in=ids_by_key).values_list("key", "reporter_id")
    )
    missing = [key for key in ids_by_key if key not in reporter_ids]
    if missing:
        _create_contacts(channel_id, {key: ids_by_key[key] for key in missing}, now)
        # Another process may have created the same contact at the same moment: the stored row wins.
        reporter_ids |= dict(
            Contact.objects.filter(channel_id=channel_id, key__in=missing).values_list("key", "reporter_id")
        )
    return {external_id: reporter_ids[key] for key, external_id in ids_by_key.items()}


def _create_contacts(channel_id: int, ids_by_key: Mapping[str, str], now: dt.datetime) -> None:
    """Create reporters and contacts for external ids by their keyed hash.

    The id is encrypted to the sender process and, like every other fact about the person, to the reporter's own key.
    """
    locks = create_conversation_keys(len(ids_by_key), [KeyGroup.IDENTITY], now=now)
    new_reporter_ids = insert_values(Reporter, [{"created_at": now, "lock_id": lock.pk} for lock in locks])
    (delivery,) = group_keys.get_current_keys(KeyGroup.DELIVERY)
    sender = Sealer(delivery.public)
    rows = []
    for reporter, lock, (key, external_id) in zip(new_reporter_ids, locks, ids_by_key.items(), strict=True):
        context, value = format_contact_context(channel_id, key), external_id.encode()
        rows.append(
            {
                "reporter_id": reporter,
                "channel_id": channel_id,
                "key": key,
                "ciphertext": sender.seal(value, context=context),
                "custody_sealed": envelopes.seal_envelope(value, to=PublicKey(bytes(lock.public)), context=context),
            }
        )
    insert_values(Contact, rows, ignore_conflicts=True)


def create_reporter(facts: Mapping[str, str] | None = None, *, now: dt.datetime) -> int:
    """Create a reporter without any channel id (the web form), with the facts they give about themselves."""
    return create_reporters([facts or {}], now=now)[0]


def create_reporters(facts_list: Sequence[Mapping[str, str]], *, now: dt.datetime) -> list[int]:
    """Create a reporter for each set of facts, in about the same number of statements for any number."""
    non_empty_facts = [{field: value for field, value in facts.items() if value} for facts in facts_list]
    locks = iter(
        create_conversation_keys(sum(map(bool, non_empty_facts)), [KeyGroup.IDENTITY], now=now)
        if any(non_empty_facts)
        else ()
    )
    reporter_keys = [next(locks) if facts else None for facts in non_empty_facts]
    reporters = insert_values(Reporter, [{"created_at": now, "lock_id": lock and lock.pk} for lock in reporter_keys])
    rows: list[dict[str, Any]] = []
    for reporter, lock, facts in zip(reporters, reporter_keys, non_empty_facts, strict=True):
        if lock is not None:
            sealer = Sealer(PublicKey(bytes(lock.public)))
            rows += (
                {
                    "reporter_id": reporter,
                    "field": field,
                    "at": now,
                    "ciphertext": sealer.seal(value.encode(), context=format_identity_context(reporter, field)),
                }
                for field, value in facts.items()
            )
    insert_values(Identity, rows)
    return reporters


def seal_identity(*, reporter_id: int, field: Field, value: str, now: dt.datetime) -> None:
    """Store a fact about a known reporter; a newer one replaces it. Runs in the caller's transaction."""
    reporter = Reporter.objects.select_for_update(of=("self",)).select_related("lock").get(pk=reporter_id)
    lock = reporter.lock
    if lock is None:
        lock = reporter.lock = create_conversation_key([KeyGroup.IDENTITY], now=now)
        reporter.save(update_fields=["lock"])
    context = format_identity_context(reporter_id, field)
    sealed = envelopes.seal_envelope(value.encode(), to=PublicKey(bytes(lock.public)), context=context)
    # Update without reading: the pages process has no read access here.
    if not Identity.objects.filter(reporter=reporter, field=field).update(ciphertext=sealed, at=now):
        Identity.objects.create(reporter=reporter, field=field, ciphertext=sealed, at=now)


def seal_for_group(text: str, *, group: str, context: str, now: dt.datetime) -> tuple[int, bytes]:
    """Encrypt a text for one group of people under its own conversation key; return the key's id and the envelope."""
    lock = create_conversation_key([group], now=now)
    return lock.pk, envelopes.seal_envelope(text.encode(), to=PublicKey(bytes(lock.public)), context=context)


def seal_for_worker(text: str, *, context: str) -> str:
    """Encrypt a text that waits in a row for the worker, to the worker alone."""
    (worker,) = group_keys.get_current_keys(KeyGroup.INTAKE)
    return base64.b64encode(envelopes.seal_envelope(text.encode(), to=worker.public, context=context)).decode()


def open_in_worker(sealed: str, *, context: str) -> str:
    """Decrypt the same in the worker.

    Raises key_files.KeyFileMissing, envelopes.EnvelopeError, ValueError for text that is no envelope.
    """
    return process_keys.open_with_process_key("INTAKE", base64.b64decode(sealed), context=context).decode()


def create_conversation_key(
    groups: Iterable[str], *, now: dt.datetime, private_out: list[bytes] | None = None
) -> ConversationKey:
    """Create a key pair for one reporter or conversation; its private half is encrypted to each group, then forgotten.

    `private_out` receives the private half, for a caller that wraps one more copy (the receipt of a tip).
    """
    return create_conversation_keys(1, groups, now=now, private_out=private_out)[0]


def create_conversation_keys(
    count: int, groups: Iterable[str], *, now: dt.datetime, private_out: list[bytes] | None = None
) -> list[ConversationKey]:
    """Create many conversation keys in two statements."""
    pairs = [envelopes.generate_key_pair() for _ in range(count)]
    locks = insert_objects([ConversationKey(public=pair.public.raw, created_at=now) for pair in pairs])
    to = [key for group in groups for key in group_keys.get_current_keys(group)]
    insert_objects(
        [
            copy
            for lock, pair in zip(locks, pairs, strict=True)
            for copy in build_wrapped_keys(lock.pk, pair.private, to)
        ]
    )
    if private_out is not None:
        private_out.extend(pair.private for pair in pairs)
    return locks


def build_wrapped_keys(lock_id: int, private: bytes, recipients: Iterable[SealingKey]) -> list[WrappedKey]:
    """Build unsaved copies of a private half: whole, or one share for each key of a split group."""
    parts = dict(zip(SHARE_INDEXES, split_secret(private), strict=True)) | {0: private}
    return [
        WrappedKey(
            lock_id=lock_id,
            group_key_id=key.id,
            ciphertext=envelopes.seal_envelope(
                parts[key.part], to=key.public, context=format_lock_context(lock_id, key.part)
            ),
        )
        for key in recipients
    ]


def get_public_key(lock_id: int) -> PublicKey:
    """Return the public half: envelopes to it are readable with the conversation key."""
    return PublicKey(bytes(ConversationKey.objects.values_list("public", flat=True).get(pk=lock_id)))


def seal_text(*, lock_id: int, owner: str, kind: Kind, text: str, author: str = "", now: dt.datetime) -> str:
    """Store a text of a sealed conversation and return its public id (docs/decisions/0016).

    Runs in the caller's transaction.
    """
    row = SealedText(lock_id=lock_id, owner=owner, kind=kind, author=author, at=now)
    row.ciphertext = envelopes.seal_envelope(
        text.encode(), to=get_public_key(lock_id), context=format_text_context(str(row.public_id))
    )
    row.save(force_insert=True)
    return str(row.public_id)


def destroy_conversation_keys(lock_ids: Iterable[int]) -> None:
    """Destroy conversation keys: everything encrypted to them becomes unreadable (crypto-shredding).

    A backup still holds the copies until its own retention ends; after an earlier restore they are destroyed again.
    """
    ids = set(lock_ids)
    if ids:
        publics = ConversationKey.objects.filter(pk__in=ids).values_list("public", flat=True)
        erasure_log.record_erasure(ERASURE_KIND, [_format_mark(bytes(public)) for public in publics])
        WrappedKey.objects.filter(lock_id__in=ids).delete()


def replay_key_destruction(marks: Iterable[str]) -> int:
    """Destroy keys again in a restored database; return how many. Matched by public key, because row ids are reused."""
    destroyed_marks = set(marks)
    rows = (
        ConversationKey.objects.filter(copies__isnull=False).distinct().values_list("pk", "public")
        if destroyed_marks
        else []
    )
    key_ids = [pk for pk, public in rows if _format_mark(bytes(public)) in destroyed_marks]
    WrappedKey.objects.filter(lock_id__in=key_ids).delete()
    CallbackNumber.objects.filter(reporter__lock__in=key_ids).delete()
    return len(key_ids)


def _format_mark(public: bytes) -> str:
    return public.hex()[:32]


def revoke_group_access(lock_id: int, groups: Iterable[str]) -> None:
    """Delete these groups' copies of the key; the other groups can still open it."""
    WrappedKey.objects.filter(lock_id=lock_id, group_key__group__in=set(groups)).delete()


def reassign_conversation_key(lock_id: int, private: bytes, groups: Iterable[str]) -> None:
    """Give the key to these groups only: the caller holds its private half."""
    WrappedKey.objects.filter(lock_id=lock_id).delete()
    insert_objects(
        build_wrapped_keys(lock_id, private, [key for group in groups for key in group_keys.get_current_keys(group)])
    )


def erase_reporter_data(reporter_ids: Iterable[int]) -> None:
    """Erase these reporters after a withdrawal: their encrypted facts, and the key to them."""
    reporters = Reporter.objects.filter(pk__in=set(reporter_ids))
    destroy_conversation_keys(reporters.exclude(lock=None).values_list("lock_id", flat=True))
    CallbackNumber.objects.filter(reporter__in=reporters).delete()
    reporters.update(lock=None)  # a later message of the person gets a new key
    Identity.objects.filter(reporter__in=reporters).delete()


def open_addresses(channel_id: int, reporter_ids: Iterable[int]) -> dict[int, str]:
    """Return external ids for delivery, by reporter. Only the sender process has the key.

    Raises key_files.KeyFileMissing.
    """
    rows = Contact.objects.filter(channel_id=channel_id, reporter_id__in=set(reporter_ids))
    return {
        row.reporter_id: process_keys.open_with_process_key(
            KeyGroup.DELIVERY, row.ciphertext, context=format_contact_context(channel_id, row.key)
        ).decode()
        for row in rows
    }


def copy_reporters(rows: Sequence[tuple[str, str, str]]) -> list[int]:
    """Store reporters without any identity, for a simulation: (public id, pseudonym, creation time) each."""
    ids = reserve_ids(Reporter, len(rows))
    columns = ("id", "public_id", "pseudonym", "created_at")
    copy_rows(Reporter, columns, ((pk, *row) for pk, row in zip(ids, rows, strict=True)))
    return ids
