"""What the channels write into their own rows and to chats: kept as written, so always Vietnamese. Pure."""

from binhyen.kit.wording import L_

PURPOSE = "Nhóm an ninh trật tự do Công an mở. Mã"  # of a new group, before its mark
NO_AREA = "Nhóm chưa gắn địa bàn"  # the name of a group that came from outside
GONE = L_("(Đã hết thời hạn công bố thông tin của trẻ em.)")  # in the place of words about a child
WRITTEN = L_("(Viết ngày {day})")  # before a letter that goes days later; `ui/retold.py` knows it by its brackets
WRITTEN_IN_ENGLISH = "(Written on {day})"
ENGLISH = "You can write here in English."  # ends what whoever wrote English is told first
REMINDER = L_(
    "Nhắc chung của {unit}: nhóm này ai cũng đọc được. Điều cần giữ kín, xin đừng viết ở đây mà nhắn riêng cho trang "
    "của công an, hoặc viết ở trang web của công an, không cần tên. Nguy hiểm thì gọi 113, 114, 115."
)
