"""Offline transfer to the isolated machine: encrypted rows are exported as a bundle, signed approvals imported.

The contents of a bundle stay encrypted; exports and imports are entries of the audit log.
"""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from binhyen.audit.services import Act, record
from binhyen.kit import file_storage
from binhyen.kit.clock import VIETNAM
from binhyen.people.models import Officer
from binhyen.people.services import Refusal, actor_of
from binhyen.vault.envelopes import fingerprint
from binhyen.vault.models import Contact, Holder, Identity, KeyShare, LockCopy, OpenedPart, Opening
from binhyen.vault.offline.bundles import Answer, Bundle, Envelope, NewKey, Share
from binhyen.vault.queries import contact_context, identity_context, lock_context, share_context
from binhyen.vault.rules import WHY_LABELS, Why
from binhyen.vault.sealed_desks import SealedDesk, Talk
from binhyen.vault.services import sealed_reasons
from binhyen.vault.services.disclosure import (
    CHANNEL_ID,
    GONE,
    access_waiting,
    agree_with,
    let_know,
    lock_id_of,
)
from binhyen.vault.services.key_holders import replace_holder

SEALED = "niêm phong, hiện ra sau khi mở khóa"


@transaction.atomic
def take_key(
    *, officer: Officer, key: NewKey, seat: int | None = None, alone: bool = False, command: str = "", now: dt.datetime
) -> Holder:
    """Register a person's key whose private half lies on the isolated machine: here it opens nothing.

    A former key is retired; sending the same key again changes nothing. `command`: audit name of a server command that
    places the key without its officer, for later acceptance. `confirm_last`: as in `create_holder`. Raises
    `Refusal`.
    """
    actor, said = command or actor_of(officer), {"of": actor_of(officer)}
    former = Holder.objects.select_for_update().filter(officer=officer, retired_at=None).first()
    if former is not None:
        if former.placed_at is None and (former.public, former.verify) == (key.public, key.verify):
            return former
        seat = seat or former.seat
        replace_holder(former, alone=alone, actor=actor, now=now, **said)
    holder = Holder.objects.create(
        officer=officer, seat=seat, public=key.public, verify=key.verify, wrapped=b"", created_at=now,
        placed_at=now if command else None,
    )  # fmt: skip
    detail = {"seat": seat, "elsewhere": True, **said}
    record([Act(actor, "key_made", f"key:{fingerprint(key.public)}", officer.unit_id, detail)], now=now)
    return holder


@transaction.atomic
def carry_opening(*, opening_id: str, officer: Officer, command: str = "", now: dt.datetime) -> Bundle:
    """Export a waiting request with all encrypted rows that two custodians and the requester need.

    From now on it may be opened unobserved, so the reporter is notified at once. `command`: server command that exports
    in the officer's name. Raises `Refusal`.
    """
    opening = access_waiting(officer, opening_id, now=now)
    copies = LockCopy.objects.filter(lock_id=lock_id_of(opening), group_key__group="IDENTITY", group_key__part__gt=0)
    facts = {
        "Xin mở": "bản gốc một tệp" if opening.file else "danh tính",
        "Việc": opening.subject, "Người xin": opening.requester.name,
        "Khóa người xin": fingerprint(bytes(opening.holder.public)),
        "Loại lý do": WHY_LABELS[Why(opening.why)], "Lý do": SEALED if opening.words_lock_id else opening.reason,
        "Thời gian xem": f"{opening.hours} giờ",
        "Xin lúc": f"{opening.asked_at.astimezone(VIETNAM):%H:%M, %d/%m/%Y}",
    }  # fmt: skip
    rows = [] if opening.file else _facts(opening.reporter_id or 0)
    locked, shares = _locked(copies)
    said, keys = _locked(LockCopy.objects.filter(lock=opening.words_lock, group_key__group="REASON"))
    bundle = Bundle(
        "opening", str(opening.public_id), facts, locked, [*shares, *keys], rows, bytes(opening.holder.public), said,
        Envelope(bytes(opening.sealed_reason or b""), sealed_reasons.context(opening, "sealed_reason")), _original(opening),
    )  # fmt: skip
    if opening.carried_at is None:
        opening.carried_at = now
        opening.save(update_fields=["carried_at"])
        let_know(opening, carried=True)
    detail = {"opening": bundle.id, "rows": len(bundle.rows), "of": actor_of(officer)}
    record([Act(command or actor_of(officer), "identity_carried", opening.subject, officer.unit_id, detail)], now=now)
    return bundle


