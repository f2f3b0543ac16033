"""Rules of custody: roles, time limits, disclosure requests, passphrases. Pure."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from binhyen.kit.i18n_markers import N_
from binhyen.people.roles import Role

# Roles that may receive a group's private key. No commune chief holds one: a commune receives an extract instead.
KEY_ROLES: dict[str, frozenset[Role]] = {
    "IDENTITY": frozenset({Role.CUSTODIAN}),
    "TIPS": frozenset({Role.PROVINCE_DUTY}),
    # Complaints about police, for the desk that is allowed to see one (people/conflicts.py).
    "CONDUCT": frozenset({Role.PROVINCE_DUTY, Role.PROVINCE_STAFF}),
    "DIRECTOR": frozenset({Role.DIRECTOR}),
    "INSPECT": frozenset({Role.INSPECTOR}),
    # Reason of a disclosure request: a whole key, because each custodian reads the reason alone before deciding.
    "REASON": frozenset({Role.CUSTODIAN}),
}
PEOPLES = tuple(KEY_ROLES)
MACHINES = ("DOOR", "INTAKE", "DELIVERY")
SPLIT = frozenset({"IDENTITY"})  # split into three shares: one person alone cannot open it (secret_sharing.py)

IDLE = dt.timedelta(minutes=10)  # idle timeout of an unlocked key
LONGEST = dt.timedelta(hours=2)  # absolute timeout of an unlocked key
HOURS = (4, 24, 72)  # choices for how long the requester may read an identity
WAITS = dt.timedelta(hours=72)  # a request without an answer expires after this
PLACED = N_("Một lệnh trên máy chủ vừa đặt khóa khác đứng tên bạn hoặc người cùng bàn.")
REASON = (20, 1000)  # length in characters; the error message below names the limits


def may_hold(group: str, role: str) -> bool:
    """Return whether this role may hold the group's key; False for unknown roles."""
    return role in KEY_ROLES.get(group, ())


class Why(StrEnum):
    """Purpose of a disclosure: the only part of a request that is shown to the reporter."""

    DANGER = "DANGER"
    PROTECT = "PROTECT"
    INQUIRY = "INQUIRY"
    COURT = "COURT"
    RETURN = "RETURN"


WHY_LABELS = {
    Why.DANGER: N_("có người gặp nguy hiểm"),
    Why.PROTECT: N_("bảo vệ người báo tin"),
    Why.INQUIRY: N_("xác minh, điều tra vụ việc"),
    Why.COURT: N_("theo yêu cầu của viện kiểm sát hoặc tòa án"),
    Why.RETURN: N_("trả lại tài sản, báo kết quả tận nơi"),
}


class State(StrEnum):
    ASKED = "ASKED"
    HALF = "HALF"
    OPEN = "OPEN"
    REFUSED = "REFUSED"
    STOPPED = "STOPPED"
    LAPSED = "LAPSED"
    ENDED = "ENDED"


