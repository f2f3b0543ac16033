"""Storage of tips: the locked row, texts encrypted to it, destruction of its key."""

import datetime as dt
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.channels.services import fingerprints
from binhyen.kit import file_storage
from binhyen.kit.rls_scope import entered
from binhyen.people.services import Refusal
from binhyen.tips import queries
from binhyen.tips.models import Tip, TipFile
from binhyen.vault import envelopes
from binhyen.vault import services as vault
from binhyen.vault.envelopes import PublicKey


def alive(tip: Tip) -> Tip:
    """Return the locked row. Raises Refusal where the tip is deleted."""
    row = Tip.objects.select_for_update().get(pk=tip.pk)
    if row.gone_at is not None or row.lock_id is None:
        raise Refusal(_("Tin này đã được rút hoặc đã hết hạn."))
    return row


def seal(tip: Tip, kind: vault.Kind, text: str, *, author: str = "", now: dt.datetime) -> None:
    vault.seal_text(
        lock_id=tip.lock_id or 0, owner=queries.owner(tip), kind=kind, text=text, author=author, now=now
    )  # fmt: skip


def store(data: bytes, to: PublicKey, context: str) -> str:
    return file_storage.store(envelopes.seal(data, to=to, context=context), "tips")


def to_custodians(row: TipFile, data: bytes, *, now: dt.datetime) -> None:
    """Encrypt the original to a new key that needs two custodians. Does not save."""
    lock = vault.new_lock(["IDENTITY"], now=now)
    row.original_lock = lock
    row.original = store(data, PublicKey(bytes(lock.public)), queries.file_context(row, "original"))


@transaction.atomic
def hand_over(*, file: TipFile, data: bytes, now: dt.datetime) -> TipFile:
    """Move an original from the conversation key to a custodians' key; `data` is its plaintext.

    The tip is locked first: a concurrent destruction sees the new key, or this call sees the deleted tip and raises
    Refusal.
    """
    alive(file.tip)
    row = TipFile.objects.select_for_update(of=("self",)).get(pk=file.pk)
    if row.original and row.original_lock_id is None:
        old = row.original
        to_custodians(row, data, now=now)
        row.save(update_fields=["original", "original_lock"])
        transaction.on_commit(partial(file_storage.remove, old))
    return row


def destroy(row: Tip, *, now: dt.datetime) -> None:
    """Destroy key copies first; then the encrypted files."""
    locks = [row.lock_id, *row.files.values_list("original_lock", flat=True)]
    fingerprints.forget([row.public_id])
    row.gone_at, row.wrapped = now, b""
    row.save(update_fields=["gone_at", "wrapped", "withdrawn_at"])
    with entered(queries.scope_of(bytes(row.lookup))):  # no wider scope: a page may destroy the keys of this tip only
        vault.destroy_locks([lock for lock in locks if lock])
    gone = [name for pair in row.files.values_list("original", "shown") for name in pair]
    row.files.all().delete()
    transaction.on_commit(partial(_remove, gone))


def _remove(names: list[str]) -> None:
    for name in names:
        file_storage.remove(name)
