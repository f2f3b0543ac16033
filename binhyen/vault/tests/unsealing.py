"""Decryption for tests, as custodians would read it: with the founding key, which is still in its file."""

from binhyen.vault import envelopes, process_keys
from binhyen.vault.envelopes import Pair
from binhyen.vault.models import Identity, LockCopy
from binhyen.vault.queries import identity_context, lock_context


def opened() -> dict[str, str]:
    """Return the facts about all reporters, by field."""
    return {i.field: open_fact(i) for i in Identity.objects.all()}


def pair_of_lock(lock_id: int) -> Pair:
    copy = LockCopy.objects.get(lock_id=lock_id, group_key__group="IDENTITY")
    return Pair.of(process_keys.open_("IDENTITY", copy.sealed, context=lock_context(copy.lock_id)))


def open_fact(row: Identity) -> str:
    assert row.reporter.lock is not None
    context = identity_context(row.reporter_id, row.field)
    return envelopes.open_(row.sealed, pair=pair_of_lock(row.reporter.lock.pk), context=context).decode()
