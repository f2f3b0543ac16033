"""Official papers about found things: minutes of the hand-over, public notice, notice to the finder."""

import datetime as dt

from binhyen.areas.official_heads import build_paper_head, describe_unit
from binhyen.found.models import FoundItem, Receipt
from binhyen.found.rules import KIND_LABELS, Entitlement, ItemKind
from binhyen.kit.ids import format_code
from binhyen.kit.official_papers import BLANK, SEAL_NOTE, LabelledLine, Paper, Signature
from binhyen.kit.signature_strokes import draw_png, parse_strokes

HAND_OVER, NOTICE, FINDER_NOTICE = "bien-ban", "thong-bao", "bao-nguoi-nhat"


def build_hand_over_minutes(item: FoundItem, receipt: Receipt, *, day: dt.date) -> Paper:
    """Build the minutes that finder's side and owner sign; the signatures drawn on the screen stand in it."""
    code = format_code(item.code)
    facts = [
        LabelledLine("Đồ", f"{KIND_LABELS[ItemKind(item.kind)]}: {_describe_item(item)}"),
        LabelledLine("Ngày nhặt được", f"{item.found_on:%d/%m/%Y}"),
        *([LabelledLine("Nơi nhặt được", item.place)] if item.place else []),
        LabelledLine("Hiện trạng khi trao", receipt.condition or BLANK),
        LabelledLine("Người nhận", receipt.receiver_name),
        LabelledLine("Giấy tờ tùy thân đã xem", BLANK),
        LabelledLine("Cán bộ trao", receipt.officer.name),
    ]
    return Paper(
        name=f"bien-ban-trao-tra-{code}",
        head=build_paper_head(item.case.unit, number=receipt.paper, kind="BB", day=day),
        title="BIÊN BẢN TRAO TRẢ TÀI SẢN NHẶT ĐƯỢC",
        body=[
            "Căn cứ Bộ luật Dân sự năm 2015, hai bên lập biên bản về việc trao trả tài sản như sau:",
            *facts,
            "Người nhận đã xem, nhận đúng tài sản của mình và không có ý kiến khác. Biên bản đã đọc lại cho hai bên "
            "nghe, lập thành hai bản, mỗi bên giữ một bản.",
        ],
        signatures=[
            Signature("NGƯỜI NHẬN", name=receipt.receiver_name, image=_draw_signature(receipt.receiver_signature)),
            Signature("CÁN BỘ TRAO", name=receipt.officer.name, image=_draw_signature(receipt.officer_signature)),
        ],
    )


def _draw_signature(strokes: str) -> bytes | None:
    return draw_png(parse_strokes(strokes)) if strokes else None


def _describe_item(item: FoundItem) -> str:
    return ", ".join(filter(None, (item.description, item.brand, item.colour)))


def build_public_notice(item: FoundItem, *, day: dt.date) -> Paper:
    """Build the notice for the board: no detail that only the owner knows."""
    unit = describe_unit(item.case.unit)
    return Paper(
        name=f"thong-bao-tim-chu-{format_code(item.code)}",
        head=build_paper_head(item.case.unit, number="", kind="TB", day=item.announced_on or day),
        title="THÔNG BÁO TÌM CHỦ SỞ HỮU TÀI SẢN",
        body=[
            f"{item.case.unit.name} đang giữ tài sản do người dân nhặt được và giao nộp:",
            LabelledLine("Tài sản", f"{KIND_LABELS[ItemKind(item.kind)]}: {item.description}"),
            LabelledLine("Ngày nhặt được", f"{item.found_on:%d/%m/%Y}"),
            *([LabelledLine("Nơi nhặt được", item.place)] if item.place else []),
            LabelledLine("Mã tra cứu", format_code(item.code)),
            "Ai là chủ sở hữu, mang giấy tờ tùy thân đến trụ sở để nhận lại, và nêu những đặc điểm mà chỉ chủ biết. "
            "Hết thời hạn theo Bộ luật Dân sự năm 2015 mà không có người nhận, tài sản được xử lý theo quy định.",
        ],
        signatures=[Signature(unit.signer, SEAL_NOTE)],
        recipients=("Niêm yết tại trụ sở;", "UBND xã, phường;", "Lưu: VT."),
    )


def build_finder_notice(item: FoundItem, entitlement: Entitlement, *, day: dt.date) -> Paper:
    """Build the notice to the finder: the announcement, its end, and the proposal of the law."""
    unit = describe_unit(item.case.unit)
    share = "theo giá trị được xác định khi hết hạn"
    if entitlement.finder_share is not None:
        share = f"{entitlement.finder_share:,} đồng".replace(",", ".")
    return Paper(
        name=f"bao-nguoi-nhat-{format_code(item.code)}",
        head=build_paper_head(
            item.case.unit, number="", kind="TB", day=day, subject="V/v kết quả thông báo tìm chủ sở hữu tài sản"
        ),
        to=f"Ông/Bà {BLANK}",
        body=[
            f"Ông/Bà đã nhặt được và báo, giao nộp tài sản (mã {format_code(item.code)}): {item.description}.",
            LabelledLine("Ngày thông báo công khai", f"{item.announced_on:%d/%m/%Y}" if item.announced_on else BLANK),
            LabelledLine("Hết thời hạn ngày", f"{entitlement.due_on:%d/%m/%Y}"),
            LabelledLine("Căn cứ", entitlement.article),
            LabelledLine("Phần người nhặt được hưởng khi không có chủ nhận", share),
            LabelledLine(
                "Mức lương cơ sở áp dụng",
                f"{entitlement.salary.amount:,} đồng ({entitlement.salary.source})".replace(",", "."),
            ),
            "Việc giao tài sản do người có thẩm quyền quyết định khi hết thời hạn.",
        ],
        signatures=[Signature(unit.signer, SEAL_NOTE)],
        recipients=("Như trên;", "Lưu: VT."),
    )
