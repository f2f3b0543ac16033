"""Codes of the register with their Vietnamese labels; one list each, shared by rules, screens and statistics."""

from enum import IntEnum, StrEnum

from binhyen.kit.i18n_markers import L_, N_
from binhyen.ui.urgency_labels import URGENCY_TEXTS


class State(StrEnum):
    NEW = "NEW"
    RECEIVED = "RECEIVED"
    WORKING = "WORKING"
    WAITING = "WAITING"
    PASSED_ON = "PASSED_ON"
    CLOSED = "CLOSED"
    MERGED = "MERGED"


STATE_LABELS = {
    State.NEW: N_("Mới"),
    State.RECEIVED: N_("Đã nhận"),
    State.WORKING: N_("Đang xử lý"),
    State.WAITING: N_("Chờ người dân"),
    State.PASSED_ON: N_("Đã chuyển điều tra"),
    State.CLOSED: N_("Đã xong"),
    State.MERGED: N_("Đã gộp"),
}

# Received by a unit is not taken by a person: labels while no officer has the case.
UNASSIGNED_STATE_LABELS = {
    State.RECEIVED: N_("Đơn vị đã nhận"),
    State.WORKING: N_("Chờ người xử lý"),
}

# Shown to the reporter on the status page and in the chat: plain, without confidential content.
STATE_FOR_CITIZEN = {
    State.NEW: L_("Tin đã đến công an, đang chờ cán bộ nhận."),
    State.RECEIVED: L_("Cán bộ đã nhận tin của bạn."),
    State.WORKING: L_("Công an đang xử lý."),
    State.WAITING: L_("Công an đang chờ bạn trả lời câu hỏi đã gửi."),
    State.PASSED_ON: L_("Tin đã được chuyển đến cơ quan có thẩm quyền."),
    State.CLOSED: L_("Công an đã xử lý xong."),
    State.MERGED: L_("Công an đang xử lý."),  # never reveals other reporters
}
UNASSIGNED_FOR_CITIZEN = L_("Công an đã nhận tin, đang chờ cán bộ xử lý.")


def get_state_label(state: str, *, is_assigned: bool) -> str:
    """Return the label of a state, in Vietnamese, for officers."""
    label = None if is_assigned else UNASSIGNED_STATE_LABELS.get(State(state))
    return label or STATE_LABELS[State(state)]


def get_state_text(state: str, *, is_assigned: bool) -> str:
    """Return the state as a sentence for the reporter, in Vietnamese."""
    waits = not is_assigned and State(state) in UNASSIGNED_STATE_LABELS
    return UNASSIGNED_FOR_CITIZEN if waits else STATE_FOR_CITIZEN[State(state)]


OPEN_STATES = (State.NEW, State.RECEIVED, State.WORKING, State.WAITING, State.PASSED_ON)


class Lane(StrEnum):
    """The legal lane (Criminal Procedure Code, Laws 02/2011 and 25/2018); staff classify, the citizen never has to."""

    CRIME_REPORT = "CRIME_REPORT"
    REFLECTION = "REFLECTION"
    COMPLAINT = "COMPLAINT"
    DENUNCIATION = "DENUNCIATION"


LANE_LABELS = {
    Lane.CRIME_REPORT: N_("Tố giác, tin báo tội phạm"),
    Lane.REFLECTION: N_("Phản ánh, kiến nghị"),
    Lane.COMPLAINT: N_("Khiếu nại"),
    Lane.DENUNCIATION: N_("Tố cáo"),
}

# Never merged with another case, never moved down to a commune because the place became known.
COMPLAINT_LANES = frozenset({Lane.COMPLAINT, Lane.DENUNCIATION})


SCAM_CATEGORY = "scam"  # its numbers and links become indicators: `scams`
WELFARE_CATEGORY = "welfare"  # a need with pledges and deliveries: `aid`
QUESTION_CATEGORY = "admin_question"  # `procedures` answers it where it can


