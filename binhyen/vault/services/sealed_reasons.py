"""Reasons of disclosure requests and of refusals: encrypted on entry for the custodians and the requester.

Each request has its own key. Every custodian opens it alone, with the REASON key; the requester by a copy of their own,
to read the reason of a refusal (docs/decisions/0024).
"""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from binhyen.kit import rls_scope
from binhyen.people.services import Refusal
from binhyen.vault import envelopes
from binhyen.vault.envelopes import Pair, PublicKey
from binhyen.vault.models import Group, Holder, Opening
from binhyen.vault.services.decrypt import lock_of
from binhyen.vault.services.encrypt import destroy_locks, lock_key, new_lock


@dataclass(frozen=True, slots=True)
class Said:
    """Decrypted texts of a request. `refusal`: "" where it was not refused."""

    reason: str
    refusal: str = ""


def seal_reason(opening: Opening, reason: str, *, now: dt.datetime) -> None:
    """Encrypt the reason into an unsaved request; in the caller's transaction."""
    private: list[bytes] = []
    # key copies are invisible under row-level security, and the pages process reads back its own insert
    with rls_scope.entered(rls_scope.PROGRAM):
        opening.words_lock = new_lock([Group.REASON], now=now, keep=private)
    asker = PublicKey(bytes(Holder.objects.values_list("public", flat=True).get(pk=opening.holder_id)))
    opening.words_key = envelopes.seal(private[0], to=asker, context=context(opening, "words_key"))
    opening.sealed_reason = _sealed(opening, "sealed_reason", reason)


def seal_refusal(opening: Opening, text: str, *, now: dt.datetime) -> None:
    """Encrypt the refusal in the same way, and a reason that is still plaintext."""
    if opening.words_lock_id is None:
        seal_reason(opening, opening.reason, now=now)
        opening.reason = ""
    opening.sealed_refusal = _sealed(opening, "sealed_refusal", text)


def said(opening: Opening, *, holder: Holder, pair: Pair) -> Said | None:
    """Decrypt the texts of a request with this key; None where it does not fit."""
    if opening.words_lock_id is None:
        return Said(opening.reason, opening.refusal)
    try:
        lock = _lock(opening, opening.words_lock_id, holder, pair)
    except Refusal:
        return None
    words = {
        name: envelopes.open_(sealed, pair=lock, context=context(opening, name)).decode() if sealed else ""
        for name, sealed in (("sealed_reason", opening.sealed_reason), ("sealed_refusal", opening.sealed_refusal))
    }
    return Said(words["sealed_reason"], words["sealed_refusal"])


def _lock(opening: Opening, lock_id: int, holder: Holder, pair: Pair) -> Pair:
    """Open the request's key. Raises `Refusal`."""
    if opening.holder_id == holder.pk:
        return Pair.of(envelopes.open_(opening.words_key or b"", pair=pair, context=context(opening, "words_key")))
    return lock_of(Group.REASON, lock_id, holder, pair)


@transaction.atomic
def seal_clear_ones(*, now: dt.datetime) -> int:
    """Encrypt plaintext reasons written before the REASON key existed; run at start; return how many."""
    rows = list(Opening.objects.select_for_update().filter(words_lock=None).exclude(reason=""))
    for row in rows:
        refusal, row.refusal = row.refusal, ""
        seal_reason(row, row.reason, now=now)
        row.reason = ""
        if refusal:
            seal_refusal(row, refusal, now=now)
        row.save(update_fields=["words_lock", "words_key", "sealed_reason", "sealed_refusal", "reason", "refusal"])
    return len(rows)


def forget(opening_ids: list[int]) -> None:
    """Destroy the keys of the reasons before their requests are deleted."""
    rows = Opening.objects.filter(pk__in=opening_ids, words_lock__isnull=False)
    destroy_locks(rows.values_list("words_lock_id", flat=True))


def _sealed(opening: Opening, column: str, text: str) -> bytes:
    return envelopes.seal(text.encode(), to=lock_key(opening.words_lock_id or 0), context=context(opening, column))


def context(opening: Opening, column: str) -> str:
    return f"vault_opening.{column}:{opening.public_id}"
