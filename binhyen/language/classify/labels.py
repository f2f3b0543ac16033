"""Display names of labels on an officer's screen."""

from typing import Final

from binhyen.kit.i18n_markers import L_

TITLES: Final = {
    "violence": L_("bạo lực"),
    "theft": L_("trộm cắp, cướp giật"),
    "traffic": L_("giao thông"),
    "fire": L_("cháy nổ"),
    "scam": L_("lừa đảo"),
    "lost_item": L_("đánh rơi, thất lạc tài sản"),
    "found_item": L_("nhặt được tài sản"),
    "missing_person": L_("tìm người"),
    "found_person": L_("thấy người lạc"),
    "drugs_gambling": L_("ma túy, cờ bạc"),
    "public_order": L_("trật tự, tội phạm khác"),
    "environment_noise": L_("môi trường, tiếng ồn"),
    "admin_question": L_("hỏi thủ tục"),
    "officer_complaint": L_("phản ánh cán bộ"),
    "welfare": L_("hoàn cảnh khó khăn, giúp đỡ"),
    "weapon_handover": L_("giao nộp vũ khí"),
    "thanks": L_("cảm ơn"),
    "other": L_("chuyện khác"),
}

GUARD_TITLES: Final = {
    "figure": L_("lời nói bóng"),
    "drill": L_("diễn tập, không phải thật"),
    "over": L_("việc đã qua"),
    "past": L_("chuyện trước đây"),
    "news": L_("chuyện nghe kể, không ở đây"),
    "rules": L_("hỏi quy định"),
    "untrue": L_("báo nhầm hoặc tin đồn"),
}
