"""Decryption for tests, as custodians would read it: with the founding key, which is still in its file."""

from binhyen.vault import envelopes, process_keys
from binhyen.vault.envelopes import KeyPair
from binhyen.vault.models import Identity, WrappedKey
from binhyen.vault.queries import format_identity_context, format_lock_context


def open_all_facts() -> dict[str, str]:
    """Return the facts about all reporters, by field."""
    return {i.field: decrypt_fact(i) for i in Identity.objects.all()}


def get_conversation_key(lock_id: int) -> KeyPair:
    copy = WrappedKey.objects.get(lock_id=lock_id, group_key__group="IDENTITY")
    return KeyPair.of(
        process_keys.open_with_process_key("IDENTITY", copy.ciphertext, context=format_lock_context(copy.lock_id))
    )


def decrypt_fact(row: Identity) -> str:
    assert row.reporter.lock is not None
    context = format_identity_context(row.reporter_id, row.field)
    return envelopes.open_envelope(
        row.ciphertext, pair=get_conversation_key(row.reporter.lock.pk), context=context
    ).decode()
