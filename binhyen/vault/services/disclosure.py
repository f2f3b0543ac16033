"""Disclosure of an identity or an original picture: two custodians open it for one officer and a limited time.

Each custodian decrypts their parts of the reporter's key and encrypts them to the requester: no custodian ever sees the
identity, one of them alone discloses nothing, and reading needs the requester's own passphrase.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.rules.read_events import Read
from binhyen.audit.services import Act, record
from binhyen.kit import file_storage
from binhyen.kit.i18n_markers import N_
from binhyen.kit.jobs import defer_once
from binhyen.kit.locks import Lock, wait_for
from binhyen.people.access import may
from binhyen.people.models import Officer
from binhyen.people.roles import May
from binhyen.people.services import Refusal, actor_of
from binhyen.vault import envelopes
from binhyen.vault.envelopes import Pair, PublicKey
from binhyen.vault.models import Approval, Contact, Holder, Identity, KeyShare, LockCopy, OpenedPart, Opening, Reporter
from binhyen.vault.offline.airgapped import part_context
from binhyen.vault.queries import (
    asked_of,
    conflicted,
    contact_context,
    holder_id_of,
    identity_context,
    lock_context,
    openings_of,
    ready,
    still_theirs,
    visible_openings,
)
from binhyen.vault.rules import RUNNING, WHY_LABELS, State, Why, approval_problem, reason_problem, state_of
from binhyen.vault.secret_sharing import join, parts_of
from binhyen.vault.services.encrypt import SealedFile
from binhyen.vault.services.key_holders import opened_share
from binhyen.vault.services.sealed_reasons import seal_reason, seal_refusal

TELL = "cases.tell_opened"  # notifies the person in their chat; the job belongs to a feature above
CHANNEL_ID = N_("mã tài khoản trên kênh chat")
NOT_READY = N_("Chưa trao khóa cho người giữ danh tính, nên chưa mở được danh tính của ai.")
NOTHING_KEPT = N_("Người này không để lại tên, số điện thoại hay kênh nào. Không có gì để mở.")
NO_KEY = N_("Bạn cần tạo khóa riêng trước, tại trang Giữ kín.")
FORGOTTEN = N_("Người này đã được quên theo yêu cầu của họ.")
GONE = N_("Bản gốc này đã được xóa.")
NOT_THEIRS = N_("Người xin đã đổi đơn vị, đổi việc, hoặc việc này nay thuộc nơi khác. Cần thì xin lại.")


@dataclass(frozen=True, slots=True)
class Fact:
    """A disclosed fact. `label`: «họ tên», or the person's id on a channel (`of_chat`)."""

    label: str
    value: str
    of_chat: bool = False


@transaction.atomic
def ask(
    *, officer: Officer, reporter_id: int | None, subject: str, why: str, reason: str, hours: int,
    file: SealedFile | None = None, now: dt.datetime,
) -> Opening:  # fmt: skip
    """Request the disclosure of an identity, or of a `file` that the reporter (None: an officer) sent.

    The caller has checked the officer's access to the subject. Raises `Refusal`.
    """
    if problem := reason_problem(reason, hours, why):
        raise Refusal(problem)
    holder = holder_id_of(officer)
    if holder is None:
        raise Refusal(NO_KEY)
    if not (ready("IDENTITY") and ready("REASON")):
        raise Refusal(NOT_READY)
    path = file.path if file else ""
    wait_for(Lock.ASKING)  # a double click is one request: the second one sees the first
    if any(known.state in RUNNING for known in openings_of(officer, reporter_id, path, subject=subject, now=now)):
        raise Refusal(_("Bạn đã có một yêu cầu đang chờ hoặc đang mở."))
    if file is None and reporter_id is not None and Reporter.objects.filter(pk=reporter_id, lock=None).exists():
        raise Refusal(NOTHING_KEPT)
    opening = Opening(
        reporter_id=reporter_id, subject=subject, requester=officer, asked_as=officer.role,
        asked_unit_id=officer.unit_id, holder_id=holder, why=why, hours=hours, asked_at=now,
        file=path, file_context=file.context if file else "", file_lock_id=file.lock_id if file else None,
    )  # fmt: skip
    seal_reason(opening, reason, now=now)
    opening.save(force_insert=True)
    if conflicted(opening, [officer.pk]):
        raise Refusal(_("Việc này phải do người không liên quan xem xét."))
    _record("asked", officer, opening, {"why": why, "hours": hours}, now)
    return opening


@transaction.atomic
def approve(*, opening_id: str, officer: Officer, holder: Holder, pair: Pair, now: dt.datetime) -> Opening:
    """Approve as a custodian; the second approval opens the request. Raises `Refusal`."""
    opening = _one(officer, opening_id)
    _check(opening, officer, holder, now)
    return _agree(opening, officer, holder, _own_parts(opening, holder, pair), now)


