"""Official papers about weapons handed in: minutes of reception, hand-over, storage and destruction.

The forms of Circular 75/2024 were not read [R]: the layout is that of Decree 30/2020, the facts those of chapter VI of
Law 42/2024/QH15.
"""

from collections.abc import Sequence

from binhyen.areas.official_heads import build_paper_head, describe_unit
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import format_code
from binhyen.kit.official_papers import BLANK, SEAL_NOTE, LabelledLine, Paper, PaperTable, Signature
from binhyen.kit.signature_strokes import draw_png, parse_strokes
from binhyen.weapons.models import Weapon, WeaponCustody, WeaponReceipt, WeaponRecord
from binhyen.weapons.rules import MEASURE_LABELS, WEAPON_KIND_LABELS, Measure, WeaponKind, WeaponOrigin, WeaponStep

UNNAMED = "Người nộp không nêu tên"
_LAW = "Căn cứ Luật Quản lý, sử dụng vũ khí, vật liệu nổ và công cụ hỗ trợ số 42/2024/QH15,"
_COLUMNS = ("TT", "Tên, loại", "Số hiệu", "Số lượng", "Tình trạng")
_SHARES = (8, 40, 20, 14, 18)
_STEP_TITLES = {
    WeaponStep.GUARDED: "BIÊN BẢN KHOANH VÙNG, BẢO VỆ VẬT NGHI LÀ VẬT LIỆU NỔ",
    WeaponStep.RECEIVED: "BIÊN BẢN TIẾP NHẬN VŨ KHÍ, VẬT LIỆU NỔ, CÔNG CỤ HỖ TRỢ",
    WeaponStep.STORED: "BIÊN BẢN NHẬP KHO VŨ KHÍ, VẬT LIỆU NỔ, CÔNG CỤ HỖ TRỢ",
    WeaponStep.TRANSFERRED: "BIÊN BẢN BÀN GIAO VŨ KHÍ, VẬT LIỆU NỔ, CÔNG CỤ HỖ TRỢ",
    WeaponStep.PASSED_TO_ARMY: "BIÊN BẢN BÀN GIAO CHO CƠ QUAN QUÂN SỰ",
    WeaponStep.DESTROYED: "BIÊN BẢN TIÊU HỦY VŨ KHÍ, VẬT LIỆU NỔ, CÔNG CỤ HỖ TRỢ",
    WeaponStep.CORRECTED: "BIÊN BẢN ĐÍNH CHÍNH SỔ THEO DÕI VŨ KHÍ",
}
_DESTRUCTION_COUNCIL = ("CHỦ TỊCH HỘI ĐỒNG", "THÀNH VIÊN", "THƯ KÝ")


def build_reception_minutes(record: WeaponRecord, receipt: WeaponReceipt, weapons: Sequence[Weapon]) -> Paper:
    """Build the minutes of reception, signed by giver or witness and officer."""
    officer_drawn = _draw_signature(receipt.officer_signature)
    is_seizure = record.origin == WeaponOrigin.SEIZED
    kind = "THU GIỮ" if is_seizure else "TIẾP NHẬN"
    giver = receipt.giver_name or UNNAMED
    drawn = _draw_signature(receipt.giver_signature)
    signer = (
        Signature("NGƯỜI CHỨNG KIẾN", name=receipt.witness, image=drawn)
        if receipt.witness
        else Signature("NGƯỜI NỘP", name=receipt.giver_name, image=drawn)
    )
    return Paper(
        name=f"bien-ban-{format_code(record.code)}",
        head=build_paper_head(record.case.unit, number=receipt.paper, kind="BB", day=to_vietnam_day(receipt.at)),
        title=f"BIÊN BẢN {kind} VŨ KHÍ, VẬT LIỆU NỔ, CÔNG CỤ HỖ TRỢ",
        body=[
            f"{_LAW} {record.case.unit.name} lập biên bản về việc {kind.lower()} như sau:",
            LabelledLine("Người giao", giver),
            LabelledLine("Cán bộ tiếp nhận", receipt.officer.name),
            LabelledLine("Mã hồ sơ", format_code(record.code)),
            PaperTable(_COLUMNS, [_list_cells(number, weapon) for number, weapon in enumerate(weapons, 1)], _SHARES),
            LabelledLine("Niêm phong số", receipt.seal or BLANK),
            "Biên bản đã đọc lại cho hai bên nghe, công nhận đúng, lập thành hai bản, mỗi bên giữ một bản.",
        ],
        signatures=[signer, Signature("CÁN BỘ TIẾP NHẬN", name=receipt.officer.name, image=officer_drawn)],
    )


def _draw_signature(strokes: str) -> bytes | None:
    return draw_png(parse_strokes(strokes)) if strokes else None


def _list_cells(number: int, weapon: Weapon) -> tuple[str, ...]:
    quantity = f"{weapon.quantity:,} {MEASURE_LABELS[Measure(weapon.measure)]}".replace(",", ".")
    name = f"{weapon.description} ({WEAPON_KIND_LABELS[WeaponKind(weapon.kind)]})"
    return (str(number), name, weapon.serial or "không có", quantity, weapon.condition or "–")


def build_step_minutes(record: WeaponRecord, weapon: Weapon, step: WeaponCustody) -> Paper:
    """Build the minutes of one step of custody: hand-over, storage, or destruction by a council."""
    kind, unit = WeaponStep(step.step), describe_unit(record.case.unit)
    is_destroyed = kind is WeaponStep.DESTROYED
    facts = [
        LabelledLine("Bên giao", step.giver),
        LabelledLine("Hội đồng tiêu hủy" if is_destroyed else "Bên nhận", step.receiver or BLANK),
        *([LabelledLine("Nơi giữ, nơi thực hiện", step.place)] if step.place else []),
        *([LabelledLine("Niêm phong số", step.seal)] if step.seal else []),
        LabelledLine("Cách tiêu hủy, kết quả" if is_destroyed else "Ghi chú", step.note or BLANK),
    ]
    signatures = (
        [Signature(title) for title in _DESTRUCTION_COUNCIL]
        if is_destroyed
        else [Signature("BÊN NHẬN"), Signature("BÊN GIAO", name=step.officer.name), Signature(unit.signer, SEAL_NOTE)]
    )
    return Paper(
        name=f"bien-ban-{format_code(record.code)}-{step.number}",
        head=build_paper_head(record.case.unit, number=step.paper, kind="BB", day=to_vietnam_day(step.at)),
        title=_STEP_TITLES[kind],
        body=[
            f"{_LAW} các bên lập biên bản như sau:",
            *facts,
            PaperTable(_COLUMNS, [_list_cells(1, weapon)], _SHARES),
            "Biên bản đã đọc lại cho các bên nghe, công nhận đúng và cùng ký tên.",
        ],
        signatures=signatures,
    )
