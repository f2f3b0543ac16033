"""Automatic texts of intake. Pure."""

from binhyen.kit.i18n_markers import L_, N_

GREETING_TEXT = L_(
    "Chào bạn, đây là kênh riêng của {unit}. Bạn cần báo việc gì, cứ viết ở đây: chuyện gì, ở đâu, lúc nào. "
    "Nếu nguy hiểm đến tính mạng, gọi ngay 113, 114 hoặc 115."
)
LISTENING_TEXT = L_(
    "Chúng tôi nghe. Bạn cần báo việc gì, ở đâu? Cứ viết ở đây. Nếu nguy hiểm đến tính mạng, gọi ngay 113."
)
NOTED_TEXT = L_("Đã ghi thêm vào tin của bạn. Cảm ơn bạn.")
NOTED_BY_UNIT_TEXT = L_("Đã ghi nơi xảy ra. Tin của bạn nay do {unit} xử lý. Cảm ơn bạn.")
IN_DANGER_TEXT = L_("Lời bạn vừa viết đã vào tin đã báo. Hãy giữ an toàn cho mình, biết thêm gì xin nhắn tiếp tại đây.")
DATA_REQUEST_TEXT = L_(
    "Đã ghi yêu cầu {code} về dữ liệu cá nhân của bạn. Công an trả lời tại đây, chậm nhất hết ngày {day}. "
    "Bạn viết thêm cần xem, sửa, xóa điều gì nếu muốn."
)
DATA_REQUEST_WITH_CASES_TEXT = L_(
    "Đã ghi yêu cầu {code} về dữ liệu cá nhân của bạn, gồm tin: {cases}. Công an trả lời tại đây, chậm nhất hết ngày "
    "{day}. Bạn viết thêm cần xem, sửa, xóa điều gì nếu muốn."
)
RATING_THANKS_TEXT = L_("Cảm ơn bạn đã cho biết.")
GROUP_ACK_TEXT = L_(
    "{unit} đã nhận được và đã báo cán bộ trực. Ai biết thêm, hay người báo muốn biết kết quả, xin nhắn riêng cho "
    "trang của công an."
)
UNREAD_REASON = N_("máy không đọc được tin này, cần cán bộ tự đọc")
UNSURE_PLACE_PREFIX = L_("nơi chưa chắc")  # before a reason about places
