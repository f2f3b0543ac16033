"""Letter of praise as an official paper."""

import datetime as dt

from binhyen.areas.official_heads import build_paper_head, describe_unit
from binhyen.deeds.models import Deed
from binhyen.kit.ids import format_code
from binhyen.kit.official_papers import SEAL_NOTE, Paper, Signature


def build_certificate(deed: Deed, *, day: dt.date) -> Paper:
    unit = describe_unit(deed.case.unit)
    of_school = [f"học sinh lớp {deed.school_class}" if deed.school_class else "", deed.school]
    person = ", ".join(filter(None, (deed.person_name, *of_school)))
    return Paper(
        name=f"thu-khen-{format_code(deed.code)}",
        head=build_paper_head(deed.case.unit, number="", kind="TK", day=deed.approved_on or day),
        title="THƯ KHEN",
        body=[
            f"{deed.case.unit.name} khen ngợi: {person}.",
            deed.text,
            f"{deed.case.unit.name} cảm ơn và mong bà con, các em học sinh cùng noi gương.",
        ],
        signatures=[Signature(unit.signer, SEAL_NOTE)],
        recipients=("Như trên;", *((f"{deed.school};",) if deed.school else ()), "Lưu: VT."),
    )
