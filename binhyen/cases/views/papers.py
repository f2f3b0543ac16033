"""The slip that hands a crime report to investigators within 24 hours, with the receipt below it, as a file."""

import datetime as dt

from django.http import Http404, HttpResponse

from binhyen.areas.official_heads import build_paper_head, describe_unit
from binhyen.cases.choices import CATEGORY_LABELS, Lane, Verb
from binhyen.cases.models import Case
from binhyen.cases.queries.case_detail import get_visible_case
from binhyen.cases.rules import NotFound
from binhyen.cases.services.view_log import record_view
from binhyen.kit import clock
from binhyen.kit.ids import format_code
from binhyen.kit.official_papers import (
    BLANK,
    FORMAT_PARAMETER,
    PAPER_FORMATS,
    SEAL_NOTE,
    LabelledLine,
    Paper,
    Signature,
    build_paper_response,
)
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, require_any_permission


@require_any_permission(Permission.WORK_CASES)
def download_transfer_slip(request: OfficerRequest, code: str) -> HttpResponse:
    try:
        case = get_visible_case(request.user, code)
    except NotFound:
        raise Http404 from None
    extension = request.GET.get(FORMAT_PARAMETER, "pdf")
    if case.lane != Lane.CRIME_REPORT or extension not in PAPER_FORMATS:
        raise Http404
    record_view(case, officer=request.user, now=clock.now())
    return build_paper_response(build_transfer_slip(case), extension)


def build_transfer_slip(case: Case) -> Paper:
    """Build the slip. The words of the report and its reporter travel separately, sealed: they are not on paper."""
    unit, now = describe_unit(case.unit), clock.now()
    passed = case.events.filter(verb=Verb.STATE, data__to="PASSED_ON").order_by("-id").first()
    opened = case.opened_at.astimezone(clock.VIETNAM)
    due = opened + dt.timedelta(hours=24)
    handed = passed.at.astimezone(clock.VIETNAM) if passed else None
    receiver, receipt = (passed.data.get(key, "") if passed else "" for key in ("receiver", "receipt"))
    return Paper(
        name=f"phieu-chuyen-{format_code(case.code)}",
        head=build_paper_head(case.unit, number="", kind="PC", day=clock.to_vietnam_day(handed or now)),
        title="PHIẾU CHUYỂN NGUỒN TIN VỀ TỘI PHẠM",
        to=receiver or f"Cơ quan Cảnh sát điều tra {BLANK}",
        body=[
            f"{case.unit.name} đã tiếp nhận, kiểm tra sơ bộ và chuyển nguồn tin về tội phạm sau đây, kèm tài liệu:",
            LabelledLine("Mã vụ việc", format_code(case.code)),
            LabelledLine("Loại tin", str(CATEGORY_LABELS.get(case.category, case.category))),
            LabelledLine("Tiếp nhận lúc", f"{opened:%H:%M} ngày {opened:%d/%m/%Y}"),
            LabelledLine("Hạn chuyển (24 giờ)", f"{due:%H:%M} ngày {due:%d/%m/%Y}"),
            LabelledLine("Chuyển lúc", f"{handed:%H:%M} ngày {handed:%d/%m/%Y}" if handed else BLANK),
            LabelledLine("Số biên nhận", receipt or BLANK),
            LabelledLine("Nơi xảy ra", case.place or BLANK),
            LabelledLine("Kết quả kiểm tra sơ bộ", BLANK * 2),
            LabelledLine("Tài liệu kèm theo", BLANK * 2),
            "BIÊN NHẬN: Bên nhận đã nhận đủ phiếu và tài liệu kèm theo vào hồi ... giờ ... ngày .../.../......",
        ],
        signatures=[
            Signature("BÊN NHẬN"),
            Signature("CÁN BỘ GIAO", name=case.assignee.name if case.assignee else ""),
            Signature(unit.signer, SEAL_NOTE),
        ],
    )
