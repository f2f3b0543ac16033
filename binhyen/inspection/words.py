"""Entries in words: who, did what, to what. A verb nobody put into words shows as it is written in the book."""

from collections.abc import Iterable, Mapping
from typing import Any

from binhyen.areas.queries import NotLoaded, directory
from binhyen.audit.queries.book import Line
from binhyen.audit.rules.reads import Read
from binhyen.audit.rules.verbs import refused
from binhyen.cases.words import EVENT_LABELS
from binhyen.kit.ids import show_code
from binhyen.people.models import Officer
from binhyen.people.queries import by_public_ids
from binhyen.ui.words import clock_time

_VERBS = {
    Read.CASE: "Xem vụ việc", Read.CASE_BY_API: "Máy khác đọc vụ việc", Read.LIST_BY_API: "Máy khác đọc danh sách vụ",
    Read.MESSAGES: "Xem tin nhắn nhạy cảm", Read.PHOTO: "Xem ảnh", Read.ORIGINAL: "Tải bản gốc chứng cứ",
    Read.SEARCH: "Tìm kiếm", Read.EXPORT: "Tải danh sách vụ việc", Read.BOOK: "Xem nhật ký kiểm tra",
    Read.BOOK_EXPORT: "Tải nhật ký kiểm tra",
    "sign_in": "Đăng nhập", "sign_out": "Đăng xuất", "sign_in_failed": "Đăng nhập không được",
    "password_changed": "Đổi mật khẩu", "officer_created": "Thêm cán bộ", "officer_transferred": "Chuyển cán bộ",
    "officer_deactivated": "Khoá tài khoản", "duty_added": "Thêm ca trực", "duty_removed": "Bỏ ca trực",
    "token.created": "Cấp mã cho máy khác", "token.revoked": "Thu mã của máy khác",
    "group.asked": "Xin mở nhóm", "group.opened": "Mở nhóm", "group.reminded": "Nhắc trong nhóm",
    "group.flag_dismissed": "Bỏ qua tin trong nhóm", "outgoing.retried": "Gửi lại tin",
    "outgoing.cancelled": "Bỏ tin chờ gửi", "activated": "Kích hoạt tài khoản", "activation_given": "Cấp mã kích hoạt",
    "activation_failed": "Kích hoạt không được", "confirmed": "Xác nhận lại bước hai", "factors_reset": "Xoá bước hai",
    "second_step_failed": "Bước hai không đúng", "session_ended": "Kết thúc phiên",
    "officer_unlocked": "Mở khoá tài khoản",
    "channel.connected": "Nối kênh", "villages_imported": "Nhập danh sách thôn", "villages_merged": "Gộp thôn",
    "village_closed": "Đóng thôn", "area_name_added": "Thêm tên gọi địa bàn", "area_name_removed": "Bỏ tên gọi địa bàn",
    "audit.paper": "Nhận bản in điểm kiểm tra",
    "data.asked": "Người dân hỏi về dữ liệu của mình", "data.granted": "Đồng ý yêu cầu về dữ liệu",
    "data.refused": "Không làm yêu cầu về dữ liệu", "data.done": "Làm xong yêu cầu về dữ liệu",
    "consent.given": "Ghi đồng ý", "consent.withdrawn": "Ghi rút đồng ý", "retention.deleted": "Xóa phần quá hạn",
    "retention.held": "Giữ lại quá hạn", "retention.released": "Thôi giữ lại", "breach.recorded": "Ghi sự cố dữ liệu",
    "breach.step": "Ghi thêm về sự cố dữ liệu", "data.late": "Yêu cầu về dữ liệu quá hạn, đã báo lên",
    "breach.late": "Sự cố dữ liệu sắp hết giờ hoặc quá giờ, đã báo lên",
    "backup.restored_old": "Phục hồi bản sao quá hạn",
    "identity_asked": "Xin mở danh tính", "identity_approved": "Đồng ý mở danh tính",
    "identity_opened": "Mở danh tính", "identity_refused": "Không đồng ý mở danh tính",
    "identity_read": "Xem danh tính", "identity_carried": "Mang gói danh tính sang máy cô lập",
    "original_asked": "Xin mở bản gốc", "original_approved": "Đồng ý mở bản gốc", "original_opened": "Mở bản gốc",
    "original_refused": "Không đồng ý mở bản gốc", "sealed_read": "Đọc tin kín", "sealed_original": "Tải bản gốc",
    "sealed_carried": "Mang gói tin kín sang máy cô lập", "key_made": "Tạo khóa", "key_retired": "Bỏ khóa",
    "key_shared": "Trao khóa", "key_renewed": "Thay khóa", "key_destroyed": "Hủy khóa cũ",
    "key_recovered": "Khôi phục khóa", "seat_given": "Trao ghế giữ danh tính", "acting_chief": "Đặt quyền trưởng",
    "passphrase_changed": "Đổi cụm mật khẩu",
    "identity_linked": "Nối với dịch vụ định danh", "demo_officers_created": "Tạo cán bộ trình diễn",
    "tie.declared": "Khai quan hệ", "tie.ended": "Thôi khai quan hệ", "gate.released": "Cho tin bị giữ đi",
    "gate.dropped": "Bỏ tin bị giữ", "gate.rewritten": "Viết lại tin bị giữ",
}  # fmt: skip
_OBJECTS = {
    "case": "Vụ", "officer": "Cán bộ", "token": "Mã của máy", "group": "Nhóm", "outgoing": "Tin gửi đi",
    "area": "Địa bàn",
    "reporter": "Người báo", "channel": "Kênh", "file": "Ảnh", "areas": "Địa bàn", "checkpoint": "Điểm kiểm tra",
    "data": "Yêu cầu", "consent": "Đồng ý", "class": "Loại dữ liệu", "breach": "Sự cố",
    "tip": "Tin kín", "group-tip": "Tin kín trong nhóm", "key": "Khóa",
    "backup": "Bản sao",
}  # fmt: skip
_ACTORS = {"citizen": "Người dân", "visitor": "Người chưa đăng nhập"}
_SHORT = 8
Row = dict[str, Any]


