"""Offline transfer to the isolated machine: encrypted rows are exported as a bundle, signed approvals imported.

The contents of a bundle stay encrypted; exports and imports are entries of the audit log.
"""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit import file_storage
from binhyen.kit.clock import VIETNAM
from binhyen.people.models import Officer
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.vault.envelopes import get_fingerprint
from binhyen.vault.models import Contact, DisclosedShare, DisclosureRequest, Holder, Identity, KeyShare, WrappedKey
from binhyen.vault.offline.bundles import Bundle, Envelope, OfflineAnswer, PublicKeyFile, Share
from binhyen.vault.queries import (
    format_contact_context,
    format_identity_context,
    format_lock_context,
    format_share_context,
)
from binhyen.vault.rules import PURPOSE_LABELS, DisclosurePurpose
from binhyen.vault.sealed_desks import SealedConversation, SealedDesk
from binhyen.vault.services import sealed_reasons
from binhyen.vault.services.disclosure import (
    CHANNEL_ID,
    ORIGINAL_DELETED,
    approve_offline,
    get_waiting_request,
    notify_reporter,
    require_lock_id,
)
from binhyen.vault.services.key_holders import replace_holder

SEALED_LABEL = "niêm phong, hiện ra sau khi mở khóa"


@transaction.atomic
def import_public_key(
    *,
    officer: Officer,
    key: PublicKeyFile,
    seat: int | None = None,
    alone: bool = False,
    command: str = "",
    now: dt.datetime,
) -> Holder:
    """Register a person's key whose private half lies on the isolated machine: here it opens nothing.

    A former key is retired; sending the same key again changes nothing. `command`: audit name of a server command that
    places the key without its officer, for later acceptance. `confirm_last`: as in `create_holder`. Raises
    `Refusal`.
    """
    actor, audit_detail = command or get_audit_actor(officer), {"of": get_audit_actor(officer)}
    former = Holder.objects.select_for_update().filter(officer=officer, retired_at=None).first()
    if former is not None:
        if former.placed_at is None and (former.public, former.verify) == (key.public, key.verify):
            return former
        seat = seat or former.seat
        replace_holder(former, confirm_last=alone, actor=actor, now=now, **audit_detail)
    holder = Holder.objects.create(
        officer=officer,
        seat=seat,
        public=key.public,
        verify=key.verify,
        wrapped_key=b"",
        created_at=now,
        placed_at=now if command else None,
    )
    detail = {"seat": seat, "elsewhere": True, **audit_detail}
    record_actions(
        [AuditAction(actor, "key_made", f"key:{get_fingerprint(key.public)}", officer.unit_id, detail)], now=now
    )
    return holder


@transaction.atomic
def export_request(*, opening_id: str, officer: Officer, command: str = "", now: dt.datetime) -> Bundle:
    """Export a waiting request with all encrypted rows that two custodians and the requester need.

    From now on it may be opened unobserved, so the reporter is notified at once. `command`: server command that exports
    in the officer's name. Raises `Refusal`.
    """
    opening = get_waiting_request(officer, opening_id, now=now)
    copies = WrappedKey.objects.filter(
        lock_id=require_lock_id(opening), group_key__group="IDENTITY", group_key__part__gt=0
    )
    facts = {
        "Xin mở": "bản gốc một tệp" if opening.file else "danh tính",
        "Việc": opening.subject,
        "Người xin": opening.requester.name,
        "Khóa người xin": get_fingerprint(bytes(opening.holder.public)),
        "Loại lý do": PURPOSE_LABELS[DisclosurePurpose(opening.why)],
        "Lý do": SEALED_LABEL if opening.words_lock_id else opening.reason,
        "Thời gian xem": f"{opening.hours} giờ",
        "Xin lúc": f"{opening.asked_at.astimezone(VIETNAM):%H:%M, %d/%m/%Y}",
    }
    rows = [] if opening.file else _collect_facts(opening.reporter_id or 0)
    key_copies, shares = _collect_envelopes(copies)
    reason_copies, reason_shares = _collect_envelopes(
        WrappedKey.objects.filter(lock=opening.words_lock, group_key__group="REASON")
    )
    bundle = Bundle(
        "opening",
        str(opening.public_id),
        facts,
        key_copies,
        [*shares, *reason_shares],
        rows,
        bytes(opening.holder.public),
        reason_copies,
        Envelope(bytes(opening.sealed_reason or b""), sealed_reasons.format_reason_context(opening, "sealed_reason")),
        _collect_original(opening),
    )
    if opening.carried_at is None:
        opening.carried_at = now
        opening.save(update_fields=["carried_at"])
        notify_reporter(opening, carried=True)
    detail = {"opening": bundle.id, "rows": len(bundle.rows), "of": get_audit_actor(officer)}
    record_actions(
        [
            AuditAction(
                command or get_audit_actor(officer), "identity_carried", opening.subject, officer.unit_id, detail
            )
        ],
        now=now,
    )
    return bundle


