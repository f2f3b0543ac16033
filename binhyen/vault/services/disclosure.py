"""Disclosure of an identity or an original picture: two custodians open it for one officer and a limited time.

Each custodian decrypts their parts of the reporter's key and encrypts them to the requester: no custodian ever sees the
identity, one of them alone discloses nothing, and reading needs the requester's own passphrase.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.rules.action_families import ReadKind
from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit import file_storage
from binhyen.kit.i18n_markers import N_
from binhyen.kit.jobs import defer_once
from binhyen.kit.locks import AdvisoryLock, acquire_xact_lock
from binhyen.people.access import officer_may
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.vault import envelopes
from binhyen.vault.envelopes import KeyPair, PublicKey
from binhyen.vault.models import (
    Approval,
    Contact,
    DisclosedShare,
    DisclosureRequest,
    Holder,
    Identity,
    KeyShare,
    Reporter,
    WrappedKey,
)
from binhyen.vault.offline.airgapped import format_part_context
from binhyen.vault.queries import (
    find_conflicted_officers,
    format_contact_context,
    format_identity_context,
    format_lock_context,
    get_holder_id,
    get_request_facts,
    is_group_ready,
    is_still_entitled,
    list_own_requests,
    list_visible_requests,
)
from binhyen.vault.rules import (
    ACTIVE_STATES,
    PURPOSE_LABELS,
    DisclosurePurpose,
    DisclosureState,
    find_approval_problem,
    find_reason_problem,
    get_disclosure_state,
)
from binhyen.vault.secret_sharing import get_parts, join_parts
from binhyen.vault.services import SealedFile
from binhyen.vault.services.key_holders import open_share
from binhyen.vault.services.sealed_reasons import seal_reason, seal_refusal

NOTIFY_JOB = "cases.notify_disclosure"  # notifies the person in their chat; the job belongs to a feature above
CHANNEL_ID = N_("mã tài khoản trên kênh chat")
NOT_READY = N_("Chưa trao khóa cho người giữ danh tính, nên chưa mở được danh tính của ai.")
NOTHING_STORED = N_("Người này không để lại tên, số điện thoại hay kênh nào. Không có gì để mở.")
NO_KEY = N_("Bạn cần tạo khóa riêng trước, tại trang Giữ kín.")
FORGOTTEN = N_("Dữ liệu của người này đã xóa theo yêu cầu của họ.")
ORIGINAL_DELETED = N_("Bản gốc này đã được xóa.")
NO_LONGER_ENTITLED = N_("Người xin đã đổi đơn vị, đổi việc, hoặc việc này nay thuộc nơi khác. Cần thì xin lại.")


@dataclass(frozen=True, slots=True)
class Fact:
    """A disclosed fact. `label`: «họ tên», or the person's id on a channel (`of_chat`)."""

    label: str
    value: str
    of_chat: bool = False


@transaction.atomic
def request_disclosure(
    *,
    officer: Officer,
    reporter_id: int | None,
    subject: str,
    why: str,
    reason: str,
    hours: int,
    file: SealedFile | None = None,
    now: dt.datetime,
) -> DisclosureRequest:
    """Request the disclosure of an identity, or of a `file` that the reporter (None: an officer) sent.

    The caller has checked the officer's access to the subject. Raises `Refusal`.
    """
    if problem := find_reason_problem(reason, hours, why):
        raise RuleViolation(problem)
    holder = get_holder_id(officer)
    if holder is None:
        raise RuleViolation(NO_KEY)
    if not (is_group_ready("IDENTITY") and is_group_ready("REASON")):
        raise RuleViolation(NOT_READY)
    path = file.path if file else ""
    acquire_xact_lock(AdvisoryLock.IDENTITY)  # a double click is one request: the second one sees the first
    if any(
        existing.state in ACTIVE_STATES
        for existing in list_own_requests(officer, reporter_id, path, subject=subject, now=now)
    ):
        raise RuleViolation(_("Bạn đã có một yêu cầu đang chờ hoặc đang mở."))
    if file is None and reporter_id is not None and Reporter.objects.filter(pk=reporter_id, lock=None).exists():
        raise RuleViolation(NOTHING_STORED)
    opening = DisclosureRequest(
        reporter_id=reporter_id,
        subject=subject,
        requester=officer,
        asked_as=officer.role,
        asked_unit_id=officer.unit_id,
        holder_id=holder,
        why=why,
        hours=hours,
        asked_at=now,
        file=path,
        file_context=file.context if file else "",
        file_lock_id=file.lock_id if file else None,
    )
    seal_reason(opening, reason, now=now)
    opening.save(force_insert=True)
    if find_conflicted_officers(opening, [officer.pk]):
        raise RuleViolation(_("Việc này phải do người không liên quan xem xét."))
    _record_action("asked", officer, opening, {"why": why, "hours": hours}, now)
    return opening


