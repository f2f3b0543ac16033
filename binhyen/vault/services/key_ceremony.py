"""Key ceremony: share indexes are assigned, first keys move from files to people, all data is re-encrypted.

Run by the operator as database owner, with the key holders present (docs/operations.md). Nothing here needs a
passphrase: a new key is encrypted to the public keys of its future holders, then forgotten.
"""

import datetime as dt
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction

from binhyen.audit.services import Act, record
from binhyen.people.services import Refusal
from binhyen.vault import group_keys
from binhyen.vault.envelopes import PublicKey, fingerprint
from binhyen.vault.key_distribution import holders_of
from binhyen.vault.models import Group, GroupKey, Holder, KeyShare
from binhyen.vault.queries import ready, waiting_for_people
from binhyen.vault.rules import MACHINES, PEOPLES, SPLIT
from binhyen.vault.secret_sharing import SEATS
from binhyen.vault.services import key_rotation, sealed_reasons
from binhyen.vault.services.key_holders import handles


@transaction.atomic
def sit(*, holder: Holder, seat: int | None, actor: str, now: dt.datetime) -> None:
    """Assign a share index to a holder.

    The shares follow at the ceremony, from a colleague, or at the next rotation.
    """
    if seat is not None and seat not in SEATS:
        raise Refusal("Ghế là 1, 2 hoặc 3.")
    if KeyShare.objects.filter(holder=holder).exists() and seat != holder.seat:
        raise Refusal("Người này đã giữ phần khóa của ghế khác. Người ấy tạo khóa mới trước, rồi mới đổi ghế.")
    Holder.objects.filter(pk=holder.pk).update(seat=seat)
    record([Act(actor, "seat_given", name_of(holder), detail={"seat": seat})], now=now)


def lacking() -> list[str]:
    """Describe missing holders that block the ceremony; empty: it may begin."""
    holders = list(Holder.objects.filter(retired_at=None).select_related("officer"))
    spare = {h.seat for h in holders if h.officer_id is None}
    found = []
    for group in PEOPLES:
        seats = {h.seat for h in holders if h.officer_id is not None and handles(h, group)}
        if group in SPLIT and len(seats & set(SEATS)) < 3:
            found.append(f"{group}: cần người giữ ở cả ba ghế, mới có ghế {_said(seats)}.")
        elif group not in SPLIT and not seats:
            found.append(f"{group}: chưa có ai của bàn này tạo khóa riêng.")
        elif group not in SPLIT and len(spare & set(SEATS)) < 3:
            found.append(f"{group}: cần khóa khôi phục ở cả ba ghế, mới có ghế {_said(spare)}.")
    return found


def thin() -> list[str]:
    """Describe handed-over keys with too few holders: an empty desk, or missing recovery share indexes."""
    found = []
    for group in filter(ready, PEOPLES):
        held = holders_of(group)
        people = {h.seat for h in held if h.officer_id is not None and handles(h, group)}
        spare = {h.seat for h in held if h.officer_id is None} & set(SEATS)
        if len(people - {None} if group in SPLIT else people) < (2 if group in SPLIT else 1):
            found.append(f"{group}: không còn đủ người giữ để mở. Hai phong bì: custody recover {group} --to NGƯỜI …")
        if len(spare) < 3:
            found.append(
                f"{group}: phần khôi phục chỉ ở ghế {_said(spare)}. custody spare, rồi «Thay khóa của nhóm» ở /giu-kin,"
                " gõ dấu của phong bì mới."
            )
    return found


def hold(*, actor: str, now: dt.datetime) -> list[GroupKey]:
    """Create new keys for every group whose key still lies in a file; they are used at once. Raises `Refusal`."""
    if problems := lacking():
        raise Refusal("\n".join(problems))
    current = set(GroupKey.objects.filter(retired_at=None, founding=True).values_list("group", flat=True))
    return [key for group in PEOPLES if group in current for key in key_rotation.renew(group, actor=actor, now=now)]


def catch_up(*, now: dt.datetime) -> None:
    """Finish key work at start.

    A ceremony older than the REASON group gets that key for its custodians, without any passphrase. Plaintext reasons
    are encrypted. Retired machine keys are destroyed: the gateway's by no job, because the process that may delete it
    runs none.
    """
    if ready(Group.IDENTITY) and not ready(Group.REASON):
        with suppress(Refusal):  # no holder exists, nor anything to open
            key_rotation.renew(Group.REASON, actor="system:start", now=now)
            key_rotation.destroy_unused([Group.REASON], actor="system:start", now=now, grace=dt.timedelta(0))
    sealed_reasons.seal_clear_ones(now=now)
    key_rotation.destroy_unused(MACHINES, actor="system:start", now=now)


def move() -> bool:
    """Re-encrypt everything under the first keys, batch by batch; return whether anything was moved."""
    moved = False
    while key_rotation.rewrap_founding():
        moved = True
    group_keys.forget_current()
    return moved


@dataclass(frozen=True, slots=True)
class Standing:
    """Status of a group's key. `left`: data that still needs it, as text; `holders`: «name (ghế 2)», or the process."""

    group: str
    key: str
    part: int
    state: str
    left: str
    holders: tuple[str, ...]


def standings(groups: tuple[str, ...] = (*MACHINES, *PEOPLES)) -> list[Standing]:
    """List every key that is not destroyed, group by group, the newest first."""
    found = []
    for group in groups:
        for key in GroupKey.objects.filter(group=group, destroyed_at=None).order_by("part", "-id"):
            state = "đang dùng" if key.retired_at is None else "đã thay, chờ hủy"
            if key.founding:
                state += ", còn nằm trong tệp"
            shares = KeyShare.objects.filter(group_key=key).select_related("holder__officer").order_by("id")
            people = dict.fromkeys(_of(share.holder) for share in shares)
            left = amount([group], key_rotation.uses(key)) if group in MACHINES or key.retired_at is not None else ""
            found.append(Standing(group, fingerprint(bytes(key.public)), key.part, state, left, tuple(people)))
    return found


def amount(groups: Iterable[str], rows: int) -> str:
    """Describe the data under these groups' keys; for people's groups only whether there is any.

    The number would reveal to the reader, or signer of the paper, how many complaints are hidden from them.
    """
    if set(groups) <= set(MACHINES):
        return f"còn {rows} mục nằm dưới"
    return "còn tin nằm dưới" if rows else "không còn gì nằm dưới"


def still_waiting() -> list[str]:
    """List groups whose first key is not destroyed yet."""
    return waiting_for_people()


def name_of(holder: Holder) -> str:
    return f"holder:{PublicKey(bytes(holder.public)).id.hex()}"


def _of(holder: Holder) -> str:
    name = holder.officer.name if holder.officer else holder.label
    return f"{name} (ghế {holder.seat})" if holder.seat else name


def _said(seats: set[int | None]) -> str:
    return ", ".join(str(seat) for seat in sorted(s for s in seats if s)) or "nào"
