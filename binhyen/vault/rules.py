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
PEOPLE_GROUPS = tuple(KEY_ROLES)
MACHINE_GROUPS = ("GATEWAY", "INTAKE", "DELIVERY")
SPLIT_GROUPS = frozenset({"IDENTITY"})  # split into three shares: one person alone cannot open it (secret_sharing.py)

IDLE_TIMEOUT = dt.timedelta(minutes=10)  # idle timeout of an unlocked key
MAX_UNLOCK_TIME = dt.timedelta(hours=2)  # absolute timeout of an unlocked key
ACCESS_HOURS = (4, 24, 72)  # choices for how long the requester may read an identity
REQUEST_TTL = dt.timedelta(hours=72)  # a request without an answer expires after this
PLACED_KEY_NOTICE = N_("Một lệnh trên máy chủ vừa đặt khóa khác đứng tên bạn hoặc người cùng bàn.")
REASON_LENGTH = (20, 1000)  # length in characters; the error message below names the limits


def can_hold_key(group: str, role: str) -> bool:
    """Return whether this role may hold the group's key; False for unknown roles."""
    return role in KEY_ROLES.get(group, ())


class DisclosurePurpose(StrEnum):
    """Purpose of a disclosure: the only part of a request that is shown to the reporter."""

    DANGER = "DANGER"
    PROTECT = "PROTECT"
    INQUIRY = "INQUIRY"
    COURT = "COURT"
    RETURN = "RETURN"


PURPOSE_LABELS = {
    DisclosurePurpose.DANGER: N_("có người gặp nguy hiểm"),
    DisclosurePurpose.PROTECT: N_("bảo vệ người báo tin"),
    DisclosurePurpose.INQUIRY: N_("xác minh, điều tra vụ việc"),
    DisclosurePurpose.COURT: N_("theo yêu cầu của viện kiểm sát hoặc tòa án"),
    DisclosurePurpose.RETURN: N_("trả lại tài sản, báo kết quả tận nơi"),
}


class DisclosureState(StrEnum):
    ASKED = "ASKED"
    HALF = "HALF"
    OPEN = "OPEN"
    REFUSED = "REFUSED"
    STOPPED = "STOPPED"
    LAPSED = "LAPSED"
    ENDED = "ENDED"


WAITING_STATES = frozenset({DisclosureState.ASKED, DisclosureState.HALF})
ACTIVE_STATES = WAITING_STATES | {DisclosureState.OPEN}
STATE_LABELS = {
    DisclosureState.ASKED: N_("Chờ hai người giữ danh tính"),
    DisclosureState.HALF: N_("Một người đã đồng ý, chờ người thứ hai"),
    DisclosureState.OPEN: N_("Đang mở"),
    DisclosureState.REFUSED: N_("Không đồng ý"),
    DisclosureState.STOPPED: N_("Đã dừng: người xin đổi khóa, đổi việc, hoặc việc đã sang nơi khác"),
    DisclosureState.LAPSED: N_("Quá hạn, không ai trả lời"),
    DisclosureState.ENDED: N_("Đã hết hạn xem"),
}


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """Disclosure request as the rules need it. `approver_ids`, `seats`: officers and share indexes of its approvals."""

    requester_id: int
    asked_at: dt.datetime
    approver_ids: frozenset[int] = frozenset()
    seats: frozenset[int] = frozenset()
    opened_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    refused: bool = False
    stopped: bool = False  # ended without a refusal: it is bound to the key, role and unit the requester had


def get_disclosure_state(facts: RequestFacts, now: dt.datetime) -> DisclosureState:
    if facts.refused:
        return DisclosureState.REFUSED
    if facts.stopped:
        return DisclosureState.STOPPED
    if facts.ends_at is not None:
        return DisclosureState.OPEN if now < facts.ends_at else DisclosureState.ENDED
    if now >= facts.asked_at + REQUEST_TTL:
        return DisclosureState.LAPSED
    return DisclosureState.HALF if facts.approver_ids else DisclosureState.ASKED