@transaction.atomic
def approve_request(
    *, opening_id: str, officer: Officer, holder: Holder, pair: KeyPair, now: dt.datetime
) -> DisclosureRequest:
    """Approve as a custodian; the second approval opens the request. Raises `Refusal`."""
    opening = _get_request_for_update(officer, opening_id)
    _check_approval(opening, officer, holder, now)
    return _store_approval(opening, officer, holder, _reseal_own_parts(opening, holder, pair), now)


def get_waiting_request(officer: Officer, opening_id: str, *, now: dt.datetime) -> DisclosureRequest:
    """Return a waiting request, row locked, for a custodian without a conflict of interest. Raises `Refusal`."""
    opening = _get_request_for_update(officer, opening_id)
    if not officer_may(officer, Permission.OPEN_IDENTITY) or get_disclosure_state(
        get_request_facts(opening), now
    ) not in {DisclosureState.ASKED, DisclosureState.HALF}:
        raise RuleViolation(_("Yêu cầu này không còn chờ ai."))
    if not is_still_entitled(opening):
        raise RuleViolation(NO_LONGER_ENTITLED)
    return opening


def approve_offline(
    *, opening: DisclosureRequest, officer: Officer, holder: Holder, parts: list[DisclosedShare], now: dt.datetime
) -> DisclosureRequest:
    """Approve with parts decrypted on the isolated machine, under the same conditions. Raises `Refusal`."""
    if not (
        officer_may(officer, Permission.OPEN_IDENTITY) and list_visible_requests(officer).filter(pk=opening.pk).exists()
    ):
        raise RuleViolation(_("Chữ ký trong tệp này không phải của người giữ danh tính nào."))
    _check_approval(opening, officer, holder, now)
    if {row.part for row in parts} != set(get_parts(holder.seat or 0)):
        raise RuleViolation(_("Tệp này thiếu phần khóa của người đồng ý."))
    return _store_approval(opening, officer, holder, parts, now, elsewhere=True)


def _check_approval(opening: DisclosureRequest, officer: Officer, holder: Holder, now: dt.datetime) -> None:
    facts = get_request_facts(opening)
    conflicted_ids = find_conflicted_officers(opening, {officer.pk, facts.requester_id, *facts.approver_ids})
    if problem := find_approval_problem(
        facts, officer_id=officer.pk, seat=holder.seat, now=now, conflicted=conflicted_ids
    ):
        raise RuleViolation(problem)
    if not is_still_entitled(opening):
        raise RuleViolation(NO_LONGER_ENTITLED)
    if not all(
        officer_may(approval.officer, Permission.OPEN_IDENTITY)
        for approval in opening.approvals.select_related("officer")
    ):
        raise RuleViolation(_("Người đồng ý trước không còn giữ danh tính. Người xin cần xin lại."))


def _store_approval(
    opening: DisclosureRequest,
    officer: Officer,
    holder: Holder,
    parts: list[DisclosedShare],
    now: dt.datetime,
    **detail: object,
) -> DisclosureRequest:
    DisclosedShare.objects.bulk_create(parts, ignore_conflicts=True)
    Approval.objects.create(opening=opening, officer=officer, seat=holder.seat or 0, at=now)
    if opening.approvals.count() == 2:
        opening.opened_at, opening.ends_at = now, now + dt.timedelta(hours=opening.hours)
        opening.save(update_fields=["opened_at", "ends_at"])
        notify_reporter(opening)
    verb = "opened" if opening.opened_at else "approved"
    _record_action(verb, officer, opening, {"why": opening.why, "seat": holder.seat} | detail, now)
    return opening


