"""Scripts of fraud: the stories that callers tell, recognised by their words. Pure.

A script joins reports that share no number: «giả danh công an» from twenty numbers is one cluster. Words are folded.
"""

import re
from dataclasses import dataclass
from typing import Final

from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import fold_text


@dataclass(frozen=True, slots=True)
class Script:
    """A story. `all_of`: patterns that must all stand in the text."""

    code: str
    label: str
    all_of: tuple[str, ...]


_MONEY = (
    r"chuyen (?:tien|khoan)|nop tien|dat coc|otp|ma xac (?:nhan|thuc)|tai khoan|phi|dang nhap"
    r"|cai (?:app|ung dung|phan mem)"
)
SCRIPTS: Final = (
    Script(
        "gia-danh-cong-an",
        N_("Giả danh công an, viện kiểm sát, tòa án"),
        (
            r"(?:xung|gia danh|tu xung|gia lam|noi la|bao la).{0,30}(?:cong an|canh sat|vien kiem sat|toa an)",
            rf"{_MONEY}|lenh bat|duong day|rua tien|ma tuy|dieu tra",
        ),
    ),
    Script(
        "con-cap-cuu", N_("Báo con, người thân đang cấp cứu"), (r"cap cuu|tai nan|nhap vien", r"chuyen (?:tien|khoan)")
    ),
    Script(
        "trung-thuong", N_("Báo trúng thưởng, nhận quà"), (r"trung thuong|trung giai|nhan qua|qua tang|tri an", _MONEY)
    ),
    Script(
        "viec-nhe-luong-cao",
        N_("Việc nhẹ lương cao, làm nhiệm vụ trên mạng"),
        (r"viec nhe|luong cao|lam nhiem vu|chot don|cong tac vien|lam them online|like video", _MONEY),
    ),
    Script(
        "dau-tu",
        N_("Mời đầu tư, tiền ảo, đa cấp, lãi cao"),
        (
            r"dau tu|tien ao|san (?:chung khoan|giao dich|vang)|forex|da cap|bitcoin",
            r"lai|loi nhuan|rut|nap|nhan doi|hoa hong",
        ),
    ),
    Script(
        "dien-luc-vneid",
        N_("Giả nhân viên điện lực, VNeID, thuế, dịch vụ công"),
        (
            r"dien luc|vneid|thue|dich vu cong|bao hiem|dinh danh|buu dien",
            r"otp|duong link|link|cai (?:app|ung dung|phan mem)|cat dien|dang nhap",
        ),
    ),
    Script(
        "khoa-sim",
        N_("Dọa khóa SIM, khóa tài khoản"),
        (r"khoa (?:sim|so|tai khoan|the)", r"otp|bam|link|soan tin|lam theo|cap nhat"),
    ),
    Script(
        "giao-hang",
        N_("Giả người giao hàng"),
        (r"shipper|giao hang|buu kien|don hang|buu pham", rf"{_MONEY}|link|hoan tien"),
    ),
    Script(
        "vay-tien",
        N_("Vay tiền qua mạng, đóng phí trước"),
        (r"vay (?:tien|von|online|nhanh|tin chap)|app vay", r"phi|coc|giai ngan|bao hiem|dong truoc"),
    ),
    Script(
        "muon-tien-facebook",
        N_("Chiếm tài khoản mạng, nhắn mượn tiền"),
        (
            r"(?:hack|chiem|cuop|mat) (?:nick|facebook|fb|zalo|tai khoan)|nick .{0,20}bi (?:hack|chiem)",
            r"muon tien|chuyen (?:tien|khoan)|vay",
        ),
    ),
)
SCRIPT_LABELS: Final = {script.code: script.label for script in SCRIPTS}
_PATTERNS = {script.code: tuple(re.compile(pattern) for pattern in script.all_of) for script in SCRIPTS}
_MAX_CHARS: Final = 4000


def list_scripts(text: str) -> list[str]:
    """Return the codes of the scripts that a text tells."""
    folded = fold_text(text[:_MAX_CHARS])
    return [code for code, patterns in _PATTERNS.items() if all(pattern.search(folded) for pattern in patterns)]
