"""Retention of cases: class, expiry, and duties that forbid an earlier erasure. Pure."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from binhyen.cases.choices import COMPLAINT_LANES, PROVINCE_ONLY_CATEGORIES, Lane, State
from binhyen.cases.rules import should_alarm
from binhyen.kit.i18n_markers import N_

# Retention periods of all classes of data, in one place. Pure.
#
# No statute was found for tips, reflections and identities: every number marked «[R]» is a proposal that the province
# confirms, and `BINHYEN_KEEP_DAYS` changes it.


@dataclass(frozen=True, slots=True)
class RetentionPeriod:
    """One period. `name`: in the setting. `counted`: its start, in Vietnamese."""

    name: str
    days: int
    counted: str
    sure: bool = False  # set by a legal text; else [R]


@dataclass(frozen=True, slots=True)
class DataClass:
    """A class of data with one retention. `then`: the final action.

    `by`: the job, or the person who does it by hand.
    """

    code: str
    label: str
    times: tuple[RetentionPeriod, ...]
    then: str
    by: str
    counts: bool = True  # shown with its numbers; False where the number itself is sensitive


_SWEEP = "privacy.sweep"
_TALK = RetentionPeriod("small_talk", 30, N_("ngày nhận"))
DATA_CLASSES = (
    DataClass(
        "group",
        N_("Lời trong nhóm, chỉ giữ để phân loại"),
        (_TALK,),
        N_("xóa"),
        "channels.purge",
    ),
    DataClass(
        "talk",
        N_("Lời nhắn riêng không thành vụ việc"),
        (_TALK,),
        N_("xóa"),
        "channels.purge",
    ),
    DataClass(
        "reflection",
        N_("Phản ánh, kiến nghị, đánh rơi, nhặt được, việc khác"),
        (RetentionPeriod("reflection", 395, N_("ngày xong")),),
        N_("xóa lời, ảnh, địa điểm, ghi chú; còn số vụ và con số thống kê"),
        _SWEEP,
    ),
    DataClass(
        "found",
        N_("Đồ nhặt được: chi tiết kín, người nhận, sổ bàn giao, biên nhận"),
        (),
        N_("xóa cùng lời của vụ việc"),
        _SWEEP,
    ),
    DataClass(
        "deed",
        N_("Người tốt, việc tốt: tên, trường, lời khen"),
        (RetentionPeriod("deed", 1826, N_("ngày soạn, hoặc khi rút, hết đồng ý")),),
        N_("xóa tên, lời; còn số đếm"),
        _SWEEP,
    ),
    DataClass(
        "weapon",
        N_("Vũ khí giao nộp: sổ giữ, biên nhận, người nộp"),
        (RetentionPeriod("weapon", 3652, N_("ngày bàn giao, tiêu hủy vật cuối")),),
        N_("xóa"),
        _SWEEP,
    ),
    DataClass(
        "aid",
        N_("Hoàn cảnh khó khăn: hộ cần giúp, lời hứa giúp, biên bản trao"),
        (RetentionPeriod("donor", 30, N_("ngày lời hứa kết thúc, chỉ liên hệ của người giúp")),),
        N_("hủy khóa liên hệ của người giúp; phần còn lại xóa cùng lời của vụ việc"),
        _SWEEP,
    ),
    DataClass(
        "crime",
        N_("Tố giác, tin báo đã bàn giao điều tra"),
        (RetentionPeriod("crime", 90, N_("ngày bàn giao, sau khi đã xong")),),
        N_("xóa như trên; còn số vụ"),
        _SWEEP,
    ),
    DataClass(
        "child",
        N_("Trẻ lạc, người mất tích"),
        (RetentionPeriod("child", 30, N_("ngày tìm thấy, xong việc")),),
        N_("xóa như trên"),
        _SWEEP,
    ),
    DataClass(
        "missing",
        N_("Người đi lạc: hồ sơ, người dân thấy ở đâu, nơi đã tìm"),
        (),
        N_("xóa cùng lời của vụ việc; tin, ảnh, tên gỡ ngay khi tìm thấy"),
        _SWEEP,
    ),
    DataClass(
        "bracelet",
        N_("Đăng ký trước người hay đi lạc"),
        (RetentionPeriod("bracelet", 30, N_("ngày gia đình rút hoặc hết hạn xác nhận")),),
        N_("xóa, hủy khóa số điện thoại của gia đình"),
        _SWEEP,
    ),
    DataClass(
        "identity",
        N_("Danh tính người báo: tên, số điện thoại, mã trên kênh"),
        (
            RetentionPeriod("identity_told", 7, N_("ngày báo kết quả")),
            RetentionPeriod("identity", 180, N_("lời cuối, khi chưa có kết quả")),
        ),
        N_("hủy khóa, xóa; bản sao lưu giữ không quá 35 ngày"),
        _SWEEP,
    ),
    DataClass(
        "member",
        N_("Thành viên đã rời nhóm"),
        (RetentionPeriod("member", 30, N_("ngày rời")),),
        N_("hủy khóa, xóa"),
        _SWEEP,
    ),
    DataClass(
        "tip",
        N_("Tin kín không tên"),
        (RetentionPeriod("tip", 180, N_("lời cuối")), RetentionPeriod("tip_closed", 90, N_("ngày xong"))),
        N_("hủy khóa"),
        "tips.clean",
    ),
    # 15 years: the archive's term for files of complaints and denunciations [R]; destroyed data cannot be restored.
    DataClass(
        "complaint",
        N_("Phản ánh về cán bộ, khiếu nại, tố cáo"),
        (RetentionPeriod("complaint", 5479, N_("ngày xong")),),
        N_("hủy khóa; xóa lời, tệp, ai báo, về ai; còn số vụ"),
        _SWEEP,
        counts=False,
    ),
    DataClass(
        "scam",
        N_("Số, đường dẫn bị báo lừa đảo; lời phản đối"),
        (
            RetentionPeriod("scam", 395, N_("lần báo cuối")),
            RetentionPeriod("scam_dispute", 90, N_("ngày trả lời phản đối")),
        ),
        N_("xóa"),
        _SWEEP,
    ),
    DataClass(
        "sent",
        N_("Lời công an gửi đi"),
        (RetentionPeriod("sent", 395, N_("ngày gửi")),),
        N_("xóa"),
        _SWEEP,
    ),
    DataClass(
        "bulletin",
        N_("Bản tin đã hết hiệu lực, bản soạn bỏ dở"),
        (
            RetentionPeriod("bulletin", 395, N_("ngày hết hiệu lực, ngày sửa cuối")),
            RetentionPeriod("bulletin_child", 30, N_("ngày hết hiệu lực, tin tìm trẻ em")),
        ),
        N_("xóa lời; còn số nhóm, số người nhận"),
        _SWEEP,
    ),
    DataClass(
        "procedure",
        N_("Câu hỏi thủ tục chưa có lời đáp; bản thủ tục đã hết"),
        (
            RetentionPeriod("procedure_question", 90, N_("lần hỏi cuối")),
            RetentionPeriod("procedure_version", 395, N_("ngày có bản mới, ngày rút")),
        ),
        N_("xóa"),
        _SWEEP,
    ),
    DataClass(
        "request",
        N_("Yêu cầu về dữ liệu cá nhân"),
        (RetentionPeriod("request", 90, N_("ngày trả lời")),),
        N_("xóa lời; còn loại và ngày"),
        _SWEEP,
    ),
    DataClass(
        "consent",
        N_("Đồng ý đã hết hạn hoặc đã rút"),
        (RetentionPeriod("consent", 730, N_("ngày hết")),),
        N_("xóa"),
        _SWEEP,
    ),
    DataClass(
        "learning",
        N_("Câu mẫu đã che dữ liệu, để dạy máy"),
        (RetentionPeriod("learning", 730, N_("ngày sửa")),),
        N_("xóa"),
        _SWEEP,
    ),
    DataClass(
        "opening",
        N_("Yêu cầu mở danh tính, mở tệp gốc"),
        (RetentionPeriod("opening", 1826, N_("ngày xin")),),
        N_("xóa"),
        _SWEEP,
    ),
    DataClass(
        "staff",
        N_("Tài khoản cán bộ đã khóa"),
        (RetentionPeriod("staff", 1826, N_("ngày khóa")),),
        N_("xóa tên, ca trực, nơi từng công tác; còn mã trong nhật ký"),
        _SWEEP,
    ),
    DataClass(
        "conflict",
        N_("Quan hệ đã khai của cán bộ"),
        (RetentionPeriod("conflict", 1826, N_("ngày hết quan hệ")),),
        N_("xóa"),
        _SWEEP,
    ),
    DataClass(
        "breach",
        N_("Sự cố dữ liệu đã kết thúc"),
        (RetentionPeriod("breach", 1826, N_("ngày kết thúc")),),
        N_("xóa"),
        _SWEEP,
    ),
    DataClass(
        "hold",
        N_("Lệnh giữ hồ sơ đã hết"),
        (RetentionPeriod("hold", 30, N_("ngày hết lệnh")),),
        N_("xóa"),
        _SWEEP,
    ),
    DataClass(
        "token",
        N_("Mã cho máy khác nối vào"),
        (RetentionPeriod("token", 90, N_("ngày hết hạn hoặc thu")),),
        N_("xóa"),
        _SWEEP,
    ),
    DataClass(
        "signin",
        N_("Phiên đăng nhập, mã kích hoạt"),
        (),
        N_("xóa khi hết phiên, hết hạn"),
        "people.clean",
    ),
    DataClass(
        "push",
        N_("Thông báo trên máy: máy đã tắt nhận, thông báo đã gửi"),
        (RetentionPeriod("push", 30, N_("ngày máy tắt nhận, ngày thông báo hết hạn")),),
        N_("xóa; địa chỉ của máy xóa ngay khi tắt nhận"),
        "channels.clean",
    ),
    DataClass(
        "webhook",
        N_("Bản gốc từ kênh"),
        (RetentionPeriod("webhook", 30, N_("ngày nhận, thường vài giây")),),
        N_("xóa"),
        "channels.clean",
    ),
    DataClass(
        "audit",
        N_("Nhật ký kiểm tra"),
        (RetentionPeriod("audit", 1826, N_("ngày ghi")),),
        N_("đưa vào bản lưu trữ, giữ điểm kiểm tra"),
        N_("làm tay"),
    ),
)
CLASSES_BY_CODE = {c.code: c for c in DATA_CLASSES}
DEFAULT_DAYS = {t.name: t.days for c in DATA_CLASSES for t in c.times}
FIXED_ELSEWHERE = frozenset({"small_talk", "audit", "webhook"})  # BINHYEN_SMALL_TALK_DAYS; by hand; Zalo resends


def parse_days(text: str) -> dict[str, int]:
    """Parse «crime=120,child=15» to the days that differ from the defaults. Raises ValueError with the reason."""
    days_by_name: dict[str, int] = {}
    for part in filter(None, (item.strip() for item in text.split(","))):
        name, _, days = part.partition("=")
        if name not in DEFAULT_DAYS or name in FIXED_ELSEWHERE:
            raise ValueError(f"«{name}» is none of {', '.join(sorted(DEFAULT_DAYS.keys() - FIXED_ELSEWHERE))}")
        if not days.isascii() or not days.isdigit() or not 1 <= int(days) <= 36500:
            raise ValueError(f"«{part}»: days are a whole number from 1 to 36500")
        days_by_name[name] = int(days)
    return days_by_name


MIN_SWEEP_GAP = dt.timedelta(hours=20)  # minimum time between two sweeps
MAX_SWEEP_GAP = dt.timedelta(days=3)  # a gap without sweeps: the machine was off, or its clock jumped
CHILDREN = frozenset({"missing_person", "found_person"})


@dataclass(frozen=True, slots=True)
class CaseRetentionFacts:
    """Facts of a case for retention. `handed_at`: passed on to investigators; `held`: under a legal hold."""

    kind: str
    lane: str
    category: str
    state: str
    closed_at: dt.datetime | None = None
    handed_at: dt.datetime | None = None
    is_held: bool = False


def get_retention_class(case: CaseRetentionFacts) -> str:
    """Return the class of a case. Total: every case has one."""
    if case.kind == "sealed_tip":
        return "tip"
    if case.category in PROVINCE_ONLY_CATEGORIES or case.lane in COMPLAINT_LANES or case.kind == "conduct":
        return "complaint"
    if case.category in CHILDREN:
        return "child"
    return "crime" if case.lane == Lane.CRIME_REPORT and case.handed_at is not None else "reflection"


def get_expiry(case: CaseRetentionFacts, days: dict[str, int]) -> dt.datetime | None:
    """Return when its text is deleted; None while open or held. A sealed tip has its own period (tips/rules.py)."""
    group = get_retention_class(case)
    if case.closed_at is None or case.is_held or group == "tip":
        return None
    if group == "crime":
        assert case.handed_at is not None
        return max(case.handed_at + dt.timedelta(days=days["crime"]), case.closed_at)
    return case.closed_at + dt.timedelta(days=days[group])


class RetentionDuty(StrEnum):
    """Duty that forbids an erasure although the person requests it."""

    CRIME = "CRIME"
    COMPLAINT = "COMPLAINT"
    WEAPON = "WEAPON"
    HELD = "HELD"
    URGENT = "URGENT"


# Text for the person. The law's own exceptions are art. 14 and 19 of Law 91/2025; wording [R].
DUTY_FOR_CITIZEN = {
    RetentionDuty.CRIME: N_(
        "Tin của bạn là tin báo về tội phạm. Luật buộc công an giữ đến khi giải quyết và bàn giao xong "
        "(Bộ luật Tố tụng hình sự, điều 145–147)."
    ),
    RetentionDuty.COMPLAINT: N_(
        "Tin của bạn là khiếu nại, tố cáo hoặc phản ánh về cán bộ. Hồ sơ phải giữ theo luật khiếu nại, "
        "tố cáo, hết thời hạn thì xóa. Người có liên quan không mở được."
    ),
    RetentionDuty.WEAPON: N_("Biên bản giao nộp vũ khí phải giữ theo Luật Quản lý, sử dụng vũ khí 42/2024/QH15."),
    RetentionDuty.HELD: N_("Có yêu cầu giữ lại hồ sơ này của người có thẩm quyền."),
    RetentionDuty.URGENT: N_(
        "Việc đang được xử lý khẩn cấp, có người có thể gặp nguy hiểm. Xong việc bạn yêu cầu lại."
    ),
}
# Text for the desk: it does not reveal the legal lane of the report.
DUTY_FOR_DESK = N_("Có vụ việc phải lưu theo luật")


def find_duty(case: CaseRetentionFacts, *, urgency: int = 0) -> RetentionDuty | None:
    """Return the duty that forbids the erasure of this case's text now."""
    if case.is_held:
        return RetentionDuty.HELD
    group = get_retention_class(case)
    if group == "complaint":
        return RetentionDuty.COMPLAINT
    if case.category == "weapon_handover":
        return RetentionDuty.WEAPON
    if case.lane == Lane.CRIME_REPORT:  # until its own period ends it: days after the hand-over
        return RetentionDuty.CRIME
    if should_alarm(urgency) and case.state not in (State.CLOSED, State.MERGED):
        return RetentionDuty.URGENT
    return None


def can_trust_clock(last: dt.datetime | None, *, waited: bool, now: dt.datetime) -> bool:
    """Return whether the clock is trusted for deletion; after a gap only once a whole night has passed.

    A clock that jumped ahead (a battery, a typing error) would delete everything at once, for good. `last`: end of the
    last sweep, None in a new installation; `waited`: nothing was deleted then.
    """
    if last is None:
        return True
    return (MIN_SWEEP_GAP if waited else dt.timedelta()) <= now - last <= MAX_SWEEP_GAP