def rows(entries: Iterable[Line]) -> list[Row]:
    """For the page and the file: two statements at most, for the names."""
    found = list(entries)
    names = {word.partition(":")[2] for e in found for word in (e.actor, e.object) if word.startswith("officer:")}
    people = by_public_ids(name for name in names if len(name) == 36)
    return [_row(entry, people) for entry in found]


def _row(entry: Line, people: Mapping[str, Officer]) -> Row:
    bad = refused(entry.verb, entry.detail)
    return {
        "at_text": clock_time(entry.at), "iso": entry.at.isoformat(timespec="seconds"),
        "who": _actor(entry.actor, people), "what": verb(entry.verb), "verb": entry.verb,
        "about": _object(entry.object, people), "unit": _unit(entry.unit_id), "more": _more(entry.detail),
        "outcome": "Bị từ chối" if bad else "",
    }  # fmt: skip


def verb(name: str) -> str:
    family, _, rest = name.partition(".")
    return _VERBS.get(name) or (EVENT_LABELS.get(rest) if family == "case" else None) or name


def _actor(actor: str, people: Mapping[str, Officer]) -> str:
    kind, _, name = actor.partition(":")
    if kind == "officer":
        return people[name].name if name in people else f"Cán bộ {name[-_SHORT:]}"
    if kind == "token":
        return f"Máy khác {name[-_SHORT:]}"
    return _ACTORS.get(actor) or "Hệ thống"


def _object(written: str, people: Mapping[str, Officer]) -> str:
    kind, _, name = written.partition(":")
    if not name:
        return ""
    if kind == "case":
        return f"Vụ {show_code(name)}"
    if kind == "officer" and name in people:
        return people[name].name
    return f"{_OBJECTS.get(kind, kind)} {name[-_SHORT:]}"


def _unit(unit_id: int | None) -> str:
    if unit_id is None:
        return ""
    try:
        return directory().unit_name(unit_id)
    except NotLoaded:
        return ""


def _more(detail: Mapping[str, Any]) -> str:
    """Numbers and reasons that say something to a reader; the rest of an entry's detail is for machines."""
    if isinstance(detail.get("n"), int):
        return f"{detail['n']} mục"
    if isinstance(detail.get("tries"), int):
        return f"lần thứ {detail['tries']}"
    return ""
