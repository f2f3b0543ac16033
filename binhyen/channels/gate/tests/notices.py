"""What officers rightly write to groups every day: the gate must let these go. Written for the test."""

import random
from collections.abc import Iterator

PUBLISHED = frozenset({"02393855113", "0692928113", "02393881199"})
OFFICERS = frozenset({"nguyen quoc an", "tran van duong"})

_PLACES = ("xã Lộc Hà", "phường Thành Sen", "xã Cẩm Xuyên", "xã Thạch Hà", "phường Hà Huy Tập", "xã Hương Khê", "xã Vũ Quang")
_VILLAGES = ("thôn Bắc Sơn", "TDP Phú Mậu", "thôn Nam Thượng", "xóm 4", "thôn Đông Thịnh", "tổ dân phố 7")
_DAYS = ("ngày 25/11/2026", "sáng 28/11", "tối nay 19h30", "từ 01/12/2026 đến 05/12/2026", "thứ Bảy tuần này", "ngày 5 tháng 12 năm 2026")

_TEXTS = (
    "Công an {place} thông báo: {day} cấm đường tại cầu Trù để sửa chữa, bà con đi đường tránh qua {village}.",
    "Cảnh báo: gần đây có đối tượng giả danh công an gọi điện yêu cầu chuyển tiền. Bà con tuyệt đối không làm theo.",
    "Bà con không bấm vào đường dẫn lạ, không cung cấp mã OTP, mật khẩu cho bất kỳ ai.",
    "{day} cắt nước để súc rửa đường ống tại {village}, mong bà con thông cảm.",
    "Mất điện {day} tại {village} để sửa đường dây. Công an {place} tăng cường tuần tra trong thời gian mất điện.",
    "Khẩn cấp gọi ngay 113 (công an), 114 (cháy, cứu nạn), 115 (cấp cứu), trẻ em gọi 111.",
    "Trực ban Công an {place}: 0239 3855 113. Bà con gọi bất cứ lúc nào.",
    "Số trực ban công an tỉnh là 0692.928.113, trực 24/24.",
    "Cảm ơn bà con {village} đã giúp công an giữ gìn an ninh trật tự trong dịp lễ vừa qua.",
    "Cảm ơn mọi người đã nhắc nhau cảnh giác. Ai biết thêm gì, xin nhắn riêng cho trang của công an.",
    "Công an {place} đã nhận được và đang xem việc này. Ai biết thêm, xin nhắn riêng cho trang của công an.",
    "Nhóm xin anh/chị dùng lời lịch sự để mọi người cùng trao đổi. Có bức xúc, xin nhắn riêng cho cán bộ.",
    "Nhóm này dành cho an ninh, trật tự nên xin phép không đăng bán hàng, tuyển người. Mong anh/chị thông cảm.",
    "Bà con đừng bấm đường dẫn này và đừng chuyển tiền. Công an xã sẽ kiểm tra. Ai lỡ bấm, xin nhắn riêng ngay.",
    "Tin có thông tin riêng của người khác. Xin anh/chị gỡ xuống và nhắn riêng cho cán bộ để giữ kín cho họ.",
    "{day} Công an {place} làm căn cước lưu động tại nhà văn hóa {village}. Mời bà con đến đúng giờ.",
    "Trẻ em dưới 16 tuổi không được điều khiển xe máy. Phụ huynh không giao xe cho con em mình.",
    "Các em học sinh lớp 5 trường Tiểu học tham gia thi tìm hiểu luật giao thông {day}.",
    "Thời tiết nắng nóng, đề phòng đuối nước: không cho trẻ em tắm sông, hồ khi không có người lớn đi cùng.",
    "Áp thấp gây mưa to {day}. Bà con {village} chằng chống nhà cửa, chuẩn bị đèn pin, nước uống.",
    "Nước lên nhanh ở {village}. Công an, dân quân hỗ trợ di dời, cần thuyền gọi 114.",
    "Quy định mới theo Nghị định 168/2024/NĐ-CP: vượt đèn đỏ bị phạt từ 4.000.000 đồng đến 6.000.000 đồng.",
    "Theo Luật Trật tự, an toàn giao thông đường bộ số 36/2024/QH15, người đi xe máy phải đội mũ bảo hiểm.",
    "Đã uống rượu bia thì không lái xe. Công an {place} sẽ kiểm tra nồng độ cồn {day} trên quốc lộ 1A.",
    "Quốc lộ 15A qua {village} ngập 30 cm, xe nhỏ đi vòng đường tránh.",
    "Lừa đảo đầu tư tiền ảo đã lấy của nhiều người hơn 500.000.000 đồng. Bà con cảnh giác.",
    "Chiêu mới: gọi báo người thân cấp cứu, bảo chuyển 20 triệu đồng ngay. Hãy gọi lại cho người nhà để kiểm tra.",
    "Ai đánh rơi ví ở chợ Huyện {day} thì liên hệ Công an {place} để nhận lại, nhớ nói rõ đặc điểm.",
    "Có người nhặt được chìa khóa xe ở sân bóng {village}. Chủ xe đến trụ sở Công an {place} nhận.",
    "Mời bà con {village} họp dân {day} tại nhà văn hóa thôn về việc lắp camera an ninh.",
    "Vận động giao nộp vũ khí, vật liệu nổ, pháo trước ngày 31/12/2026. Ai giao nộp tự nguyện không bị xử lý.",
    "Không đốt rơm rạ ven đường gây khói. Vi phạm bị xử phạt từ 2.500.000 đồng.",
    "Nhắc bà con khóa cửa, cất xe vào nhà ban đêm. Dạo này trộm hay đi lúc 1 đến 3 giờ sáng.",
    "Lịch tiếp công dân của Công an {place}: thứ Năm hằng tuần, 7h30 - 11h30 và 13h30 - 16h30.",
    "Trụ sở Công an {place}, số 12 đường Nguyễn Du, làm việc từ thứ Hai đến sáng thứ Bảy.",
    "Trường THPT Nguyễn Trung Thiên tổ chức ngày hội {day}, đường qua cổng trường hạn chế xe tải.",
    "Đăng ký tạm trú nay làm trên VNeID hoặc Cổng dịch vụ công, không mất tiền.",
    "Năm học 2026-2027 sắp bắt đầu, nhắc các em đội mũ bảo hiểm khi đi xe đạp điện.",
    "Kết quả: đã lập lại trật tự tại {village}. Cảm ơn bà con phối hợp.",
    "Đám cháy ở bãi rác {village} đã được dập tắt, không ai bị thương.",
    "Đường bê tông {village} hẹp, xin không đỗ ô tô hai bên. Xe cứu hỏa cần lối vào.",
    "Chó thả rông gây tai nạn. Nhà có chó xin xích lại và tiêm phòng dại {day}.",
    "Chúc bà con {place} ngày mới bình yên.",
    "Công an {place} tổ chức tập huấn chữa cháy cho tổ liên gia {village} {day}, mong các hộ cử một người tham gia.",
    "Nhắc chung của Công an {place}: nhóm này ai cũng đọc được. Điều cần giữ kín, xin nhắn riêng cho trang của công an.",
    "Nội quy nhóm: nói đúng sự thật, không xúc phạm ai, không đăng ảnh giấy tờ, số tài khoản.",
    "Đồng chí Trung tá Nguyễn Quốc An, Trưởng Công an {place} sẽ trả lời bà con {day} tại hội trường xã.",
    "Thuê bao trả lời các số 1022 để hỏi thủ tục hành chính.",
    "Bão số 8 dự kiến vào bờ {day}, tàu thuyền về nơi trú ẩn trước 17 giờ.",
    "Hiện nay giá xăng tăng, một số người tích trữ trong nhà rất nguy hiểm. Bà con không làm.",
    "Người nào có thông tin về xe lạ chạy ẩu trong xóm, xin nhắn riêng, công an giữ kín.",
    "Hôm nay phòng Cảnh sát giao thông xử lý 15 xe quá tải, phạt 120 triệu đồng.",
    "Tuần qua toàn xã không xảy ra trộm cắp. Có 3 vụ va chạm nhẹ, 2 người đi bệnh viện đã về.",
    "Đoàn xã và công an tặng 50 suất quà cho các cháu có hoàn cảnh khó khăn {day}.",
    "Anh chị em tổ bảo vệ an ninh trật tự {village} họp lúc 20 giờ tại nhà văn hóa.",
    "Kính gửi quý bà con {place}: mai lấy ý kiến về tuyến đường mới, mời mỗi nhà một người.",
    "Cháu nào thấy người lạ cho quà thì báo ngay cho bố mẹ, thầy cô hoặc gọi 111.",
    "Xe đưa đón học sinh đi qua {village} từ 6h30, đề nghị các xe nhường đường.",
    "Mất bằng lái thì khai trên Cổng dịch vụ công, không cần đến công an xã. Lệ phí 135.000 đồng.",
    "Hà Tĩnh có mưa to, lũ về nhanh trên sông Ngàn Sâu. Bà con vùng thấp chủ động di dời.",
    "Chợ Huyện họp phiên 2, 7, 12, 17, 22, 27 âm lịch, giữ ví và điện thoại cẩn thận.",
    "Tổ công tác đo nồng độ cồn ở ngã ba Đồng Lộc và đường Trần Phú {day}.",
    "Ngân hàng không gọi điện đòi mã. Ai bị lừa thì gọi 113 và báo ngân hàng khóa thẻ ngay.",
    "Ông bà, cha mẹ nhắc con cháu không chơi pháo tự chế, năm ngoái đã có tai nạn thương tâm.",
    "Công an {place} cảm ơn một người dân đã trả lại chiếc ví cho chủ.",
    "Bác nào có ảnh đoạn đường sạt ở {village} xin gửi riêng cho trang của công an.",
    "Chủ tịch UBND {place} yêu cầu các thôn trực lũ 24/24 {day}.",
    "Lễ viếng nghĩa trang liệt sĩ {day}, cấm ô tô đường Phan Đình Phùng từ 7 giờ đến 9 giờ.",
    "Tòa án xét xử lưu động tại {place} {day}, mời bà con đến dự để hiểu luật.",
    "Cần 20 người hiến máu nhóm O {day} tại trạm y tế, ai giúp được xin đến sớm.",
    "Bạn nào biết lái thuyền máy, xin nhắn riêng để vào đội cứu hộ.",
    "Từ 1/7/2025 cả tỉnh còn 69 xã, phường. Giấy tờ cũ vẫn dùng được.",
    "Con đường qua cánh đồng {village} đã có đèn, cảm ơn các hộ đã góp công.",
    "Giải bóng chuyền nữ {place} khai mạc {day}, công an giữ trật tự, xe để đúng chỗ.",
    "Học sinh lớp 12 làm căn cước xong trước kỳ thi, các trường lập danh sách gửi công an.",
    "Trộm chó bằng súng điện đã xảy ra ở vài nơi. Thấy xe lạ thì ghi nhớ đặc điểm, báo riêng cho công an.",
    "Đêm qua tổ tuần tra đã nhắc 12 nhóm thanh niên tụ tập quá khuya.",
)  # fmt: skip

