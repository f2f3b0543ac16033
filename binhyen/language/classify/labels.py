"""Display names of labels on an officer's screen."""

import math
from dataclasses import dataclass
from typing import Final

from binhyen.kit.i18n_markers import L_
from binhyen.language.reading import CATEGORIES

# Scores of a model for one message, before any decision.


@dataclass(frozen=True, slots=True)
class Scores:
    """Probabilities of each category (order of CATEGORIES), of urgency 0..2 if it is not 3, and of sensitivity.

    `danger`: of urgency 3, in log-odds. `dangers`: reasons why it looks dangerous by its word classes
    (data/lexicon/dangers.tsv). `danger_over_talk`, `report_over_talk`: log-odds that it is a danger, or any report,
    rather than talk of a social network.
    """

    category: tuple[float, ...]
    urgency: tuple[float, ...]
    danger: float
    sensitive: float
    dangers: tuple[str, ...] = ()
    danger_over_talk: float = math.inf
    report_over_talk: float = math.inf

    @property
    def likely(self) -> str:
        """The most likely category."""
        return CATEGORIES[self.category.index(max(self.category))]

    @property
    def thanks(self) -> float:
        """The probability of thanks."""
        return self.category[CATEGORIES.index("thanks")]


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
