"""Reasons of disclosure requests and of refusals: encrypted on entry for the custodians and the requester.

Each request has its own key. Every custodian opens it alone, with the REASON key; the requester by a copy of their own,
to read the reason of a refusal (docs/decisions/0024).
"""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from binhyen.kit import rls_scope
from binhyen.people.services import RuleViolation
from binhyen.vault import envelopes
from binhyen.vault.envelopes import KeyPair, PublicKey
from binhyen.vault.models import DisclosureRequest, Holder, KeyGroup
from binhyen.vault.services import create_conversation_key, destroy_conversation_keys, get_public_key
from binhyen.vault.services.decrypt import open_conversation_key


@dataclass(frozen=True, slots=True)
class OpenedReason:
    """Decrypted texts of a request. `refusal`: "" where it was not refused."""

    reason: str
    refusal: str = ""


def seal_reason(opening: DisclosureRequest, reason: str, *, now: dt.datetime) -> None:
    """Encrypt the reason into an unsaved request; in the caller's transaction."""
    private: list[bytes] = []
    # key copies are invisible under row-level security, and the pages process reads back its own insert
    with rls_scope.rls_scope(rls_scope.PROGRAM_SCOPE):
        opening.words_lock = create_conversation_key([KeyGroup.REASON], now=now, private_out=private)
    requester_key = PublicKey(bytes(Holder.objects.values_list("public", flat=True).get(pk=opening.holder_id)))
    opening.words_key = envelopes.seal_envelope(
        private[0], to=requester_key, context=format_reason_context(opening, "words_key")
    )
    opening.sealed_reason = _seal_column(opening, "sealed_reason", reason)


def seal_refusal(opening: DisclosureRequest, text: str, *, now: dt.datetime) -> None:
    """Encrypt the refusal in the same way, and a reason that is still plaintext."""
    if opening.words_lock_id is None:
        seal_reason(opening, opening.reason, now=now)
        opening.reason = ""
    opening.sealed_refusal = _seal_column(opening, "sealed_refusal", text)


def open_reason(opening: DisclosureRequest, *, holder: Holder, pair: KeyPair) -> OpenedReason | None:
    """Decrypt the texts of a request with this key; None where it does not fit."""
    if opening.words_lock_id is None:
        return OpenedReason(opening.reason, opening.refusal)
    try:
        lock = _open_reason_key(opening, opening.words_lock_id, holder, pair)
    except RuleViolation:
        return None
    words = {
        name: envelopes.open_envelope(sealed, pair=lock, context=format_reason_context(opening, name)).decode()
        if sealed
        else ""
        for name, sealed in (("sealed_reason", opening.sealed_reason), ("sealed_refusal", opening.sealed_refusal))
    }
    return OpenedReason(words["sealed_reason"], words["sealed_refusal"])


def _open_reason_key(opening: DisclosureRequest, lock_id: int, holder: Holder, pair: KeyPair) -> KeyPair:
    """Open the request's key. Raises `Refusal`."""
    if opening.holder_id == holder.pk:
        return KeyPair.of(
            envelopes.open_envelope(
                opening.words_key or b"", pair=pair, context=format_reason_context(opening, "words_key")
            )
        )
    return open_conversation_key(KeyGroup.REASON, lock_id, holder, pair)


@transaction.atomic
def seal_plaintext_reasons(*, now: dt.datetime) -> int:
    """Encrypt plaintext reasons written before the REASON key existed; run at start; return how many."""
    rows = list(DisclosureRequest.objects.select_for_update().filter(words_lock=None).exclude(reason=""))
    for row in rows:
        refusal, row.refusal = row.refusal, ""
        seal_reason(row, row.reason, now=now)
        row.reason = ""
        if refusal:
            seal_refusal(row, refusal, now=now)
        row.save(update_fields=["words_lock", "words_key", "sealed_reason", "sealed_refusal", "reason", "refusal"])
    return len(rows)


def destroy_reasons(opening_ids: list[int]) -> None:
    """Destroy the keys of the reasons before their requests are deleted."""
    rows = DisclosureRequest.objects.filter(pk__in=opening_ids, words_lock__isnull=False)
    destroy_conversation_keys(rows.values_list("words_lock_id", flat=True))


def _seal_column(opening: DisclosureRequest, column: str, text: str) -> bytes:
    return envelopes.seal_envelope(
        text.encode(), to=get_public_key(opening.words_lock_id or 0), context=format_reason_context(opening, column)
    )


def format_reason_context(opening: DisclosureRequest, column: str) -> str:
    return f"vault_disclosurerequest.{column}:{opening.public_id}"
