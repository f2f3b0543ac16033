"""Key ceremony: share indexes are assigned, first keys move from files to people, all data is re-encrypted.

Run by the operator as database owner, with the key holders present (docs/operations.md). Nothing here needs a
passphrase: a new key is encrypted to the public keys of its future holders, then forgotten.
"""

import datetime as dt
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction

from binhyen.audit.services import AuditAction, record_actions
from binhyen.people.services import RuleViolation
from binhyen.vault import group_keys
from binhyen.vault.envelopes import PublicKey, get_fingerprint
from binhyen.vault.key_distribution import list_holders
from binhyen.vault.models import GroupKey, Holder, KeyGroup, KeyShare
from binhyen.vault.queries import is_group_ready, list_founding_groups
from binhyen.vault.rules import MACHINE_GROUPS, PEOPLE_GROUPS, SPLIT_GROUPS
from binhyen.vault.secret_sharing import SHARE_INDEXES
from binhyen.vault.services import key_rotation, sealed_reasons
from binhyen.vault.services.key_holders import is_entitled


@transaction.atomic
def assign_seat(*, holder: Holder, seat: int | None, actor: str, now: dt.datetime) -> None:
    """Assign a share index to a holder.

    The shares follow at the ceremony, from a colleague, or at the next rotation.
    """
    if seat is not None and seat not in SHARE_INDEXES:
        raise RuleViolation("Ghế là 1, 2 hoặc 3.")
    if KeyShare.objects.filter(holder=holder).exists() and seat != holder.seat:
        raise RuleViolation("Người này đã giữ phần khóa khác. Người ấy tạo khóa mới trước, rồi mới đổi phần khóa.")
    Holder.objects.filter(pk=holder.pk).update(seat=seat)
    record_actions([AuditAction(actor, "seat_given", format_holder_subject(holder), detail={"seat": seat})], now=now)


def describe_missing_holders() -> list[str]:
    """Describe missing holders that block the ceremony; empty: it may begin."""
    holders = list(Holder.objects.filter(retired_at=None).select_related("officer"))
    recovery_seats = {holder.seat for holder in holders if holder.officer_id is None}
    problems = []
    for group in PEOPLE_GROUPS:
        seats = {holder.seat for holder in holders if holder.officer_id is not None and is_entitled(holder, group)}
        if group in SPLIT_GROUPS and len(seats & set(SHARE_INDEXES)) < 3:
            problems.append(f"{group}: cần người giữ ở cả ba phần khóa, mới có phần khóa {_format_seats(seats)}.")
        elif group not in SPLIT_GROUPS and not seats:
            problems.append(f"{group}: chưa có ai của bàn này tạo khóa riêng.")
        elif group not in SPLIT_GROUPS and len(recovery_seats & set(SHARE_INDEXES)) < 3:
            problems.append(
                f"{group}: cần khóa khôi phục ở cả ba phần khóa, mới có phần khóa {_format_seats(recovery_seats)}."
            )
    return problems


def describe_underheld_groups() -> list[str]:
    """Describe handed-over keys with too few holders: an empty desk, or missing recovery share indexes."""
    problems = []
    for group in filter(is_group_ready, PEOPLE_GROUPS):
        current_holders = list_holders(group)
        officer_seats = {
            holder.seat for holder in current_holders if holder.officer_id is not None and is_entitled(holder, group)
        }
        recovery_seats = {holder.seat for holder in current_holders if holder.officer_id is None} & set(SHARE_INDEXES)
        if len(officer_seats - {None} if group in SPLIT_GROUPS else officer_seats) < (
            2 if group in SPLIT_GROUPS else 1
        ):
            problems.append(
                f"{group}: không còn đủ người giữ để mở. Hai phong bì: custody recover {group} --to NGƯỜI …"
            )
        if len(recovery_seats) < 3:
            problems.append(
                f"{group}: phần khôi phục chỉ ở phần khóa {_format_seats(recovery_seats)}. "
                "custody spare, rồi «Thay khóa của nhóm» ở /giu-kin,"
                " gõ dấu của phong bì mới."
            )
    return problems