class Outcome(StrEnum):
    HANDLED_ON_SITE = "HANDLED_ON_SITE"
    RESOLVED = "RESOLVED"
    ANSWERED = "ANSWERED"
    PASSED_TO_OTHER = "PASSED_TO_OTHER"
    UNFOUNDED = "UNFOUNDED"
    NOT_FOUND = "NOT_FOUND"
    NO_ACTION = "NO_ACTION"
    CASE_OPENED = "CASE_OPENED"
    CASE_NOT_OPENED = "CASE_NOT_OPENED"
    SUSPENDED = "SUSPENDED"
    # lost and found things
    RETURNED = "RETURNED"
    RETURNED_ELSEWHERE = "RETURNED_ELSEWHERE"
    TO_FINDER = "TO_FINDER"
    TO_STATE = "TO_STATE"
    DESTROYED = "DESTROYED"
    WITHDRAWN = "WITHDRAWN"
    # missing and unidentified people
    FOUND_SAFE = "FOUND_SAFE"
    FOUND_HURT = "FOUND_HURT"
    FOUND_DEAD = "FOUND_DEAD"
    CAME_HOME = "CAME_HOME"
    WAS_ELSEWHERE = "WAS_ELSEWHERE"
    FRAUD_STOPPED = "FRAUD_STOPPED"
    # weapons and explosives
    HANDED_IN = "HANDED_IN"
    SEIZED = "SEIZED"
    PASSED_TO_ARMY = "PASSED_TO_ARMY"
    NO_WEAPON = "NO_WEAPON"
    HELPED = "HELPED"


OUTCOME_LABELS = {
    Outcome.HANDLED_ON_SITE: N_("Đã xử lý tại chỗ"),
    Outcome.RESOLVED: N_("Đã giải quyết"),
    Outcome.ANSWERED: N_("Đã trả lời, hướng dẫn"),
    Outcome.PASSED_TO_OTHER: N_("Đã chuyển cơ quan khác"),
    Outcome.UNFOUNDED: N_("Tin không đúng"),
    Outcome.NOT_FOUND: N_("Không xác minh được"),
    Outcome.NO_ACTION: N_("Không cần xử lý"),
    Outcome.CASE_OPENED: N_("Khởi tố vụ án"),
    Outcome.CASE_NOT_OPENED: N_("Không khởi tố"),
    Outcome.SUSPENDED: N_("Tạm đình chỉ giải quyết"),
    Outcome.RETURNED: N_("Đã trao trả chủ"),
    Outcome.RETURNED_ELSEWHERE: N_("Chủ đã nhận lại ở nơi khác"),
    Outcome.TO_FINDER: N_("Giao người nhặt được"),
    Outcome.TO_STATE: N_("Thuộc Nhà nước"),
    Outcome.DESTROYED: N_("Trả nơi cấp hoặc hủy"),
    Outcome.WITHDRAWN: N_("Người báo rút lại"),
    Outcome.FOUND_SAFE: N_("Tìm thấy, an toàn"),
    Outcome.FOUND_HURT: N_("Tìm thấy, bị thương hoặc ốm"),
    Outcome.FOUND_DEAD: N_("Tìm thấy, đã tử vong"),
    Outcome.CAME_HOME: N_("Tự về nhà"),
    Outcome.WAS_ELSEWHERE: N_("Ở nơi khác, không lạc"),
    Outcome.FRAUD_STOPPED: N_("Đã ngăn chặn lừa đảo"),
    Outcome.HANDED_IN: N_("Đã nhận giao nộp"),
    Outcome.SEIZED: N_("Đã thu giữ"),
    Outcome.PASSED_TO_ARMY: N_("Đã bàn giao quân đội"),
    Outcome.NO_WEAPON: N_("Không có vũ khí"),
    Outcome.HELPED: N_("Đã giúp"),
}

# The three decisions of CPC art. 147(1); only an assigned investigator takes one of them.
DECISIONS = (Outcome.CASE_OPENED, Outcome.CASE_NOT_OPENED, Outcome.SUSPENDED)
# A weapon left the hands of people: the ledger counts it.
WEAPON_OUTCOMES = (Outcome.HANDED_IN, Outcome.SEIZED, Outcome.PASSED_TO_ARMY)
# Each claims that an action or decision happened and needs proof: the number of a paper, a receipt, a photo.
PROOF_REQUIRED_OUTCOMES = frozenset(
    {
        Outcome.HANDLED_ON_SITE,
        Outcome.RESOLVED,
        Outcome.PASSED_TO_OTHER,
        *DECISIONS,
        Outcome.RETURNED,
        Outcome.TO_FINDER,
        Outcome.TO_STATE,
        Outcome.DESTROYED,
        Outcome.FOUND_SAFE,
        Outcome.FOUND_HURT,
        Outcome.FOUND_DEAD,
        Outcome.FRAUD_STOPPED,
        *WEAPON_OUTCOMES,
        Outcome.HELPED,
    }
)
# Decided in a register with rules of its own (found things, weapons, frauds, hardship), never in the form of a case.
REGISTER_OUTCOMES = frozenset(
    {Outcome.TO_FINDER, Outcome.TO_STATE, Outcome.DESTROYED, Outcome.FRAUD_STOPPED, Outcome.HELPED, *WEAPON_OUTCOMES}
)


