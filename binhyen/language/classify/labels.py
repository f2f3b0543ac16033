"""How labels are called on an officer's screen."""

from typing import Final

TITLES: Final = {
    "violence": "bạo lực",
    "theft": "trộm cắp, cướp giật",
    "traffic": "giao thông",
    "fire": "cháy nổ",
    "scam": "lừa đảo",
    "lost_item": "đánh rơi, thất lạc tài sản",
    "found_item": "nhặt được tài sản",
    "missing_person": "tìm người",
    "found_person": "thấy người lạc",
    "drugs_gambling": "ma túy, cờ bạc",
    "public_order": "trật tự, tội phạm khác",
    "environment_noise": "môi trường, tiếng ồn",
    "admin_question": "hỏi thủ tục",
    "officer_complaint": "phản ánh cán bộ",
    "welfare": "hoàn cảnh khó khăn, giúp đỡ",
    "weapon_handover": "giao nộp vũ khí",
    "thanks": "cảm ơn",
    "other": "chuyện khác",
}

GUARD_TITLES: Final = {
    "figure": "lời nói bóng",
    "drill": "diễn tập, không phải thật",
    "over": "việc đã qua",
    "news": "chuyện nghe kể, không ở đây",
}