@transaction.atomic
def export_conversation(
    *, desk: SealedDesk, talk: SealedConversation, officer: Officer, command: str = "", now: dt.datetime
) -> Bundle:
    """Export a sealed conversation that the desk shows to the officer; `command` as above."""
    copies = WrappedKey.objects.filter(lock_id=talk.lock_id, group_key__group=desk.group)
    rows = [
        Envelope(
            message.sealed,
            message.context,
            note=f"{message.at.astimezone(VIETNAM):%H:%M, %d/%m/%Y} · {'công an' if message.who else 'người báo'}",
        )
        for message in desk.words(talk.ref)
    ]
    pictures, left_out = _collect_previews(desk, talk.ref)
    facts = {"Bàn": desk.label, "Tin": talk.title, "Địa điểm": talk.place, "Tình trạng": talk.state}
    if left_out:
        facts["Ảnh, tệp không mang theo"] = f"{left_out} (bản gốc thì xin mở riêng)"
    bundle = Bundle("words", talk.ref, facts, *_collect_envelopes(copies), rows, files=pictures)
    detail = {"words": len(rows), "of": get_audit_actor(officer)}
    record_actions(
        [AuditAction(command or get_audit_actor(officer), "sealed_carried", talk.subject, officer.unit_id, detail)],
        now=now,
    )
    return bundle


@transaction.atomic
def import_answer(*, answer: OfflineAnswer, officer: Officer, now: dt.datetime) -> DisclosureRequest:
    """Import approvals from the isolated machine, each checked like an approval here.

    `officer`: bringer of the file, without influence on the result. Repeated and third approvals are skipped. Raises
    `Refusal`.
    """
    opening = get_waiting_request(officer, answer.opening, now=now)
    for approval in answer.approvals:
        holders_with_key = Holder.objects.filter(verify=approval.verify, retired_at=None, placed_at=None)
        holder = holders_with_key.select_related("officer").first()
        if holder is None or holder.officer is None or not approval.is_valid_for(str(opening.public_id)):
            raise RuleViolation("Chữ ký trong tệp này không phải của người giữ danh tính nào.")
        if opening.opened_at or opening.approvals.filter(officer=holder.officer).exists():
            continue
        parts = [
            DisclosedShare(opening=opening, part=number, ciphertext=sealed)
            for number, sealed in sorted(approval.parts.items())
        ]
        opening = approve_offline(opening=opening, officer=holder.officer, holder=holder, parts=parts, now=now)
    return opening


def _collect_envelopes(copies: QuerySet[WrappedKey]) -> tuple[list[Envelope], list[Share]]:
    """Return a key's copies as envelopes, and all holders' shares of the keys that encrypt them."""
    rows = list(copies.select_related("group_key").order_by("id"))
    envelopes = [
        Envelope(
            bytes(row.ciphertext),
            format_lock_context(row.lock_id, row.group_key.part),
            bytes(row.group_key.key_id).hex(),
            row.group_key.part,
        )
        for row in rows
    ]
    active_shares = KeyShare.objects.filter(
        group_key__in=[row.group_key_id for row in rows], part=0, holder__retired_at=None
    )
    shares = [
        Share(
            bytes(share.holder.public),
            Envelope(
                bytes(share.ciphertext),
                format_share_context(bytes(share.group_key.key_id), 0),
                bytes(share.group_key.key_id).hex(),
            ),
        )
        for share in active_shares.select_related("holder", "group_key").order_by("id")
    ]
    return envelopes, shares


def _collect_original(opening: DisclosureRequest) -> list[Envelope]:
    """Return the requested original file, still encrypted. Raises `Refusal`."""
    if not opening.file:
        return []
    if (sealed := file_storage.read_file_if_exists(opening.file)) is None:
        raise RuleViolation(_(ORIGINAL_DELETED))
    return [Envelope(sealed, opening.file_context, note="bản gốc")]


def _collect_previews(desk: SealedDesk, ref: str) -> tuple[list[Envelope], int]:
    """Return the previews that fit into one bundle, and how many files are left out."""
    attachments, bytes_left, envelopes = desk.list_files(ref), file_storage.MAX_BYTES, []
    for number, file in enumerate(attachments, start=1):
        sealed = file_storage.read_file_if_exists(file.path) if file.path else None
        if sealed and len(sealed) <= bytes_left:
            envelopes.append(Envelope(sealed, file.context, note=f"anh-{number}.jpg"))
            bytes_left -= len(sealed)
    return envelopes, len(attachments) - len(envelopes)


def _collect_facts(reporter_id: int) -> list[Envelope]:
    labels = dict(Identity.Field.choices)
    rows = [
        Envelope(bytes(row.ciphertext), format_identity_context(reporter_id, row.field), note=str(labels[row.field]))
        for row in Identity.objects.filter(reporter_id=reporter_id).order_by("id")
    ]
    return rows + [
        Envelope(bytes(row.custody_sealed), format_contact_context(row.channel_id, row.key), note=CHANNEL_ID)
        for row in Contact.objects.filter(reporter_id=reporter_id).order_by("id")
    ]