@transaction.atomic
def carry_words(*, desk: SealedDesk, talk: Talk, officer: Officer, command: str = "", now: dt.datetime) -> Bundle:
    """Export a sealed conversation that the desk shows to the officer; `command` as above."""
    copies = LockCopy.objects.filter(lock_id=talk.lock_id, group_key__group=desk.group)
    rows = [
        Envelope(
            w.sealed,
            w.context,
            note=f"{w.at.astimezone(VIETNAM):%H:%M, %d/%m/%Y} · {'công an' if w.who else 'người báo'}",
        )
        for w in desk.words(talk.ref)
    ]
    pictures, left = _pictures(desk, talk.ref)
    facts = {"Bàn": desk.label, "Tin": talk.title, "Nơi": talk.place, "Tình trạng": talk.state}
    if left:
        facts["Ảnh, tệp không mang theo"] = f"{left} (bản gốc thì xin mở riêng)"
    bundle = Bundle("words", talk.ref, facts, *_locked(copies), rows, files=pictures)
    detail = {"words": len(rows), "of": actor_of(officer)}
    record([Act(command or actor_of(officer), "sealed_carried", talk.subject, officer.unit_id, detail)], now=now)
    return bundle


@transaction.atomic
def take_answer(*, answer: Answer, officer: Officer, now: dt.datetime) -> Opening:
    """Import approvals from the isolated machine, each checked like an approval here.

    `officer`: bringer of the file, without influence on the result. Repeated and third approvals are skipped. Raises
    `Refusal`.
    """
    opening = access_waiting(officer, answer.opening, now=now)
    for one in answer.approvals:
        mine = Holder.objects.filter(verify=one.verify, retired_at=None, placed_at=None)
        holder = mine.select_related("officer").first()
        if holder is None or holder.officer is None or not one.stands_for(str(opening.public_id)):
            raise Refusal("Chữ ký trong tệp này không phải của người giữ danh tính nào.")
        if opening.opened_at or opening.approvals.filter(officer=holder.officer).exists():
            continue
        parts = [OpenedPart(opening=opening, part=n, sealed=sealed) for n, sealed in sorted(one.parts.items())]
        opening = agree_with(opening=opening, officer=holder.officer, holder=holder, parts=parts, now=now)
    return opening


def _locked(copies: QuerySet[LockCopy]) -> tuple[list[Envelope], list[Share]]:
    """Return a key's copies as envelopes, and all holders' shares of the keys that encrypt them."""
    rows = list(copies.select_related("group_key").order_by("id"))
    envelopes = [
        Envelope(
            bytes(row.sealed), lock_context(row.lock_id, row.group_key.part), bytes(row.group_key.key_id).hex(),
            row.group_key.part,
        )
        for row in rows
    ]  # fmt: skip
    held = KeyShare.objects.filter(group_key__in=[row.group_key_id for row in rows], part=0, holder__retired_at=None)
    shares = [
        Share(
            bytes(share.holder.public),
            Envelope(
                bytes(share.sealed),
                share_context(bytes(share.group_key.key_id), 0),
                bytes(share.group_key.key_id).hex(),
            ),
        )
        for share in held.select_related("holder", "group_key").order_by("id")
    ]
    return envelopes, shares


def _original(opening: Opening) -> list[Envelope]:
    """Return the requested original file, still encrypted. Raises `Refusal`."""
    if not opening.file:
        return []
    if (sealed := file_storage.still(opening.file)) is None:
        raise Refusal(_(GONE))
    return [Envelope(sealed, opening.file_context, note="bản gốc")]


def _pictures(desk: SealedDesk, ref: str) -> tuple[list[Envelope], int]:
    """Return the previews that fit into one bundle, and how many files are left out."""
    told, room, found = desk.files(ref), file_storage.LIMIT, []
    for number, file in enumerate(told, start=1):
        sealed = file_storage.still(file.path) if file.path else None
        if sealed and len(sealed) <= room:
            found.append(Envelope(sealed, file.context, note=f"anh-{number}.jpg"))
            room -= len(sealed)
    return found, len(told) - len(found)


def _facts(reporter_id: int) -> list[Envelope]:
    labels = dict(Identity.Field.choices)
    rows = [
        Envelope(bytes(row.sealed), identity_context(reporter_id, row.field), note=str(labels[row.field]))
        for row in Identity.objects.filter(reporter_id=reporter_id).order_by("id")
    ]
    return rows + [
        Envelope(bytes(row.custody_sealed), contact_context(row.channel_id, row.key), note=CHANNEL_ID)
        for row in Contact.objects.filter(reporter_id=reporter_id).order_by("id")
    ]