def access_waiting(officer: Officer, opening_id: str, *, now: dt.datetime) -> Opening:
    """Return a waiting request, row locked, for a custodian without a conflict of interest. Raises `Refusal`."""
    opening = _one(officer, opening_id)
    if not may(officer, May.OPEN_IDENTITY) or state_of(asked_of(opening), now) not in {State.ASKED, State.HALF}:
        raise Refusal(_("Yêu cầu này không còn chờ ai."))
    if not still_theirs(opening):
        raise Refusal(NOT_THEIRS)
    return opening


def agree_with(
    *, opening: Opening, officer: Officer, holder: Holder, parts: list[OpenedPart], now: dt.datetime
) -> Opening:
    """Approve with parts decrypted on the isolated machine, under the same conditions. Raises `Refusal`."""
    if not (may(officer, May.OPEN_IDENTITY) and visible_openings(officer).filter(pk=opening.pk).exists()):
        raise Refusal(_("Chữ ký trong tệp này không phải của người giữ danh tính nào."))
    _check(opening, officer, holder, now)
    if {row.part for row in parts} != set(parts_of(holder.seat or 0)):
        raise Refusal(_("Tệp này thiếu phần khóa của người đồng ý."))
    return _agree(opening, officer, holder, parts, now, elsewhere=True)


def _check(opening: Opening, officer: Officer, holder: Holder, now: dt.datetime) -> None:
    asked = asked_of(opening)
    barred = conflicted(opening, {officer.pk, asked.requester_id, *asked.approver_ids})
    if problem := approval_problem(asked, officer_id=officer.pk, seat=holder.seat, now=now, conflicted=barred):
        raise Refusal(problem)
    if not still_theirs(opening):
        raise Refusal(NOT_THEIRS)
    if not all(may(approval.officer, May.OPEN_IDENTITY) for approval in opening.approvals.select_related("officer")):
        raise Refusal(_("Người đồng ý trước không còn giữ danh tính. Người xin cần xin lại."))


def _agree(
    opening: Opening, officer: Officer, holder: Holder, parts: list[OpenedPart], now: dt.datetime, **how: object
) -> Opening:
    OpenedPart.objects.bulk_create(parts, ignore_conflicts=True)
    Approval.objects.create(opening=opening, officer=officer, seat=holder.seat or 0, at=now)
    if opening.approvals.count() == 2:
        opening.opened_at, opening.ends_at = now, now + dt.timedelta(hours=opening.hours)
        opening.save(update_fields=["opened_at", "ends_at"])
        let_know(opening)
    verb = "opened" if opening.opened_at else "approved"
    _record(verb, officer, opening, {"why": opening.why, "seat": holder.seat} | how, now)
    return opening


def let_know(opening: Opening, *, carried: bool = False) -> None:
    """Notify the reporter.

    `carried`: exported to a machine without network, where it may be opened before any answer.
    """
    if opening.reporter_id is not None:
        known = {"reporter_id": opening.reporter_id, "subject": opening.subject, "why": WHY_LABELS[Why(opening.why)]}
        key = f"{TELL}.{opening.public_id}" + (".carried" if carried else "")
        more = ({"file": True} if opening.file else {}) | ({"carried": True} if carried else {})
        defer_once(queue="intake", task=TELL, key=key, arguments={"key": key, **known, **more})


def _own_parts(opening: Opening, holder: Holder, pair: Pair) -> list[OpenedPart]:
    """Re-encrypt the custodian's two parts of the key to the requester."""
    lock_id = lock_id_of(opening)
    to = PublicKey(bytes(opening.holder.public))
    parts = []
    copies = LockCopy.objects.filter(lock_id=lock_id, group_key__group="IDENTITY").select_related("group_key")
    for copy in copies:
        share = (
            KeyShare.objects.filter(group_key=copy.group_key, holder=holder, part=0).select_related("group_key").first()
        )
        number = copy.group_key.part
        if number and share is not None:
            group = Pair.of(opened_share(share, pair))
            part = envelopes.open_(copy.sealed, pair=group, context=lock_context(copy.lock_id, number))
            context = part_context(str(opening.public_id), number)
            parts.append(OpenedPart(opening=opening, part=number, sealed=envelopes.seal(part, to=to, context=context)))
    if {row.part for row in parts} != set(parts_of(holder.seat or 0)):
        raise Refusal(_("Khóa của bạn chưa đủ để mở danh tính này: cần chuyển khóa cũ hoặc trao lại khóa."))
    return parts


@transaction.atomic
def refuse(*, opening_id: str, officer: Officer, text: str, now: dt.datetime) -> None:
    """Refuse a request; one custodian's refusal is enough. Raises `Refusal`."""
    opening = _one(officer, opening_id)
    if state_of(asked_of(opening), now) not in RUNNING - {State.OPEN} or officer.pk == opening.requester_id:
        raise Refusal(_("Yêu cầu này không còn chờ ai."))
    if len(text) < 10:
        raise Refusal(_("Viết rõ vì sao không đồng ý, ít nhất 10 ký tự."))
    opening.refused_at, opening.refused_by = now, officer
    seal_refusal(opening, text, now=now)
    opening.save()
    opening.parts.all().delete()
    _record("refused", officer, opening, {"why": opening.why}, now)