def hold_ceremony(*, actor: str, now: dt.datetime) -> list[GroupKey]:
    """Create new keys for every group whose key still lies in a file; they are used at once. Raises `Refusal`."""
    if problems := describe_missing_holders():
        raise RuleViolation("\n".join(problems))
    current = set(GroupKey.objects.filter(retired_at=None, founding=True).values_list("group", flat=True))
    return [
        key
        for group in PEOPLE_GROUPS
        if group in current
        for key in key_rotation.rotate_group_key(group, actor=actor, now=now)
    ]


def run_start_tasks(*, now: dt.datetime) -> None:
    """Finish key work at start.

    A ceremony older than the REASON group gets that key for its custodians, without any passphrase. Plaintext reasons
    are encrypted. Retired machine keys are destroyed: the gateway's by no job, because the process that may delete it
    runs none.
    """
    if is_group_ready(KeyGroup.IDENTITY) and not is_group_ready(KeyGroup.REASON):
        with suppress(RuleViolation):  # no holder exists, nor anything to open
            key_rotation.rotate_group_key(KeyGroup.REASON, actor="system:start", now=now)
            key_rotation.destroy_unused([KeyGroup.REASON], actor="system:start", now=now, grace=dt.timedelta(0))
    sealed_reasons.seal_plaintext_reasons(now=now)
    key_rotation.destroy_unused(MACHINE_GROUPS, actor="system:start", now=now)


def rewrap_first_keys() -> bool:
    """Re-encrypt everything under the first keys, batch by batch; return whether anything was moved."""
    moved = False
    while key_rotation.rewrap_founding():
        moved = True
    group_keys.clear_key_cache()
    return moved


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """Status of a group's key. `left`: data that still needs it, `holders`: «name (phần khóa 2)», or the process."""

    group: str
    key: str
    part: int
    state: str
    left: str
    holders: tuple[str, ...]


def list_key_statuses(groups: tuple[str, ...] = (*MACHINE_GROUPS, *PEOPLE_GROUPS)) -> list[KeyStatus]:
    """List every key that is not destroyed, group by group, the newest first."""
    statuses = []
    for group in groups:
        for key in GroupKey.objects.filter(group=group, destroyed_at=None).order_by("part", "-id"):
            state = "đang dùng" if key.retired_at is None else "đã thay, chờ hủy"
            if key.founding:
                state += ", còn nằm trong tệp"
            shares = KeyShare.objects.filter(group_key=key).select_related("holder__officer").order_by("id")
            holder_names = dict.fromkeys(_format_holder(share.holder) for share in shares)
            left = (
                describe_amount([group], key_rotation.count_uses(key))
                if group in MACHINE_GROUPS or key.retired_at is not None
                else ""
            )
            statuses.append(
                KeyStatus(group, get_fingerprint(bytes(key.public)), key.part, state, left, tuple(holder_names))
            )
    return statuses


def describe_amount(groups: Iterable[str], rows: int) -> str:
    """Describe the data under these groups' keys; for people's groups only whether there is any.

    The number would reveal to the reader, or signer of the paper, how many complaints are hidden from them.
    """
    if set(groups) <= set(MACHINE_GROUPS):
        return f"còn {rows} mục nằm dưới"
    return "còn tin nằm dưới" if rows else "không còn gì nằm dưới"


def list_unfinished_groups() -> list[str]:
    """List groups whose first key is not destroyed yet."""
    return list_founding_groups()


def format_holder_subject(holder: Holder) -> str:
    return f"holder:{PublicKey(bytes(holder.public)).id.hex()}"


def _format_holder(holder: Holder) -> str:
    name = holder.officer.name if holder.officer else holder.label
    return f"{name} (phần khóa {holder.seat})" if holder.seat else name


def _format_seats(seats: set[int | None]) -> str:
    return ", ".join(str(seat) for seat in sorted(number for number in seats if number)) or "nào"
