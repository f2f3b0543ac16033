"""Texts that the channels store in their rows and send to chats: stored as written, so always Vietnamese. Pure."""

from binhyen.kit.i18n_markers import L_

GROUP_DESCRIPTION_PREFIX = "Nhóm an ninh trật tự do Công an mở. Mã"  # of a new group, before its code
UNPLACED_GROUP_NAME = "Nhóm chưa gắn địa bàn"  # name of a group created outside this program
CHILD_TEXT_REMOVED = L_("(Đã hết thời hạn công bố thông tin của trẻ em.)")  # replaces text about a child
WRITTEN_ON_PREFIX = L_(
    "(Viết ngày {day})"
)  # precedes a message sent days later; `ui/stored_text_i18n.py` knows its brackets
WRITTEN_ON_PREFIX_ENGLISH = "(Written on {day})"
ENGLISH_HINT = "You can write here in English."  # ends the first reply to a person who wrote in English
GROUP_REMINDER = L_(
    "Nhắc chung của {unit}: nhóm này ai cũng đọc được. Điều cần giữ kín, xin đừng viết ở đây mà nhắn riêng cho trang "
    "của công an, hoặc viết ở trang web của công an, không cần tên. Nguy hiểm thì gọi 113, 114, 115."
)
MAIL_URL = "/nhan-tin/thu"  # page of a subscription by e-mail, followed by its token
MAIL_REASON = "Bạn nhận thư này vì địa chỉ của bạn đã đăng ký ở {site}/nhan-tin."
MAIL_ENDS = "Thôi nhận:"
MAIL_CONFIRM_TITLE = "Xác nhận nhận thông báo của công an"
MAIL_CONFIRM_BODY = (
    "Có người vừa đăng ký địa chỉ này để nhận thông báo của công an. Nếu là bạn, hãy mở đường dẫn dưới đây rồi bấm "
    "«Xác nhận». Nếu không phải bạn, xin bỏ qua thư này: sẽ không có thư nào khác."
)