PERSON_OUTCOMES = (
    Outcome.FOUND_SAFE,
    Outcome.FOUND_HURT,
    Outcome.FOUND_DEAD,
    Outcome.CAME_HOME,
    Outcome.WAS_ELSEWHERE,
)


class Grade(StrEnum):
    """The value of a tip: «tin có giá trị» of the province's report."""

    NONE = "NONE"
    USEFUL = "USEFUL"
    VALUABLE = "VALUABLE"


GRADE_LABELS = {Grade.NONE: N_("Chưa đánh giá"), Grade.USEFUL: N_("Có ích"), Grade.VALUABLE: N_("Có giá trị")}

RELIABILITY_LABELS = {
    "A": N_("A: hoàn toàn tin cậy"),
    "B": N_("B: thường tin cậy"),
    "C": N_("C: khá tin cậy"),
    "D": N_("D: ít tin cậy"),
    "E": N_("E: không tin cậy"),
    "F": N_("F: chưa rõ"),
}  # of the source
CREDIBILITY_LABELS = {
    "1": N_("1: đã xác nhận"),
    "2": N_("2: có thể đúng"),
    "3": N_("3: khả năng đúng"),
    "4": N_("4: còn nghi ngờ"),
    "5": N_("5: khó đúng"),
    "6": N_("6: chưa rõ"),
}  # of the information


class RewardKind(StrEnum):
    """Thanks or reward for the reporter of a useful tip."""

    THANKS = "THANKS"
    REWARD = "REWARD"


REWARD_LABELS = {RewardKind.THANKS: N_("Cảm ơn"), RewardKind.REWARD: N_("Thưởng")}

CATEGORY_LABELS = {
    "violence": L_("Bạo lực, đánh nhau"),
    "theft": L_("Trộm, cướp"),
    "traffic": L_("Giao thông"),
    "fire": L_("Cháy nổ"),
    "scam": L_("Lừa đảo"),
    "lost_item": L_("Đánh rơi"),
    "found_item": L_("Nhặt được"),
    "missing_person": L_("Người mất tích"),
    "found_person": L_("Tìm thấy người"),
    "drugs_gambling": L_("Ma túy, cờ bạc"),
    "public_order": L_("Trật tự"),
    "environment_noise": L_("Môi trường, tiếng ồn"),
    "admin_question": L_("Hỏi thủ tục"),
    "officer_complaint": L_("Thái độ cán bộ"),
    "welfare": L_("Cứu giúp, hỗ trợ"),
    "weapon_handover": L_("Giao nộp vũ khí"),
    "thanks": L_("Cảm ơn"),
    "other": L_("Khác"),
}

CONDUCT_KIND = "conduct"  # the kind of a complaint about police
# Never to the unit concerned: a complaint about police is restricted to its own desks.
PROVINCE_ONLY_CATEGORIES = frozenset({"officer_complaint"})

URGENCY_LABELS = URGENCY_TEXTS

# Reasons why a new report was added to an open incident.
JOIN_REASON_LABELS = {
    "key": N_("cùng biển số, tài khoản, giấy tờ hoặc số điện thoại"),
    "point": N_("cùng vị trí, cùng lúc"),
    "spot": N_("cùng nơi, cùng lúc"),
    "words": N_("cùng xã, cùng lúc, lời gần như nhau"),
}


class UnreadUpdate(IntEnum):
    """The newest unread update of an open case."""

    NONE = 0
    MESSAGE = 1  # by a reporter, or by an officer of another unit
    NOTE = 2  # by the village team
    ASSIGNED = 3
    ORPHANED = 4  # the case holder left; until it is assigned again


UNREAD_UPDATE_LABELS = {
    UnreadUpdate.MESSAGE: N_("Tin mới"),
    UnreadUpdate.NOTE: N_("Ghi chú mới"),
    UnreadUpdate.ASSIGNED: N_("Mới giao"),
    UnreadUpdate.ORPHANED: N_("Người giữ đã rời"),
}