def notify_reporter(opening: DisclosureRequest, *, carried: bool = False) -> None:
    """Notify the reporter.

    `carried`: exported to a machine without network, where it may be opened before any answer.
    """
    if opening.reporter_id is not None:
        arguments = {
            "reporter_id": opening.reporter_id,
            "subject": opening.subject,
            "why": PURPOSE_LABELS[DisclosurePurpose(opening.why)],
        }
        key = f"{NOTIFY_JOB}.{opening.public_id}" + (".carried" if carried else "")
        flags = ({"file": True} if opening.file else {}) | ({"carried": True} if carried else {})
        defer_once(queue="intake", task=NOTIFY_JOB, key=key, arguments={"key": key, **arguments, **flags})


def _reseal_own_parts(opening: DisclosureRequest, holder: Holder, pair: KeyPair) -> list[DisclosedShare]:
    """Re-encrypt the custodian's two parts of the key to the requester."""
    lock_id = require_lock_id(opening)
    requester_key = PublicKey(bytes(opening.holder.public))
    parts = []
    copies = WrappedKey.objects.filter(lock_id=lock_id, group_key__group="IDENTITY").select_related("group_key")
    for copy in copies:
        share = (
            KeyShare.objects.filter(group_key=copy.group_key, holder=holder, part=0).select_related("group_key").first()
        )
        number = copy.group_key.part
        if number and share is not None:
            group = KeyPair.of(open_share(share, pair))
            part = envelopes.open_envelope(
                copy.ciphertext, pair=group, context=format_lock_context(copy.lock_id, number)
            )
            context = format_part_context(str(opening.public_id), number)
            parts.append(
                DisclosedShare(
                    opening=opening,
                    part=number,
                    ciphertext=envelopes.seal_envelope(part, to=requester_key, context=context),
                )
            )
    if {row.part for row in parts} != set(get_parts(holder.seat or 0)):
        raise RuleViolation(_("Khóa của bạn chưa đủ để mở danh tính này: cần chuyển khóa cũ hoặc trao lại khóa."))
    return parts


@transaction.atomic
def refuse_request(*, opening_id: str, officer: Officer, text: str, now: dt.datetime) -> None:
    """Refuse a request; one custodian's refusal is enough. Raises `Refusal`."""
    opening = _get_request_for_update(officer, opening_id)
    if (
        get_disclosure_state(get_request_facts(opening), now) not in ACTIVE_STATES - {DisclosureState.OPEN}
        or officer.pk == opening.requester_id
    ):
        raise RuleViolation(_("Yêu cầu này không còn chờ ai."))
    if len(text) < 10:
        raise RuleViolation(_("Viết rõ vì sao không đồng ý, ít nhất 10 ký tự."))
    opening.refused_at, opening.refused_by = now, officer
    seal_refusal(opening, text, now=now)
    opening.save()
    opening.parts.all().delete()
    _record_action("refused", officer, opening, {"why": opening.why}, now)


@transaction.atomic
def read_identity(*, opening_id: str, officer: Officer, holder: Holder, pair: KeyPair, now: dt.datetime) -> list[Fact]:
    """Return the identity to the requester while access is open; every read is audited. Raises `Refusal`."""
    opening = _get_open_request(opening_id, officer, holder, now)
    if opening.file or opening.reporter_id is None:
        raise RuleViolation(_("Yêu cầu này không phải về danh tính."))
    lock = _join_conversation_key(opening, pair)
    _record_action("read", officer, opening, {"why": opening.why}, now)
    return _decrypt_facts(opening.reporter_id, lock)


@transaction.atomic
def read_disclosed_original(
    *, opening_id: str, officer: Officer, holder: Holder, pair: KeyPair, now: dt.datetime
) -> bytes:
    """Return the original file, at most files.LIMIT bytes, to the requester while access is open.

    Every read is audited. Raises `Refusal`.
    """
    opening = _get_open_request(opening_id, officer, holder, now)
    if not opening.file:
        raise RuleViolation(_("Yêu cầu này không phải về một tệp."))
    lock = _join_conversation_key(opening, pair)
    try:
        data = envelopes.open_envelope(file_storage.read_file(opening.file), pair=lock, context=opening.file_context)
    except (FileNotFoundError, envelopes.EnvelopeError):
        raise RuleViolation(_(ORIGINAL_DELETED)) from None
    if len(data) > file_storage.MAX_BYTES:
        raise RuleViolation(_("Tệp này quá lớn để tải ở đây."))
    _record_action(ReadKind.ORIGINAL, officer, opening, {"why": opening.why, "bytes": len(data)}, now)
    return data


