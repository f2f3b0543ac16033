"""Official papers about help: minutes of a delivery, letter of thanks to a donor."""

import datetime as dt

from binhyen.aid.models import AidDelivery, Need
from binhyen.aid.public_views import format_units
from binhyen.areas.official_heads import build_paper_head, describe_unit
from binhyen.kit.ids import format_code
from binhyen.kit.official_papers import SEAL_NOTE, LabelledLine, Paper, Signature


def build_delivery_minutes(need: Need, delivery: AidDelivery) -> Paper:
    return Paper(
        name=f"bien-ban-trao-{format_code(need.code)}-{delivery.number}",
        head=build_paper_head(need.case.unit, number=delivery.minutes, kind="BB", day=delivery.day),
        title="BIÊN BẢN TRAO HỖ TRỢ",
        body=[
            f"{need.case.unit.name} cùng người nhận lập biên bản về việc trao hỗ trợ như sau:",
            LabelledLine("Hoàn cảnh", need.summary),
            LabelledLine("Chủ hộ", ", ".join(filter(None, (need.household, need.household_place)))),
            LabelledLine("Đã trao", format_units(delivery.units, need.unit_name)),
            *([LabelledLine("Ghi chú", delivery.note)] if delivery.note else []),
            LabelledLine("Người nhận", delivery.receiver),
            LabelledLine("Cán bộ trao", delivery.officer.name),
            "Người nhận đã nhận đủ. Biên bản đã đọc lại cho hai bên nghe, lập thành hai bản, mỗi bên giữ một bản.",
        ],
        signatures=[
            Signature("NGƯỜI NHẬN", name=delivery.receiver),
            Signature("CÁN BỘ TRAO", name=delivery.officer.name),
        ],
    )


def build_thanks_letter(need: Need, delivery: AidDelivery, *, donor: str, day: dt.date) -> Paper:
    """Build the letter of thanks: it names the donor, never the household."""
    return Paper(
        name=f"thu-cam-on-{format_code(need.code)}-{delivery.number}",
        head=build_paper_head(need.case.unit, number="", kind="TCO", day=day),
        title="THƯ CẢM ƠN",
        to=donor,
        body=[
            f"{need.case.unit.name} trân trọng cảm ơn {donor} đã giúp {format_units(delivery.units, need.unit_name)} "
            f"cho một hoàn cảnh khó khăn. Phần giúp đã được trao tận tay ngày {delivery.day:%d/%m/%Y}.",
            "Sự sẻ chia của quý vị giúp bà con thêm ấm lòng. Kính chúc quý vị sức khỏe và bình yên.",
        ],
        signatures=[Signature(describe_unit(need.case.unit).signer, SEAL_NOTE)],
        recipients=("Như trên;", "Lưu: VT."),
    )