class Verb(StrEnum):
    """Closed list of the events of a case; the database refuses any other, so a new verb needs a migration."""

    OPENED = "opened"
    ALARMED = "alarmed"
    ACKNOWLEDGED = "acknowledged"
    LATE = "late"
    LATE_HEARD = "late_heard"
    PROLONGED = "prolonged"
    ASSIGNED = "assigned"
    HANDED_ON = "handed_on"
    TAKEN_BACK = "taken_back"
    LEFT = "left"
    NOTED = "noted"
    STATE = "state"
    ASKED = "asked"
    ANSWERED = "answered"
    HEARD = "heard"
    WITNESSED = "witnessed"
    PLACED = "placed"
    RELOCATED = "relocated"
    MATCHED = "matched"
    SPLIT = "split"
    ATTACHED = "attached"
    DETACHED = "detached"
    MERGED = "merged"
    ABSORBED = "absorbed"
    UNMERGED = "unmerged"
    CLOSED = "closed"
    REOPENED = "reopened"
    GRADED = "graded"
    RECLASSIFIED = "reclassified"
    RELATED = "related"
    UNRELATED = "unrelated"
    MESSAGED = "messaged"
    RATED = "rated"
    EVIDENCE = "evidence"
    SET_OUT = "set_out"
    ARRIVED = "arrived"
    REWARDED = "rewarded"
    APPEALED = "appealed"
    WITHDRAWN = "withdrawn"
    EXTRACTED = "extracted"
    FORGOTTEN = "forgotten"
    ERASED = "erased"


EVENT_LABELS: dict[str, str] = {
    Verb.OPENED: N_("Mở vụ việc"),
    Verb.ALARMED: N_("Báo động"),
    Verb.ACKNOWLEDGED: N_("Đã nhận"),
    Verb.LATE: N_("Thời hạn"),
    Verb.LATE_HEARD: N_("Đã biết thời hạn"),
    Verb.PROLONGED: N_("Gia hạn"),
    Verb.ASSIGNED: N_("Giao việc"),
    Verb.HANDED_ON: N_("Chuyển đơn vị"),
    Verb.TAKEN_BACK: N_("Lấy lại"),
    Verb.LEFT: N_("Người giữ đã rời"),
    Verb.NOTED: N_("Ghi chú"),
    Verb.STATE: N_("Đổi trạng thái"),
    Verb.ASKED: N_("Hỏi lại"),
    Verb.ANSWERED: N_("Trả lời"),
    Verb.HEARD: N_("Người dân nhắn thêm"),
    Verb.WITNESSED: N_("Thêm người báo cùng sự việc"),
    Verb.PLACED: N_("Biết nơi xảy ra"),
    Verb.RELOCATED: N_("Sửa địa điểm"),
    Verb.MATCHED: N_("Có tin có thể khớp"),
    Verb.SPLIT: N_("Tách thành vụ riêng"),
    Verb.ATTACHED: N_("Gắn tin nhắn"),
    Verb.DETACHED: N_("Gỡ tin nhắn"),
    Verb.MERGED: N_("Gộp vào vụ khác"),
    Verb.ABSORBED: N_("Nhận vụ được gộp"),
    Verb.UNMERGED: N_("Tách ra"),
    Verb.CLOSED: N_("Kết thúc"),
    Verb.REOPENED: N_("Mở lại"),
    Verb.GRADED: N_("Đánh giá tin"),
    Verb.RECLASSIFIED: N_("Phân loại lại"),
    Verb.RELATED: N_("Liên kết"),
    Verb.UNRELATED: N_("Bỏ liên kết"),
    Verb.MESSAGED: N_("Nhắn đơn vị kia"),
    Verb.RATED: N_("Người dân đánh giá"),
    Verb.EVIDENCE: N_("Thêm chứng cứ"),
    Verb.SET_OUT: N_("Đã xuất phát"),
    Verb.ARRIVED: N_("Đã đến nơi"),
    Verb.REWARDED: N_("Cảm ơn, khen thưởng"),
    Verb.APPEALED: N_("Người dân gửi ý kiến lên cấp trên"),
    Verb.WITHDRAWN: N_("Người báo rút tin"),
    Verb.EXTRACTED: N_("Chuyển phần trích"),
    Verb.FORGOTTEN: N_("Xóa nội dung"),
    Verb.ERASED: N_("Xóa lời của một người báo"),
}
