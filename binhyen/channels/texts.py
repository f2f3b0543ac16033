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
