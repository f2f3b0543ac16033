"""Templates of bulletins: texts with variables in braces, built-in ones, and filling them. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from binhyen.bulletins.rules import BulletinTopic
from binhyen.kit.text import collapse_spaces, to_nfc

MAX_VARIABLES = 12
MAX_VALUE_LENGTH = 200
_VARIABLE = re.compile(r"\{([^{}\n]{1,40})\}")


@dataclass(frozen=True, slots=True)
class BuiltInTemplate:
    """A text of the program that officers start from. `key`: in addresses."""

    key: str
    topic: BulletinTopic
    title: str
    text: str


BUILT_IN_TEMPLATES = (
    BuiltInTemplate(
        "gia-danh",
        BulletinTopic.ONLINE_FRAUD,
        "Cảnh giác kẻ giả danh {giả danh ai}",
        "Gần đây có người giả danh {giả danh ai} {cách làm}.\n- Không chuyển tiền, không đọc mã OTP cho ai.\n"
        "- Không bấm đường dẫn lạ, không cài ứng dụng theo lời người gọi.\n"
        "- Nghi ngờ thì dừng máy, gọi công an xã hoặc 113.",
    ),
    BuiltInTemplate(
        "chay",
        BulletinTopic.FIRE,
        "Phòng cháy dịp {dịp}",
        "Dịp {dịp} dễ xảy ra cháy.\n- Tắt bếp, rút điện khi ra khỏi nhà.\n- Không đốt rác, đốt thực bì khi có gió.\n"
        "- Thấy cháy: hô hoán, cắt điện, gọi 114.",
    ),
    BuiltInTemplate(
        "duong",
        BulletinTopic.TRAFFIC,
        "Cấm đường {tuyến đường}",
        "Từ {từ lúc} đến {đến lúc}, tạm cấm xe trên {tuyến đường} để {lý do}. Bà con đi theo hướng {hướng đi khác}.",
    ),
    BuiltInTemplate(
        "mua-bao",
        BulletinTopic.WEATHER,
        "{hiện tượng}: bà con {nơi} chú ý",
        "Dự báo {hiện tượng} ở {nơi} từ {từ lúc}.\n- Không qua ngầm tràn, suối khi nước lên.\n"
        "- Cất đồ lên cao, sạc đầy điện thoại, chuẩn bị đèn pin.\n- Cần cứu nạn gọi 112; công an 113.",
    ),
    BuiltInTemplate(
        "can-cuoc",
        BulletinTopic.PROCEDURE,
        "Làm căn cước tại {nơi}",
        "Công an làm căn cước tại {nơi}, {ngày giờ}. Bà con mang theo {giấy tờ}. Người già yếu báo trước để công an "
        "đến nhà.",
    ),
    BuiltInTemplate(
        "vu-khi",
        BulletinTopic.CAMPAIGN,
        "Vận động giao nộp vũ khí, vật liệu nổ, pháo",
        "Từ {từ ngày} đến {đến ngày}, ai đang giữ vũ khí, vật liệu nổ, pháo thì giao nộp cho công an xã. "
        "Tự nguyện giao nộp thì không bị xử phạt. Đừng tự tháo, tự mang đi: gọi công an đến tận nhà.",
    ),
    BuiltInTemplate(
        "tim-chu",
        BulletinTopic.LOST_FOUND,
        "Tìm chủ của {đồ vật}",
        "Có người nhặt được {đồ vật} ở {nơi} và nộp cho công an. Ai mất thì đến công an xã, nói rõ đặc điểm để nhận "
        "lại. Không hỏi đặc điểm qua nhóm.",
    ),
)


def list_variables(*texts: str) -> list[str]:
    """Return the names of the variables in the order of their first use."""
    names = (collapse_spaces(name) for text in texts for name in _VARIABLE.findall(text))
    return list(dict.fromkeys(filter(None, names)))[:MAX_VARIABLES]


def fill_text(text: str, values: Mapping[str, str]) -> str:
    """Replace each variable by its value; one without a value stays in braces, to be seen and written by hand."""

    def choose_value(match: re.Match[str]) -> str:
        value = collapse_spaces(to_nfc(values.get(collapse_spaces(match[1]), "")))[:MAX_VALUE_LENGTH]
        return value.replace("{", "").replace("}", "") or match[0]

    return _VARIABLE.sub(choose_value, text)


def capitalize_first(text: str) -> str:
    """Return a title with its first letter large: a variable at its beginning is often written small."""
    return text[:1].upper() + text[1:]