def _get_open_request(opening_id: str, officer: Officer, holder: Holder, now: dt.datetime) -> DisclosureRequest:
    opening = (
        DisclosureRequest.objects.select_related("reporter__lock")
        .filter(public_id=opening_id, requester=officer)
        .first()
    )
    allowed = list_visible_requests(officer).filter(public_id=opening_id).exists()
    if (
        opening is None
        or not allowed
        or get_disclosure_state(get_request_facts(opening), now) is not DisclosureState.OPEN
    ):
        raise RuleViolation(_("Yêu cầu này không mở cho bạn."))
    if not is_still_entitled(opening):
        raise RuleViolation(NO_LONGER_ENTITLED)
    if opening.holder_id != holder.pk:
        raise RuleViolation(_("Khóa của bạn đã đổi từ khi xin mở. Xin mở lại."))
    return opening


def require_lock_id(opening: DisclosureRequest) -> int:
    """Return the id of the conversation key. Raises `Refusal` where the key was destroyed."""
    if opening.lock_id is None:
        raise RuleViolation(_(_get_gone_message(opening)))
    return opening.lock_id


def _get_gone_message(opening: DisclosureRequest) -> str:
    return ORIGINAL_DELETED if opening.file else FORGOTTEN


def _join_conversation_key(opening: DisclosureRequest, pair: KeyPair) -> KeyPair:
    """Join the key from its three parts. Refused where the key's copies were destroyed meanwhile."""
    parts = {
        row.part: envelopes.open_envelope(
            row.ciphertext, pair=pair, context=format_part_context(str(opening.public_id), row.part)
        )
        for row in opening.parts.all()
    }
    if len(parts) != 3 or not WrappedKey.objects.filter(lock_id=require_lock_id(opening)).exists():
        raise RuleViolation(_(_get_gone_message(opening)))
    return KeyPair.of(join_parts(parts))


def _decrypt_facts(reporter_id: int, lock: KeyPair) -> list[Fact]:
    labels = dict(Identity.Field.choices)
    facts = [
        Fact(
            str(labels[row.field]),
            envelopes.open_envelope(
                row.ciphertext, pair=lock, context=format_identity_context(reporter_id, row.field)
            ).decode(),
        )
        for row in Identity.objects.filter(reporter_id=reporter_id).order_by("id")
    ]
    for row in Contact.objects.filter(reporter_id=reporter_id).order_by("id"):
        try:
            value = envelopes.open_envelope(
                row.custody_sealed, pair=lock, context=format_contact_context(row.channel_id, row.key)
            )
        except envelopes.EnvelopeError:  # encrypted to a key that was destroyed when the person was erased
            continue
        facts.append(Fact(_(CHANNEL_ID), value.decode(), of_chat=True))
    return facts


def _get_request_for_update(officer: Officer, opening_id: str) -> DisclosureRequest:
    """Return the request, row locked, for a custodian without a conflict of interest."""
    visible = list_visible_requests(officer).filter(public_id=opening_id).values("pk")
    rows = DisclosureRequest.objects.select_for_update(of=("self",)).select_related("reporter", "holder")
    opening = rows.filter(pk__in=visible).first()
    if opening is None:
        raise RuleViolation(_("Không có yêu cầu này."))
    return opening


def _record_action(
    verb: str, officer: Officer, opening: DisclosureRequest, detail: dict[str, object], now: dt.datetime
) -> None:
    audit_detail = detail | {"opening": str(opening.public_id)}
    name = verb if "." in verb else f"{'original' if opening.file else 'identity'}_{verb}"
    record_actions(
        [AuditAction(get_audit_actor(officer), name, opening.subject, officer.unit_id, audit_detail)], now=now
    )