# Written after the rules, without looking at them: 2 of these 40 were held at first.
SECOND = (
    "Bà con thôn Hồng Lam chú ý: sáng mai phun thuốc muỗi từ 6 giờ.",
    "Cô giáo và phụ huynh nhắc các cháu đi đúng phần đường.",
    "Thăm Mẹ Việt Nam anh hùng nhân ngày 27/7, Đoàn xã phối hợp công an tổ chức.",
    "Trường Mầm non Hoa Sen nghỉ học vì mưa lũ.",
    "Ngân hàng Agribank chi nhánh Lộc Hà cảnh báo tin nhắn giả.",
    "Chị em phụ nữ xã tập dân vũ tối thứ Hai, để xe gọn trong sân.",
    "Đường Võ Nguyên Giáp đoạn qua chợ cấm đỗ xe từ 6h đến 18h.",
    "Công an xã trả lời: thủ tục làm lại căn cước mất khoảng 7 ngày, mang theo giấy khai sinh.",
    "Ai gặp cụ già đi lạc mặc áo nâu, tóc bạc gần chợ, xin báo trực ban 113.",
    "Sắp tới Tết, nhắc các hộ kinh doanh karaoke kiểm tra bình chữa cháy.",
    "Công an tỉnh phát động 90 ngày đêm cao điểm trấn áp tội phạm từ 15/12/2026 đến 14/3/2027.",
    "Chúng tôi đã tiếp nhận, mọi người yên tâm, không chia sẻ tin chưa kiểm chứng.",
    "Xin lỗi bà con vì trả lời chậm. Việc đèn đường hỏng đã chuyển cho UBND xã.",
    "Sáng nay, lực lượng công an và dân quân dọn cây đổ trên đường liên thôn.",
    "Bác sĩ trạm y tế trực 24/24 trong ngày bão.",
    "Các anh chị thành viên mới vui lòng đọc nội quy đã ghim.",
    "Vé xe Tết: cảnh giác trang giả bán vé, chỉ mua ở bến xe Hà Tĩnh.",
    "Kêu gọi ủng hộ đồng bào vùng lũ: nhận quần áo, mì gói tại nhà văn hóa.",
    "Có thông tin về tụ tập đua xe trên đường tránh, xin nhắn riêng cho công an.",
    "Hôm qua có 2 vụ cháy bếp do rò rỉ gas. Nhớ khóa van khi ra khỏi nhà.",
    "Camera mới đã lắp ở 12 điểm, hoạt động 24/7.",
    "Con em đi học xa nhớ khai báo tạm trú trên VNeID.",
    "Người dân phát hiện bom mìn: không chạm, không di chuyển, gọi ngay 113.",
    "Mức phạt với hành vi ném chất bẩn là 1.000.000 - 2.000.000 đồng.",
    "Bí thư chi bộ thôn mời họp lúc 19 giờ 30 phút ngày 12 tháng 12.",
    "Số 0239 3855 113 là số trực ban, gọi lúc nào cũng có người nghe.",
    "Tàu thuyền số hiệu cũ phải sơn lại theo mẫu mới.",
    "Giá điện bậc 1 là 1.984 đồng/kWh, ai thu cao hơn thì báo.",
    "Lớp học bơi miễn phí cho trẻ em từ 7 đến 15 tuổi ở bể bơi xã.",
    "Hà Nội, Nghệ An và Hà Tĩnh cùng cảnh báo chiêu lừa đặt cọc.",
    "Chúc mừng tổ liên gia số 5 đạt giải Nhất hội thi chữa cháy.",
    "Ban chỉ huy phòng thủ dân sự: 6 giờ sáng mai di dời 45 hộ ở Cồn Nâm.",
    "Thông tin vụ tai nạn ở ngã tư: hai người bị thương nhẹ, đường đã thông.",
    "Ông bà lớn tuổi đừng nghe người lạ bán thuốc, bán gói khám bệnh.",
    "Trạm CSGT Can Lộc đo tốc độ trên quốc lộ 1A km 480 đến km 495.",
    "Anh em tài xế ơi, đoạn đèo Ngang sương mù dày, đi chậm bật đèn.",
    "Em bé bị bỏ rơi ở cổng chùa đã được trạm y tế chăm sóc, mọi người không chia sẻ ảnh.",
    "Tuyển 5 thanh niên tham gia tổ bảo vệ an ninh trật tự, nộp đơn trước ngày 20/12.",
    "Nộp phạt vi phạm giao thông qua Cổng dịch vụ công, không chuyển khoản cho cá nhân nào.",
    "Mã QR dán lạ ở cây xăng có thể là giả, hỏi nhân viên trước khi quét.",
)  # fmt: skip


def notices(*, seed: int = 7) -> Iterator[str]:
    """Every notice with four choices of place, village and day; those without blanks once."""
    chance = random.Random(seed)
    for text in _TEXTS:
        said = {
            text.format(place=chance.choice(_PLACES), village=chance.choice(_VILLAGES), day=chance.choice(_DAYS))
            for _ in range(8)
        }
        yield from sorted(said)
