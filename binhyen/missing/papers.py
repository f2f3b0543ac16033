"""Official papers about missing people: notice of a search, minutes of handing a person over to the family."""

import datetime as dt

from binhyen.areas.official_heads import build_paper_head, describe_unit
from binhyen.kit.clock import VIETNAM
from binhyen.kit.ids import format_code
from binhyen.kit.official_papers import BLANK, SEAL_NOTE, LabelledLine, Paper, Signature
from binhyen.missing.models import PersonRecord
from binhyen.missing.rules.records import PERSON_KIND_LABELS, SEX_LABELS, PersonKind, RecordSide, Sex, format_age

NOTICE, HAND_OVER = "thong-bao", "ban-giao"


def build_search_notice(record: PersonRecord, *, place: str, day: dt.date) -> Paper:
    """Build the notice of a published appeal, to other units and for the board: no health, no phone of the family."""
    unit = describe_unit(record.case.unit)
    is_missing = record.side == RecordSide.MISSING
    return Paper(
        name=f"thong-bao-tim-nguoi-{format_code(record.code)}",
        head=build_paper_head(record.case.unit, number="", kind="TB", day=day),
        title="THÔNG BÁO TÌM NGƯỜI" if is_missing else "THÔNG BÁO TÌM THÂN NHÂN",
        body=[
            f"{record.case.unit.name} thông báo, đề nghị các đơn vị và bà con phối hợp:",
            *_describe_person(record, place, shows_name=is_missing),
            *([LabelledLine("Quần áo", record.clothes)] if record.clothes else []),
            *([LabelledLine("Đặc điểm nhận dạng", record.marks)] if record.marks else []),
            LabelledLine("Mã tra cứu", format_code(record.code)),
            f"Ai biết tin, báo ngay {record.case.unit.name} hoặc gọi 113. Thông báo hết hiệu lực khi đã có kết quả.",
        ],
        signatures=[Signature(unit.signer, SEAL_NOTE)],
        recipients=("Công an các xã, phường trong vùng tìm;", "Niêm yết tại trụ sở;", "Lưu: VT."),
    )


def build_person_minutes(record: PersonRecord, *, place: str, officer_name: str, day: dt.date) -> Paper:
    """Build the minutes of handing a found person over; the family's name and papers are written by hand."""
    return Paper(
        name=f"bien-ban-ban-giao-nguoi-{format_code(record.code)}",
        head=build_paper_head(record.case.unit, number="", kind="BB", day=day),
        title="BIÊN BẢN BÀN GIAO NGƯỜI",
        body=[
            "Hai bên lập biên bản về việc bàn giao người đi lạc, người được tìm thấy như sau:",
            *_describe_person(record, place, shows_name=True),
            LabelledLine("Vụ việc số", format_code(record.case.code)),
            LabelledLine("Tình trạng sức khỏe khi bàn giao", BLANK),
            LabelledLine("Người nhận, quan hệ với người được bàn giao", BLANK),
            LabelledLine("Giấy tờ tùy thân đã xem", BLANK),
            LabelledLine("Cán bộ bàn giao", officer_name),
            "Người nhận đã nhận đúng người thân và không có ý kiến khác. Biên bản đã đọc lại cho hai bên nghe, lập "
            "thành hai bản, mỗi bên giữ một bản.",
        ],
        signatures=[Signature("NGƯỜI NHẬN"), Signature("CÁN BỘ BÀN GIAO", name=officer_name)],
    )


def _describe_person(record: PersonRecord, place: str, *, shows_name: bool) -> list[LabelledLine]:
    age = format_age(record.age_low, record.age_high)
    kind, sex = PERSON_KIND_LABELS[PersonKind(record.kind)], SEX_LABELS[Sex(record.sex)]
    person = ", ".join(filter(None, (kind, sex.lower(), f"{age} tuổi" if age else "")))
    moment = f"{record.seen_at.astimezone(VIETNAM):%H:%M, %d/%m/%Y}"
    return [
        *([LabelledLine("Họ tên, tên gọi", record.name or BLANK)] if shows_name else []),
        LabelledLine("Người", person),
        LabelledLine(
            "Thấy lần cuối" if record.side == RecordSide.MISSING else "Tìm thấy",
            ", ".join(filter(None, (moment, place))),
        ),
    ]
