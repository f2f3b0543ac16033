"""Decrypt sealed conversations for a handler; every read is an entry of the audit log."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import Act, record
from binhyen.kit import file_storage
from binhyen.people.models import Officer
from binhyen.people.services import Refusal, actor_of
from binhyen.vault import envelopes
from binhyen.vault.envelopes import Pair
from binhyen.vault.models import Holder, KeyShare, LockCopy
from binhyen.vault.queries import lock_context
from binhyen.vault.rules import REASON, WHY_LABELS, Why
from binhyen.vault.sealed_desks import File, SealedDesk, Talk
from binhyen.vault.services.key_holders import opened_share


@dataclass(frozen=True, slots=True)
class Word:
    """A decrypted message. `who`: "" for the reporter; `note`: internal between officers."""

    at: dt.datetime
    who: str
    text: str
    note: bool = False


@transaction.atomic
def read_talk(
    *, desk: SealedDesk, talk: Talk, officer: Officer, holder: Holder, pair: Pair, now: dt.datetime
) -> list[Word]:
    """Decrypt the messages of a conversation that the desk shows to the officer.

    Raises `Refusal` if a key is missing.
    """
    lock = lock_of(desk.group, talk.lock_id, holder, pair)
    words = [
        Word(w.at, w.who, envelopes.open_(w.sealed, pair=lock, context=w.context).decode(), w.note)
        for w in desk.words(talk.ref)
    ]
    record([Act(actor_of(officer), "sealed_read", talk.subject, officer.unit_id, {"words": len(words)})], now=now)
    return words


@transaction.atomic
def read_file(
    *, desk: SealedDesk, talk: Talk, file: str, officer: Officer, holder: Holder, pair: Pair, now: dt.datetime
) -> bytes | None:
    """Return the preview of one picture of a visible conversation as JPEG; None where it has none.

    Raises `Refusal` if a key is missing.
    """
    chosen = next((f for f in desk.files(talk.ref) if f.id == file and f.path), None)
    if chosen is None:
        return None
    lock = lock_of(desk.group, talk.lock_id, holder, pair)
    data = envelopes.open_(file_storage.read(chosen.path), pair=lock, context=chosen.context)
    record([Act(actor_of(officer), "sealed_read", talk.subject, officer.unit_id, {"photos": 1})], now=now)
    return data


@transaction.atomic
def read_original(
    *, desk: SealedDesk, talk: Talk, file: str, why: str, reason: str, officer: Officer, holder: Holder, pair: Pair,
    now: dt.datetime,
) -> bytes | None:  # fmt: skip
    """Return an original file with all its metadata; each read is audited and the reporter is notified.

    As `read_preview`; None too for a file that only the custodians can open. Raises `Refusal` where no reason is given.
    """
    if why not in set(Why) or not REASON[0] <= len(reason) <= REASON[1]:
        raise Refusal(_("Chọn để làm gì, và ghi lý do từ {least} ký tự.").format(least=REASON[0]))
    chosen = next((f for f in desk.files(talk.ref) if f.id == file and f.original and not f.original_lock), None)
    if chosen is None:
        return None
    lock = lock_of(desk.group, talk.lock_id, holder, pair)
    data = envelopes.open_(file_storage.read(chosen.original), pair=lock, context=chosen.original_context)
    desk.saved(officer=officer, ref=talk.ref, why=WHY_LABELS[Why(why)], reason=reason, now=now)
    said = {"file": file, "why": why}
    record([Act(actor_of(officer), "sealed_original", talk.subject, officer.unit_id, said)], now=now)
    return data


@transaction.atomic
def hand_over(
    *, desk: SealedDesk, talk: Talk, file: File, officer: Officer, holder: Holder, pair: Pair, now: dt.datetime
) -> File:  # fmt: skip
    """Move an original from the conversation key to the custodians' key, so that two of them must approve as usual.

    Raises `Refusal` if a key is missing or the file is gone.
    """
    lock = lock_of(desk.group, talk.lock_id, holder, pair)
    try:
        data = envelopes.open_(file_storage.read(file.original), pair=lock, context=file.original_context)
    except (FileNotFoundError, envelopes.Refused):
        raise Refusal(_("Bản gốc này đã được xóa.")) from None
    moved = desk.hand_over(ref=talk.ref, file=file.id, data=data, now=now)
    record([Act(actor_of(officer), "original_sealed", talk.subject, officer.unit_id, {"file": file.id})], now=now)
    return moved


def opens(*, desk: SealedDesk, talk: Talk, holder: Holder, pair: Pair) -> bool:
    """Return whether this key opens the conversation at all."""
    try:
        return bool(lock_of(desk.group, talk.lock_id, holder, pair))
    except Refusal:
        return False


def lock_of(group: str, lock_id: int, holder: Holder, pair: Pair) -> Pair:
    """Open a conversation key that the group holds whole. Raises `Refusal` if a key is missing."""
    copies = LockCopy.objects.filter(lock_id=lock_id, group_key__group=group).select_related("group_key")
    for copy in copies:
        share = KeyShare.objects.filter(group_key=copy.group_key, holder=holder, part=0).select_related("group_key")
        for one in share:
            key = Pair.of(opened_share(one, pair))
            return Pair.of(envelopes.open_(copy.sealed, pair=key, context=lock_context(lock_id)))
    raise Refusal(_("Khóa của bạn không mở được tin này."))
