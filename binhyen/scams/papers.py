"""Letter to a bank about an account named in fraud reports."""

import datetime as dt
from collections.abc import Sequence

from binhyen.areas.models import Unit
from binhyen.areas.official_heads import build_paper_head, describe_unit
from binhyen.kit.official_papers import BLANK, SEAL_NOTE, LabelledLine, Paper, Signature


def build_bank_letter(unit: Unit, *, account: str, codes: Sequence[str], officer_name: str, day: dt.date) -> Paper:
    """Build the letter. It asks for the bank's own measures and does not replace an order of the competent person."""
    return Paper(
        name=f"cong-van-ngan-hang-{day:%Y%m%d}",
        head=build_paper_head(
            unit, number="", kind="CV", day=day, subject="V/v đề nghị kiểm tra, tạm dừng giao dịch tài khoản"
        ),
        to=f"Ngân hàng {BLANK}",
        body=[
            f"{unit.name} đang xác minh tin báo lừa đảo, trong đó người bị hại được yêu cầu chuyển tiền vào tài khoản:",
            LabelledLine("Số tài khoản", account),
            LabelledLine("Chủ tài khoản", BLANK),
            LabelledLine("Số tiền, thời gian chuyển", BLANK),
            LabelledLine("Vụ việc số", ", ".join(codes) or BLANK),
            f"Để kịp thời ngăn thiệt hại, {unit.name} đề nghị Quý ngân hàng kiểm tra giao dịch, tạm dừng giao dịch có "
            "dấu hiệu lừa đảo theo thẩm quyền của ngân hàng, và trả lời bằng văn bản về việc đã làm, số tiền còn giữ "
            "được.",
            f"Liên hệ: {officer_name}, điện thoại {BLANK}",
        ],
        signatures=[Signature(describe_unit(unit).signer, SEAL_NOTE)],
        recipients=("Như trên;", "Lưu: VT."),
    )
