"""Which class a case is of, when it goes, and what stands against erasing it before. Pure."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from binhyen.cases.rules import alarm_starts
from binhyen.cases.words import COMPLAINTS, NEVER_DOWN, Lane, State
from binhyen.kit.wording import N_

NIGHT = dt.timedelta(hours=20)  # from one night's work to the next, at the least
UNSEEN = dt.timedelta(days=3)  # nights that nobody swept for so long: the machine was off, or its clock jumped
CHILDREN = frozenset({"missing_person", "found_person"})


@dataclass(frozen=True, slots=True)
class Kept:
    """A case as far as keeping it is concerned. `handed_at`: passed on to investigators; `held`: by order."""

    kind: str
    lane: str
    category: str
    state: str
    closed_at: dt.datetime | None = None
    handed_at: dt.datetime | None = None
    held: bool = False


def class_of(case: Kept) -> str:
    """Total: every case is of one class."""
    if case.kind == "sealed_tip":
        return "tip"
    if case.category in NEVER_DOWN or case.lane in COMPLAINTS or case.kind == "conduct":
        return "complaint"
    if case.category in CHILDREN:
        return "child"
    return "crime" if case.lane == Lane.CRIME_REPORT and case.handed_at is not None else "reflection"


def ends_at(case: Kept, days: dict[str, int]) -> dt.datetime | None:
    """When its words go; None while it is open or held. A sealed tip has its own clock (tips/rules.py)."""
    group = class_of(case)
    if case.closed_at is None or case.held or group == "tip":
        return None
    if group == "crime":
        assert case.handed_at is not None
        return max(case.handed_at + dt.timedelta(days=days["crime"]), case.closed_at)
    return case.closed_at + dt.timedelta(days=days[group])


class Duty(StrEnum):
    """Why something may not be erased although its person asks for it."""

    CRIME = "CRIME"
    COMPLAINT = "COMPLAINT"
    WEAPON = "WEAPON"
    HELD = "HELD"
    URGENT = "URGENT"


# As the person reads it. The law's own cases for keeping stand in art. 14 and 19 of Law 91/2025; wording [R].
DUTY_FOR_CITIZEN = {
    Duty.CRIME: N_("Tin của bạn là tin báo về tội phạm. Luật buộc công an giữ đến khi giải quyết và bàn giao xong "
                "(Bộ luật Tố tụng hình sự, điều 145–147)."),
    Duty.COMPLAINT: N_("Tin của bạn là khiếu nại, tố cáo hoặc phản ánh về cán bộ. Hồ sơ phải giữ theo luật khiếu nại, "
                    "tố cáo, hết thời hạn thì xóa. Người có liên quan không mở được."),
    Duty.WEAPON: N_("Biên bản giao nộp vũ khí phải giữ theo Luật Quản lý, sử dụng vũ khí 42/2024/QH15."),
    Duty.HELD: N_("Có yêu cầu giữ lại hồ sơ này của người có thẩm quyền."),
    Duty.URGENT: N_("Việc đang được xử lý khẩn cấp, có người có thể gặp nguy hiểm. Xong việc bạn yêu cầu lại."),
}  # fmt: skip
# As the desk reads it: not in which lane the person wrote.
DUTY_FOR_DESK = N_("Có vụ việc phải lưu theo luật")


def duty(case: Kept, *, urgency: int = 0) -> Duty | None:
    """What stands against erasing the words of this case now."""
    if case.held:
        return Duty.HELD
    group = class_of(case)
    if group == "complaint":
        return Duty.COMPLAINT
    if case.category == "weapon_handover":
        return Duty.WEAPON
    if case.lane == Lane.CRIME_REPORT:  # until its own time ends it: days after the hand-over
        return Duty.CRIME
    if alarm_starts(urgency) and case.state not in (State.CLOSED, State.MERGED):
        return Duty.URGENT
    return None


def clock_holds(last: dt.datetime | None, *, waited: bool, now: dt.datetime) -> bool:
    """May what is over by this clock be destroyed? After a gap not before a whole night went by: a clock that jumped
    ahead (a battery, a slip of the hand) would take everything at once, and nothing of it ever came back. `last`: when
    a night's work was done, None in a new installation; `waited`: nothing went then.
    """
    if last is None:
        return True
    return (NIGHT if waited else dt.timedelta()) <= now - last <= UNSEEN