class RequestAction(StrEnum):
    """Actions on a request that are allowed now."""

    APPROVE = "approve"
    REFUSE = "refuse"
    CARRY = "carry"  # export it to the isolated machine that holds the officer's own key
    READ = "read"
    ORIGINAL = "original"


def get_allowed_actions(
    facts: RequestFacts, *, officer_id: int, seat: int | None, custodian: bool, file: bool, now: dt.datetime
) -> frozenset[RequestAction]:
    """Return the allowed actions.

    `custodian`: may open identities; `seat`: the officer's share index; `file`: asks for an original file.
    """
    state, is_requester = get_disclosure_state(facts, now), officer_id == facts.requester_id
    actions: set[RequestAction] = set()
    if custodian and state in WAITING_STATES:
        actions.add(RequestAction.CARRY)
        if not is_requester:
            actions.add(RequestAction.REFUSE)
        if not find_approval_problem(facts, officer_id=officer_id, seat=seat, now=now):
            actions.add(RequestAction.APPROVE)
    if is_requester and state is DisclosureState.OPEN:
        actions.add(RequestAction.ORIGINAL if file else RequestAction.READ)
    return frozenset(actions)


def has_conflict(officer_ids: Iterable[int | None], conflicted: Collection[int]) -> bool:
    """Return whether one of these officer ids is in the conflict set of the subject.

    The set holds officers complained about, close to it, or under its command; `people/access.py` decides it
    (`queries.find_conflicted_officers`).
    """
    return any(officer_id in conflicted for officer_id in officer_ids)


def find_approval_problem(
    facts: RequestFacts, *, officer_id: int, seat: int | None, now: dt.datetime, conflicted: Collection[int] = ()
) -> str:
    """Return why this custodian may not approve, or "".

    `conflicted`: ids of officers with a conflict of interest; the requester and earlier approvers do not count either
    if they are in it now.
    """
    if has_conflict((officer_id, facts.requester_id, *facts.approver_ids), conflicted):
        return N_("Việc này phải do người không liên quan xem xét.")
    if get_disclosure_state(facts, now) not in WAITING_STATES:
        return N_("Yêu cầu này không còn chờ ai.")
    if officer_id == facts.requester_id:
        return N_("Người xin mở không được tự đồng ý.")
    if officer_id in facts.approver_ids:
        return N_("Bạn đã đồng ý rồi. Cần một người khác.")
    if seat is None:
        return N_("Bạn chưa được giao phần khóa giữ danh tính.")
    if seat in facts.seats:
        return N_("Người đồng ý trước giữ cùng phần khóa với bạn. Cần người giữ phần khóa khác.")
    return ""


def find_passphrase_problem(passphrase: str, *names: str) -> str:
    """Return why this passphrase is too weak, or "".

    It needs six words or fifteen characters, few repetitions, and none of the person's own names.
    """
    words = passphrase.split()
    letters = "".join(words).casefold()
    if len(words) < 6 and len(passphrase.strip()) < 15:
        return N_("Cần ít nhất 6 từ, hoặc ít nhất 15 ký tự.")
    if len(set(letters)) < 6 or (len(words) >= 6 and len({word.casefold() for word in words}) < 5):
        return N_("Câu này lặp lại quá nhiều.")
    if any(len(name) > 2 and name.casefold() in passphrase.casefold() for name in names):
        return N_("Đừng dùng tên của chính bạn.")
    return ""


def find_reason_problem(reason: str, hours: int, why: str) -> str:
    if why not in set(DisclosurePurpose):
        return N_("Chọn loại lý do.")
    if hours not in ACCESS_HOURS:
        return N_("Chọn thời gian xem.")
    if not REASON_LENGTH[0] <= len(reason) <= REASON_LENGTH[1]:
        return N_("Viết rõ lý do, từ 20 đến 1000 ký tự.")
    return ""
