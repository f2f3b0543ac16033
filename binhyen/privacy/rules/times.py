"""How long each class is kept, in one place. Pure.

Source: reference on security D.8. No statute was found for tips, reflections and identities: every number marked
«[R]» is a proposal that the province confirms, and `BINHYEN_KEEP_DAYS` changes it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Time:
    """One number. `name`: how the setting calls it. `counted`: from what, in Vietnamese."""

    name: str
    days: int
    counted: str
    sure: bool = False  # a legal text says so; else [R]


@dataclass(frozen=True, slots=True)
class Class:
    """What is kept alike. `then`: what becomes of it. `by`: the job, or who does it by hand."""

    code: str
    label: str
    times: tuple[Time, ...]
    then: str
    by: str
    counts: bool = True  # shown with its numbers; False where the number itself would tell something


_SWEEP = "privacy.sweep"
_TALK = Time("small_talk", 30, "ngày nhận")
CLASSES = (
    Class("group", "Lời trong nhóm, chỉ giữ để phân loại", (_TALK,), "xóa", "channels.purge"),
    Class("talk", "Lời nhắn riêng không thành vụ việc", (_TALK,), "xóa", "channels.purge"),
    Class("reflection", "Phản ánh, kiến nghị, đánh rơi, nhặt được, việc khác", (Time("reflection", 395, "ngày xong"),),
          "xóa lời, ảnh, nơi chốn, ghi chú; còn số vụ và con số thống kê", _SWEEP),
    Class("crime", "Tố giác, tin báo đã bàn giao điều tra", (Time("crime", 90, "ngày bàn giao, sau khi đã xong"),),
          "xóa như trên; còn số vụ", _SWEEP),
    Class("child", "Trẻ lạc, người mất tích", (Time("child", 30, "ngày tìm thấy, xong việc"),), "xóa như trên", _SWEEP),
    Class("identity", "Danh tính người báo: tên, số điện thoại, mã trên kênh",
          (Time("identity_told", 7, "ngày báo kết quả"), Time("identity", 180, "lời cuối, khi chưa có kết quả")),
          "hủy khóa, xóa; bản sao lưu cũng không đọc được nữa", _SWEEP),
    Class("member", "Thành viên đã rời nhóm", (Time("member", 30, "ngày rời"),), "hủy khóa, xóa", _SWEEP),
    Class("tip", "Tin kín ẩn danh", (Time("tip", 180, "lời cuối"), Time("tip_closed", 90, "ngày xong")), "hủy khóa",
          "tips.clean"),
    Class("complaint", "Phản ánh về cán bộ, khiếu nại, tố cáo", (), "niêm phong, chuyển lưu trữ của thanh tra",
          "làm tay", counts=False),
    Class("sent", "Lời công an gửi đi", (Time("sent", 395, "ngày gửi"),), "xóa", _SWEEP),
    Class("request", "Yêu cầu về dữ liệu cá nhân", (Time("request", 90, "ngày trả lời"),), "xóa lời; còn loại và ngày",
          _SWEEP),
    Class("consent", "Đồng ý đã hết hạn hoặc đã rút", (Time("consent", 730, "ngày hết"),), "xóa", _SWEEP),
    Class("learning", "Câu mẫu đã che dữ liệu, để dạy máy", (Time("learning", 730, "ngày sửa"),), "xóa", _SWEEP),
    Class("audit", "Nhật ký kiểm tra", (Time("audit", 1826, "ngày ghi"),), "đưa vào bản lưu trữ, giữ điểm kiểm tra",
          "làm tay"),
)  # fmt: skip
BY_CODE = {c.code: c for c in CLASSES}
DEFAULTS = {t.name: t.days for c in CLASSES for t in c.times}
FIXED_ELSEWHERE = frozenset({"small_talk", "audit"})  # BINHYEN_SMALL_TALK_DAYS; the archive is made by hand


def read(text: str) -> dict[str, int]:
    """«crime=120,child=15» → the days that differ from the defaults. Raises ValueError with what is wrong."""
    found: dict[str, int] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, _, days = part.partition("=")
        if name not in DEFAULTS or name in FIXED_ELSEWHERE:
            raise ValueError(f"«{name}» is none of {', '.join(sorted(DEFAULTS.keys() - FIXED_ELSEWHERE))}")
        if not days.isascii() or not days.isdigit() or not 1 <= int(days) <= 36500:
            raise ValueError(f"«{part}»: days are a whole number from 1 to 36500")
        found[name] = int(days)
    return found
