"""What operators call the tables and columns of Django's admin (site.py). Django writes the first letter large."""

from binhyen.kit.wording import N_

APPS = {"areas": N_("Địa bàn"), "people": N_("Cán bộ"), "procrastinate": N_("Việc nền")}
MODELS = {
    "Alias": N_("tên gọi khác"), "AreaVersion": N_("địa bàn theo thời gian"),
    "Succession": N_("kế thừa khi sáp nhập, chia tách"), "Unit": N_("đơn vị"), "DutyShift": N_("ca trực"),
    "Officer": N_("cán bộ"), "ProcrastinateJob": N_("việc đang chờ, đang làm"),
}  # fmt: skip
FIELDS = {
    "abort_requested": N_("đã yêu cầu dừng"), "area": N_("địa bàn"), "args": N_("tham số"), "attempts": N_("số lần thử"),
    "code": N_("mã số"), "current": N_("đang dùng"), "date_quality": N_("độ chắc của ngày"), "ends_at": N_("kết thúc lúc"),
    "event_date": N_("ngày thay đổi"), "folded": N_("tên không dấu"), "full_name": N_("tên đầy đủ"),
    "is_active": N_("đang hoạt động"), "kind": N_("loại"), "last_login": N_("đăng nhập lần cuối"),
    "legal_basis": N_("văn bản căn cứ"), "level": N_("cấp"), "lock": N_("khóa lần lượt"), "name": N_("tên"),
    "name_key": N_("tên để so"), "new": N_("địa bàn mới"), "note": N_("ghi chú"), "officer": N_("cán bộ"),
    "old": N_("địa bàn cũ"), "parent": N_("cấp trên"), "password_given": N_("mật khẩu do người khác đặt"),
    "priority": N_("ưu tiên"), "queue_name": N_("hàng đợi"), "queueing_lock": N_("khóa xếp hàng"),
    "rights_since": N_("quyền tính từ"), "role": N_("vai trò"), "scheduled_at": N_("hẹn lúc"), "share": N_("phần"),
    "starts_at": N_("bắt đầu lúc"), "status": N_("tình trạng"), "subject": N_("mã ở nơi định danh"),
    "task_name": N_("tên việc"), "type": N_("loại đơn vị"), "unit": N_("đơn vị"), "username": N_("tên đăng nhập"),
    "valid_from": N_("từ ngày"), "valid_to": N_("đến trước ngày"), "worker": N_("tiến trình"),
}  # fmt: skip
# Columns that procrastinate's admin makes itself.
COLUMNS = {
    "short_task_name": N_("tên việc"), "pretty_args": N_("tham số"), "pretty_status": N_("tình trạng"),
    "summary": N_("tóm tắt"),
}  # fmt: skip
