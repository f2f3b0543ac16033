"""A tip's row, locked; words sealed to it; its key destroyed."""

import datetime as dt
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.channels.services import imprints
from binhyen.kit import files
from binhyen.kit.scope import entered
from binhyen.people.services import Refusal
from binhyen.tips import queries
from binhyen.tips.models import Tip, TipFile
from binhyen.vault import boxes
from binhyen.vault import services as vault
from binhyen.vault.boxes import PublicKey


def alive(tip: Tip) -> Tip:
    """The row, locked. Raises Refusal where it is gone."""
    row = Tip.objects.select_for_update().get(pk=tip.pk)
    if row.gone_at is not None or row.lock_id is None:
        raise Refusal(_("Tin này đã được rút hoặc đã hết hạn."))
    return row


def seal(tip: Tip, kind: vault.Kind, text: str, *, author: str = "", now: dt.datetime) -> None:
    vault.seal_text(
        lock_id=tip.lock_id or 0, owner=queries.owner(tip), kind=kind, text=text, author=author, now=now
    )  # fmt: skip


def store(data: bytes, to: PublicKey, context: str) -> str:
    return files.store(boxes.seal(data, to=to, context=context), "tips")


def to_custodians(row: TipFile, data: bytes, *, now: dt.datetime) -> None:
    """The file as it came, under a lock that two custodians open. Does not save."""
    lock = vault.new_lock(["IDENTITY"], now=now)
    row.original_lock = lock
    row.original = store(data, PublicKey(bytes(lock.public)), queries.file_context(row, "original"))


@transaction.atomic
def hand_over(*, file: TipFile, data: bytes, now: dt.datetime) -> TipFile:
    """The original of a picture that came before there was a lock of the custodians for it: opened by a handler's key,
    `data` goes to one. The tip is locked first, so that who destroys it meanwhile finds the new lock, or this finds it
    gone: raises Refusal.
    """
    alive(file.tip)
    row = TipFile.objects.select_for_update(of=("self",)).get(pk=file.pk)
    if row.original and row.original_lock_id is None:
        old = row.original
        to_custodians(row, data, now=now)
        row.save(update_fields=["original", "original_lock"])
        transaction.on_commit(partial(files.remove, old))
    return row


def destroy(row: Tip, *, now: dt.datetime) -> None:
    """Copies of the key first; then what it opened."""
    locks = [row.lock_id, *row.files.values_list("original_lock", flat=True)]
    imprints.forget([row.public_id])
    row.gone_at, row.wrapped = now, b""
    row.save(update_fields=["gone_at", "wrapped", "withdrawn_at"])
    with entered(queries.scope_of(bytes(row.lookup))):  # no wider: a page may destroy this tip's keys and no others
        vault.destroy_locks([lock for lock in locks if lock])
    gone = [name for pair in row.files.values_list("original", "shown") for name in pair]
    row.files.all().delete()
    transaction.on_commit(partial(_remove, gone))


def _remove(names: list[str]) -> None:
    for name in names:
        files.remove(name)
