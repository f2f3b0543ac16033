"""Invented texts of the simulation. `{place}` is a village; no name, phone or plate of anybody."""

CASE_TEXTS: dict[str, tuple[str, ...]] = {
    "violence": (
        "Có nhóm thanh niên cầm gậy đánh nhau ở {place}",
        "Hai nhà ở {place} xô xát, có người chảy máu",
        "Đánh nhau trước quán nhậu ở {place}, công an tới gấp",
        "Chồng đánh vợ ở {place}, hàng xóm can không được",
    ),
    "theft": (
        "Đêm qua nhà em ở {place} bị trộm mất xe máy",
        "Kẻ trộm cạy cửa quán ở {place}, lấy tiền trong tủ",
        "Ở {place} mất trộm chó mấy đêm liền",
        "Có người lạ rình nhà vắng chủ ở {place}",
    ),
    "traffic": (
        "Xe tải chở quá tải chạy qua {place} làm hỏng đường",
        "Tai nạn xe máy ở ngã ba {place}, hai người bị thương",
        "Thanh niên chạy xe lạng lách, nẹt pô ở {place} tối nào cũng có",
        "Xe đỗ chắn lối vào trường ở {place}",
    ),
    "fire": (
        "Cháy nhà bếp ở {place}, khói đen nhiều",
        "Cháy rừng thông phía sau {place}",
        "Chập điện cháy cột ở {place}",
    ),
    "scam": (
        "Có người gọi xưng công an bắt chuyển tiền, nhà em ở {place}",
        "Mẹ em ở {place} bị lừa nâng cấp căn cước qua mạng",
        "Trang bán hàng giả lừa đặt cọc nhiều người ở {place}",
        "Họ rủ làm nhiệm vụ trên mạng rồi không cho rút tiền, em ở {place}",
    ),
    "lost_item": (
        "Em đánh rơi ví có giấy tờ ở {place}",
        "Rơi điện thoại trên đường qua {place}, ai nhặt được báo giúp",
        "Mất túi xách màu nâu ở chợ {place}",
    ),
    "found_item": (
        "Cháu nhặt được ví có giấy tờ ở {place}, nhờ công an trả giúp",
        "Nhặt được điện thoại ở sân bóng {place}",
        "Có con bò lạc vào vườn nhà em ở {place} hai ngày rồi",
    ),
    "missing_person": (
        "Ông cụ ở {place} đi khỏi nhà từ sáng chưa về, ông hay quên",
        "Cháu bé ở {place} đi lạc ở hội làng",
    ),
    "found_person": ("Có cháu bé lạc đang ở nhà văn hóa {place}",),
    "drugs_gambling": (
        "Quán nước ở {place} tụ tập đánh bạc chiều nào cũng có",
        "Nghi có người bán ma túy gần {place}",
        "Đánh số đề công khai ở {place}",
    ),
    "public_order": (
        "Thanh niên tụ tập đốt pháo ở {place}",
        "Say rượu chửi bới gây rối ở {place}",
        "Nhóm người lạ đòi nợ, tạt sơn nhà ở {place}",
    ),
    "environment_noise": (
        "Quán hát ở {place} mở loa to quá nửa đêm",
        "Trang trại xả nước thải ra mương {place}, mùi hôi",
        "Đổ trộm rác xây dựng ở {place}",
    ),
    "admin_question": (
        "Cho em hỏi làm căn cước cho con ở {place} cần giấy tờ gì",
        "Đăng ký tạm trú ở {place} thì nộp ở đâu ạ",
        "Em mất đăng ký xe, xin cấp lại thế nào, em ở {place}",
    ),
    "welfare": (
        "Nhà cụ già neo đơn ở {place} ngập, cần giúp dọn đồ",
        "Gia đình khó khăn ở {place} mong được hỗ trợ",
    ),
    "weapon_handover": (
        "Nhà em ở {place} còn khẩu súng hơi cũ, muốn giao nộp",
        "Đào móng ở {place} thấy vật giống quả bom, em không dám chạm vào",
    ),
    "other": ("Nhờ công an xã xem giúp việc ở {place}",),
}
SMALL_TALK = (
    "Chào cả nhà buổi sáng",
    "Cảm ơn các anh công an",
    "Dạ em nhận được rồi ạ",
    "Vâng ạ",
    "Mai có họp thôn không các bác",
    "Tối nay mất điện không ạ",
    "Chúc mừng sinh nhật bác trưởng thôn",
    "Ai có số thợ sửa điện cho em xin",
    "Nước hôm nay yếu quá",
    "Trời sắp mưa to cả nhà cất lúa đi",
    "Hoan hô các chú",
    "Bà con nhớ đi tiêm phòng nhé",
    "Chợ hôm nay cá tươi lắm",
    "Cháu cảm ơn ạ",
    "Xin phép hỏi lịch thu rác tuần này",
    "Đường qua cầu làm xong chưa các bác",
    "Đã xem",
    "Bác nào có xe lên huyện cho em đi nhờ",
    "Chúc bà con năm mới mạnh khỏe",
    "Ngày mai dọn vệ sinh đường làng lúc mấy giờ",
    "Thông báo hay quá, cảm ơn công an xã",
    "Em chia sẻ cho mọi người rồi ạ",
)
RESULTS = {
    "CASE_OPENED": "Cơ quan điều tra đã khởi tố vụ án.",
    "CASE_NOT_OPENED": "Cơ quan điều tra đã xác minh, không khởi tố vụ án.",
    "SUSPENDED": "Việc giải quyết tin báo tạm đình chỉ, có tin mới sẽ báo lại.",
    "RETURNED": "Đã trao trả đồ cho đúng chủ.",
}
RESULT = "Công an đã giải quyết xong việc bạn báo."
PROOF = "Biên bản số {n}"
BULLETIN_TITLES = {
    "SECURITY": "Giữ gìn an ninh trật tự",
    "ONLINE_FRAUD": "Cảnh giác lừa đảo qua mạng",
    "FIRE": "Phòng cháy trong nhà",
    "TRAFFIC": "Chấp hành luật giao thông",
    "POLICY": "Chính sách mới bà con cần biết",
    "PROCEDURE": "Hướng dẫn làm thủ tục",
    "WEATHER": "Chủ động phòng chống mưa bão",
    "CAMPAIGN": "Đợt vận động giao nộp vũ khí, vật liệu nổ",
}
BULLETIN_TEXT = (
    "Công an đề nghị bà con chú ý, nhắc nhau cùng thực hiện. Có việc cần báo, bà con nhắn riêng cho công an xã."
)
FAMILY_NAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Phan", "Võ", "Đặng", "Hồ", "Bùi", "Dương", "Hoàng", "Thái")
MIDDLE_NAMES = ("Văn", "Thị", "Đình", "Quốc", "Minh", "Hữu", "Xuân", "Thanh")
GIVEN_NAMES = ("An", "Bình", "Cường", "Dung", "Hà", "Hải", "Hùng", "Lan", "Linh", "Nam", "Nga", "Sơn", "Tâm", "Tú")
