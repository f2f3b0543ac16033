"""Custody: who may do what, how long, with which words. Pure."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from binhyen.kit.wording import N_
from binhyen.people.rules import Role

# Who may be given the key of a group of people. No commune's chief holds one: what is sent down comes as an extract.
KEY_ROLES: dict[str, frozenset[Role]] = {
    "IDENTITY": frozenset({Role.CUSTODIAN}),
    "TIPS": frozenset({Role.PROVINCE_DUTY}),
    # Complaints about police, by the desk that may see one (people/veto.py).
    "CONDUCT": frozenset({Role.PROVINCE_DUTY, Role.PROVINCE_STAFF}),
    "DIRECTOR": frozenset({Role.DIRECTOR}),
    "INSPECT": frozenset({Role.INSPECTOR}),
    # Why something is to be opened: whole, for each custodian reads it alone before they agree or not.
    "REASON": frozenset({Role.CUSTODIAN}),
}
PEOPLES = tuple(KEY_ROLES)
MACHINES = ("DOOR", "INTAKE", "DELIVERY")
SPLIT = frozenset({"IDENTITY"})  # sealed in three parts: nobody can open it alone (shares.py)

IDLE = dt.timedelta(minutes=10)  # an opened key is forgotten after that long without a page
LONGEST = dt.timedelta(hours=2)  # … and after that long in any case
HOURS = (4, 24, 72)  # how long an identity may stay open to who asked
WAITS = dt.timedelta(hours=72)  # a request nobody answered lapses
PLACED = N_("Một lệnh trên máy chủ vừa đặt khóa khác đứng tên bạn hoặc người cùng bàn.")
REASON = (20, 1000)  # characters; the problem below says them


def may_hold(group: str, role: str) -> bool:
    """May somebody of this role be given the group's key? Unknown ones may not."""
    return role in KEY_ROLES.get(group, ())


class Why(StrEnum):
    """Why an identity is opened: the one thing of a request that the reporter is told."""

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
    """A request to open an identity, as far as rules need it. `approver_ids`, `seats`: of those who agreed."""

    requester_id: int
    asked_at: dt.datetime
    approver_ids: frozenset[int] = frozenset()
    seats: frozenset[int] = frozenset()
    opened_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    refused: bool = False
    stopped: bool = False  # by nobody's no: it holds for who asked with the key, and in the place, that they had then


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
    """What somebody may do with a request now."""

    APPROVE = "approve"
    REFUSE = "refuse"
    CARRY = "carry"  # take it to the machine where the own key lies
    READ = "read"
    ORIGINAL = "original"


def may_do(
    asked: Asked, *, officer_id: int, seat: int | None, custodian: bool, file: bool, now: dt.datetime
) -> frozenset[Can]:
    """`custodian`: they may open identities; `seat`: theirs; `file`: it asks for a file as it came, not for a name."""
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
    """Is any of these people (ids of officers) in the conflict set of the matter: complained about, close to it, or
    under its command? Who is in the set is `people/access.py`'s to say (`queries.conflicted`).
    """
    return any(person in conflicted for person in people)


def approval_problem(
    asked: Asked, *, officer_id: int, seat: int | None, now: dt.datetime, conflicted: Collection[int] = ()
) -> str:
    """Why this custodian may not agree to it; "" where nothing stands against it. `conflicted`: ids of officers who
    may have no part in the matter; who agreed before and is in it now does not count, and neither does who asked.
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
    """Why this is no passphrase; "" where it is one. Six words or more, or fifteen characters or more, not a few over
    and over, and no name of one's own.
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
