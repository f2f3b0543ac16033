"""Decrypt sealed conversations for a handler; every read is an entry of the audit log."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit import file_storage
from binhyen.people.models import Officer
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.vault import envelopes
from binhyen.vault.envelopes import KeyPair
from binhyen.vault.models import Holder, KeyShare, WrappedKey
from binhyen.vault.queries import format_lock_context
from binhyen.vault.rules import PURPOSE_LABELS, REASON_LENGTH, DisclosurePurpose
from binhyen.vault.sealed_desks import SealedAttachment, SealedConversation, SealedDesk
from binhyen.vault.services.key_holders import open_share


@dataclass(frozen=True, slots=True)
class OpenedMessage:
    """A decrypted message. `who`: "" for the reporter; `note`: internal between officers."""

    at: dt.datetime
    who: str
    text: str
    note: bool = False


@transaction.atomic
def read_conversation(
    *, desk: SealedDesk, talk: SealedConversation, officer: Officer, holder: Holder, pair: KeyPair, now: dt.datetime
) -> list[OpenedMessage]:
    """Decrypt the messages of a conversation that the desk shows to the officer.

    Raises `Refusal` if a key is missing.
    """
    lock = open_conversation_key(desk.group, talk.lock_id, holder, pair)
    words = [
        OpenedMessage(
            message.at,
            message.who,
            envelopes.open_envelope(message.sealed, pair=lock, context=message.context).decode(),
            message.note,
        )
        for message in desk.words(talk.ref)
    ]
    record_actions(
        [AuditAction(get_audit_actor(officer), "sealed_read", talk.subject, officer.unit_id, {"words": len(words)})],
        now=now,
    )
    return words


@transaction.atomic
def read_preview(
    *,
    desk: SealedDesk,
    talk: SealedConversation,
    file: str,
    officer: Officer,
    holder: Holder,
    pair: KeyPair,
    now: dt.datetime,
) -> bytes | None:
    """Return the preview of one picture of a visible conversation as JPEG; None where it has none.

    Raises `Refusal` if a key is missing.
    """
    attachment = next(
        (candidate for candidate in desk.list_files(talk.ref) if candidate.id == file and candidate.path), None
    )
    if attachment is None:
        return None
    lock = open_conversation_key(desk.group, talk.lock_id, holder, pair)
    data = envelopes.open_envelope(file_storage.read_file(attachment.path), pair=lock, context=attachment.context)
    record_actions(
        [AuditAction(get_audit_actor(officer), "sealed_read", talk.subject, officer.unit_id, {"photos": 1})], now=now
    )
    return data


@transaction.atomic
def read_original(
    *,
    desk: SealedDesk,
    talk: SealedConversation,
    file: str,
    why: str,
    reason: str,
    officer: Officer,
    holder: Holder,
    pair: KeyPair,
    now: dt.datetime,
) -> bytes | None:
    """Return an original file with all its metadata; each read is audited and the reporter is notified.

    As `read_preview`; None too for a file that only the custodians can open. Raises `Refusal` where no reason is given.
    """
    if why not in set(DisclosurePurpose) or not REASON_LENGTH[0] <= len(reason) <= REASON_LENGTH[1]:
        raise RuleViolation(_("Chọn để làm gì, và ghi lý do từ {least} ký tự.").format(least=REASON_LENGTH[0]))
    attachment = next(
        (
            candidate
            for candidate in desk.list_files(talk.ref)
            if candidate.id == file and candidate.original and not candidate.original_lock
        ),
        None,
    )
    if attachment is None:
        return None
    lock = open_conversation_key(desk.group, talk.lock_id, holder, pair)
    data = envelopes.open_envelope(
        file_storage.read_file(attachment.original), pair=lock, context=attachment.original_context
    )
    desk.saved(officer=officer, ref=talk.ref, why=PURPOSE_LABELS[DisclosurePurpose(why)], reason=reason, now=now)
    audit_detail = {"file": file, "why": why}
    record_actions(
        [AuditAction(get_audit_actor(officer), "sealed_original", talk.subject, officer.unit_id, audit_detail)], now=now
    )
    return data


@transaction.atomic
def transfer_original(
    *,
    desk: SealedDesk,
    talk: SealedConversation,
    file: SealedAttachment,
    officer: Officer,
    holder: Holder,
    pair: KeyPair,
    now: dt.datetime,
) -> SealedAttachment:
    """Move an original from the conversation key to the custodians' key, so that two of them must approve as usual.

    Raises `Refusal` if a key is missing or the file is gone.
    """
    lock = open_conversation_key(desk.group, talk.lock_id, holder, pair)
    try:
        data = envelopes.open_envelope(file_storage.read_file(file.original), pair=lock, context=file.original_context)
    except (FileNotFoundError, envelopes.EnvelopeError):
        raise RuleViolation(_("Bản gốc này đã được xóa.")) from None
    transferred = desk.transfer_to_custodians(ref=talk.ref, file=file.id, data=data, now=now)
    record_actions(
        [AuditAction(get_audit_actor(officer), "original_sealed", talk.subject, officer.unit_id, {"file": file.id})],
        now=now,
    )
    return transferred


def can_open(*, desk: SealedDesk, talk: SealedConversation, holder: Holder, pair: KeyPair) -> bool:
    """Return whether this key opens the conversation at all."""
    try:
        return bool(open_conversation_key(desk.group, talk.lock_id, holder, pair))
    except RuleViolation:
        return False


def open_conversation_key(group: str, lock_id: int, holder: Holder, pair: KeyPair) -> KeyPair:
    """Open a conversation key that the group holds whole. Raises `Refusal` if a key is missing."""
    copies = WrappedKey.objects.filter(lock_id=lock_id, group_key__group=group).select_related("group_key")
    for copy in copies:
        share = KeyShare.objects.filter(group_key=copy.group_key, holder=holder, part=0).select_related("group_key")
        for own_share in share:
            key = KeyPair.of(open_share(own_share, pair))
            return KeyPair.of(envelopes.open_envelope(copy.ciphertext, pair=key, context=format_lock_context(lock_id)))
    raise RuleViolation(_("Khóa của bạn không mở được tin này."))