@transaction.atomic
def read(*, opening_id: str, officer: Officer, holder: Holder, pair: Pair, now: dt.datetime) -> list[Fact]:
    """Return the identity to the requester while access is open; every read is audited. Raises `Refusal`."""
    opening = _opened(opening_id, officer, holder, now)
    if opening.file or opening.reporter_id is None:
        raise Refusal(_("Yêu cầu này không phải về danh tính."))
    lock = _lock_of(opening, pair)
    _record("read", officer, opening, {"why": opening.why}, now)
    return _facts(opening.reporter_id, lock)


@transaction.atomic
def read_original(
    *, opening_id: str, officer: Officer, holder: Holder, pair: Pair, now: dt.datetime
) -> bytes:  # fmt: skip
    """Return the original file, at most files.LIMIT bytes, to the requester while access is open.

    Every read is audited. Raises `Refusal`.
    """
    opening = _opened(opening_id, officer, holder, now)
    if not opening.file:
        raise Refusal(_("Yêu cầu này không phải về một tệp."))
    lock = _lock_of(opening, pair)
    try:
        data = envelopes.open_(file_storage.read(opening.file), pair=lock, context=opening.file_context)
    except (FileNotFoundError, envelopes.Refused):
        raise Refusal(_(GONE)) from None
    if len(data) > file_storage.LIMIT:
        raise Refusal(_("Tệp này quá lớn để tải ở đây."))
    _record(Read.ORIGINAL, officer, opening, {"why": opening.why, "bytes": len(data)}, now)
    return data


def _opened(opening_id: str, officer: Officer, holder: Holder, now: dt.datetime) -> Opening:
    opening = Opening.objects.select_related("reporter__lock").filter(public_id=opening_id, requester=officer).first()
    allowed = visible_openings(officer).filter(public_id=opening_id).exists()
    if opening is None or not allowed or state_of(asked_of(opening), now) is not State.OPEN:
        raise Refusal(_("Yêu cầu này không mở cho bạn."))
    if not still_theirs(opening):
        raise Refusal(NOT_THEIRS)
    if opening.holder_id != holder.pk:
        raise Refusal(_("Khóa của bạn đã đổi từ khi xin mở. Xin mở lại."))
    return opening


def lock_id_of(opening: Opening) -> int:
    """Return the id of the conversation key. Raises `Refusal` where the key was destroyed."""
    if opening.lock_id is None:
        raise Refusal(_(_gone(opening)))
    return opening.lock_id


def _gone(opening: Opening) -> str:
    return GONE if opening.file else FORGOTTEN


def _lock_of(opening: Opening, pair: Pair) -> Pair:
    """Join the key from its three parts. Refused where the key's copies were destroyed meanwhile."""
    parts = {
        row.part: envelopes.open_(row.sealed, pair=pair, context=part_context(str(opening.public_id), row.part))
        for row in opening.parts.all()
    }
    if len(parts) != 3 or not LockCopy.objects.filter(lock_id=lock_id_of(opening)).exists():
        raise Refusal(_(_gone(opening)))
    return Pair.of(join(parts))


def _facts(reporter_id: int, lock: Pair) -> list[Fact]:
    labels = dict(Identity.Field.choices)
    facts = [
        Fact(
            str(labels[row.field]),
            envelopes.open_(row.sealed, pair=lock, context=identity_context(reporter_id, row.field)).decode(),
        )
        for row in Identity.objects.filter(reporter_id=reporter_id).order_by("id")
    ]
    for row in Contact.objects.filter(reporter_id=reporter_id).order_by("id"):
        try:
            value = envelopes.open_(row.custody_sealed, pair=lock, context=contact_context(row.channel_id, row.key))
        except envelopes.Refused:  # encrypted to a key that was destroyed when the person was erased
            continue
        facts.append(Fact(_(CHANNEL_ID), value.decode(), of_chat=True))
    return facts


def _one(officer: Officer, opening_id: str) -> Opening:
    """Return the request, row locked, for a custodian without a conflict of interest."""
    visible = visible_openings(officer).filter(public_id=opening_id).values("pk")
    rows = Opening.objects.select_for_update(of=("self",)).select_related("reporter", "holder")
    opening = rows.filter(pk__in=visible).first()
    if opening is None:
        raise Refusal(_("Không có yêu cầu này."))
    return opening


def _record(verb: str, officer: Officer, opening: Opening, detail: dict[str, object], now: dt.datetime) -> None:
    known = detail | {"opening": str(opening.public_id)}
    name = verb if "." in verb else f"{'original' if opening.file else 'identity'}_{verb}"
    record([Act(actor_of(officer), name, opening.subject, officer.unit_id, known)], now=now)