WAITING = frozenset({State.ASKED, State.HALF})
RUNNING = WAITING | {State.OPEN}
STATE_LABELS = {
    State.ASKED: N_("Chờ hai người giữ danh tính"),
    State.HALF: N_("Một người đã đồng ý, chờ người thứ hai"),
    State.OPEN: N_("Đang mở"),
    State.REFUSED: N_("Không đồng ý"),
    State.STOPPED: N_("Đã dừng: người xin đổi khóa, đổi việc, hoặc việc đã sang nơi khác"),
    State.LAPSED: N_("Quá hạn, không ai trả lời"),
    State.ENDED: N_("Đã hết hạn xem"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Disclosure request as the rules need it. `approver_ids`, `seats`: officers and share indexes of its approvals."""

    requester_id: int
    asked_at: dt.datetime
    approver_ids: frozenset[int] = frozenset()
    seats: frozenset[int] = frozenset()
    opened_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    refused: bool = False
    stopped: bool = False  # ended without a refusal: it is bound to the key, role and unit the requester had


def state_of(asked: Asked, now: dt.datetime) -> State:
    if asked.refused:
        return State.REFUSED
    if asked.stopped:
        return State.STOPPED
    if asked.ends_at is not None:
        return State.OPEN if now < asked.ends_at else State.ENDED
    if now >= asked.asked_at + WAITS:
        return State.LAPSED
    return State.HALF if asked.approver_ids else State.ASKED


class Can(StrEnum):
    """Actions on a request that are allowed now."""

    APPROVE = "approve"
    REFUSE = "refuse"
    CARRY = "carry"  # export it to the isolated machine that holds the officer's own key
    READ = "read"
    ORIGINAL = "original"


def may_do(
    asked: Asked, *, officer_id: int, seat: int | None, custodian: bool, file: bool, now: dt.datetime
) -> frozenset[Can]:
    """Return the allowed actions.

    `custodian`: may open identities; `seat`: the officer's share index; `file`: asks for an original file.
    """
    state, mine = state_of(asked, now), officer_id == asked.requester_id
    can: set[Can] = set()
    if custodian and state in WAITING:
        can.add(Can.CARRY)
        if not mine:
            can.add(Can.REFUSE)
        if not approval_problem(asked, officer_id=officer_id, seat=seat, now=now):
            can.add(Can.APPROVE)
    if mine and state is State.OPEN:
        can.add(Can.ORIGINAL if file else Can.READ)
    return frozenset(can)


def in_conflict(people: Iterable[int | None], conflicted: Collection[int]) -> bool:
    """Return whether one of these officer ids is in the conflict set of the subject.

    The set holds officers complained about, close to it, or under its command; `people/access.py` decides it
    (`queries.find_conflicted_officers`).
    """
    return any(person in conflicted for person in people)


def approval_problem(
    asked: Asked, *, officer_id: int, seat: int | None, now: dt.datetime, conflicted: Collection[int] = ()
) -> str:
    """Return why this custodian may not approve, or "".

    `conflicted`: ids of officers with a conflict of interest; the requester and earlier approvers do not count either
    if they are in it now.
    """
    if in_conflict((officer_id, asked.requester_id, *asked.approver_ids), conflicted):
        return N_("Việc này phải do người không liên quan xem xét.")
    if state_of(asked, now) not in WAITING:
        return N_("Yêu cầu này không còn chờ ai.")
    if officer_id == asked.requester_id:
        return N_("Người xin mở không được tự đồng ý.")
    if officer_id in asked.approver_ids:
        return N_("Bạn đã đồng ý rồi. Cần một người khác.")
    if seat is None:
        return N_("Bạn chưa được trao ghế giữ danh tính.")
    if seat in asked.seats:
        return N_("Người đồng ý trước ngồi cùng ghế với bạn. Cần người ở ghế khác.")
    return ""


def passphrase_problem(passphrase: str, *names: str) -> str:
    """Return why this passphrase is too weak, or "".

    It needs six words or fifteen characters, few repetitions, and none of the person's own names.
    """
    words = passphrase.split()
    letters = "".join(words).casefold()
    if len(words) < 6 and len(passphrase.strip()) < 15:
        return N_("Cần ít nhất 6 từ, hoặc ít nhất 15 ký tự.")
    if len(set(letters)) < 6 or (len(words) >= 6 and len({w.casefold() for w in words}) < 5):
        return N_("Câu này lặp lại quá nhiều.")
    if any(len(name) > 2 and name.casefold() in passphrase.casefold() for name in names):
        return N_("Đừng dùng tên của chính bạn.")
    return ""


def reason_problem(reason: str, hours: int, why: str) -> str:
    if why not in set(Why):
        return N_("Chọn loại lý do.")
    if hours not in HOURS:
        return N_("Chọn thời gian xem.")
    if not REASON[0] <= len(reason) <= REASON[1]:
        return N_("Viết rõ lý do, từ 20 đến 1000 ký tự.")
    return ""
