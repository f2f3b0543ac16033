"""Codes of the register with the Vietnamese that people read. One list each, used by rules, screens and reports."""

from enum import StrEnum


class State(StrEnum):
    NEW = "NEW"
    RECEIVED = "RECEIVED"
    WORKING = "WORKING"
    WAITING = "WAITING"
    PASSED_ON = "PASSED_ON"
    CLOSED = "CLOSED"
    MERGED = "MERGED"


STATE_LABELS = {
    State.NEW: "Mới",
    State.RECEIVED: "Đã nhận",
    State.WORKING: "Đang xử lý",
    State.WAITING: "Chờ người dân",
    State.PASSED_ON: "Đã chuyển điều tra",
    State.CLOSED: "Đã xong",
    State.MERGED: "Đã gộp",
}

# What the person who told us reads: plain, and never more than may be said.
STATE_FOR_CITIZEN = {
    State.NEW: "Tin đã đến công an, đang chờ cán bộ nhận.",
    State.RECEIVED: "Cán bộ đã nhận tin của bạn.",
    State.WORKING: "Công an đang xử lý.",
    State.WAITING: "Công an đang chờ bạn trả lời câu hỏi bên dưới.",
    State.PASSED_ON: "Tin đã được chuyển đến cơ quan có thẩm quyền.",
    State.CLOSED: "Công an đã xử lý xong.",
    State.MERGED: "Công an đang xử lý.",  # never a word of others who told
}

OPEN_STATES = (State.NEW, State.RECEIVED, State.WORKING, State.WAITING, State.PASSED_ON)


class Lane(StrEnum):
    """The legal lane. Source: reference on law, D.2 and D.3; staff classify, the citizen never has to."""

    CRIME_REPORT = "CRIME_REPORT"
    REFLECTION = "REFLECTION"
    COMPLAINT = "COMPLAINT"
    DENUNCIATION = "DENUNCIATION"


LANE_LABELS = {
    Lane.CRIME_REPORT: "Tố giác, tin báo tội phạm",
    Lane.REFLECTION: "Phản ánh, kiến nghị",
    Lane.COMPLAINT: "Khiếu nại",
    Lane.DENUNCIATION: "Tố cáo",
}


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


OUTCOME_LABELS = {
    Outcome.HANDLED_ON_SITE: "Đã xử lý tại chỗ",
    Outcome.RESOLVED: "Đã giải quyết",
    Outcome.ANSWERED: "Đã trả lời, hướng dẫn",
    Outcome.PASSED_TO_OTHER: "Đã chuyển cơ quan khác",
    Outcome.UNFOUNDED: "Tin không đúng",
    Outcome.NOT_FOUND: "Không xác minh được",
    Outcome.NO_ACTION: "Không cần xử lý",
    Outcome.CASE_OPENED: "Khởi tố vụ án",
    Outcome.CASE_NOT_OPENED: "Không khởi tố",
    Outcome.SUSPENDED: "Tạm đình chỉ giải quyết",
}

# The three decisions of CPC art. 147(1); only an assigned investigator takes one of them.
DECISIONS = (Outcome.CASE_OPENED, Outcome.CASE_NOT_OPENED, Outcome.SUSPENDED)


class Grade(StrEnum):
    """How much a tip was worth: «tin có giá trị» of the province's report."""

    NONE = "NONE"
    USEFUL = "USEFUL"
    VALUABLE = "VALUABLE"


GRADE_LABELS = {Grade.NONE: "Chưa đánh giá", Grade.USEFUL: "Có ích", Grade.VALUABLE: "Có giá trị"}

CATEGORY_LABELS = {
    "violence": "Bạo lực, đánh nhau",
    "theft": "Trộm, cướp",
    "traffic": "Giao thông",
    "fire": "Cháy nổ",
    "scam": "Lừa đảo",
    "lost_item": "Đánh rơi",
    "found_item": "Nhặt được",
    "missing_person": "Người mất tích",
    "found_person": "Tìm thấy người",
    "drugs_gambling": "Ma túy, cờ bạc",
    "public_order": "Trật tự",
    "environment_noise": "Môi trường, tiếng ồn",
    "admin_question": "Hỏi thủ tục",
    "officer_complaint": "Thái độ cán bộ",
    "welfare": "Hoàn cảnh khó khăn",
    "weapon_handover": "Giao nộp vũ khí",
    "thanks": "Cảm ơn",
    "other": "Khác",
}

CONDUCT = "conduct"  # the kind of a complaint about police
# Never to the unit concerned: a complaint about police lies apart, on desks of its own (reference on law, D.4).
NEVER_DOWN = frozenset({"officer_complaint"})

URGENCY_LABELS = {3: "Khẩn cấp", 2: "Trong ngày", 1: "Bình thường", 0: "Thông tin"}

# Why a new report was taken for one more of an incident that is open.
WHY_LABELS = {
    "key": "cùng biển số, tài khoản, giấy tờ hoặc số điện thoại",
    "point": "cùng vị trí, cùng lúc",
    "spot": "cùng nơi, cùng lúc",
    "words": "cùng xã, cùng lúc, lời gần như nhau",
}

EVENT_LABELS = {
    "opened": "Mở vụ việc",
    "alarmed": "Báo động",
    "acknowledged": "Đã nhận",
    "assigned": "Giao việc",
    "handed_on": "Chuyển đơn vị",
    "noted": "Ghi chú",
    "state": "Đổi trạng thái",
    "asked": "Hỏi lại",
    "answered": "Trả lời",
    "heard": "Người dân nhắn thêm",
    "witnessed": "Thêm người báo cùng sự việc",
    "placed": "Biết nơi xảy ra",
    "matched": "Có tin có thể khớp",
    "split": "Tách thành vụ riêng",
    "attached": "Gắn tin nhắn",
    "detached": "Gỡ tin nhắn",
    "merged": "Gộp vào vụ khác",
    "absorbed": "Nhận vụ được gộp",
    "unmerged": "Tách lại",
    "closed": "Kết thúc",
    "reopened": "Mở lại",
    "graded": "Đánh giá tin",
    "reclassified": "Phân loại lại",
    "related": "Liên kết",
    "rated": "Người dân đánh giá",
    "evidence": "Thêm chứng cứ",
    "withdrawn": "Người báo rút tin",
    "extracted": "Chuyển phần trích",
    "forgotten": "Xóa nội dung",
    "erased": "Xóa lời của một người báo",
}
