"""Genuine thanks of all kinds, written by hand: after success, with the matter repeated, in few words. Not used for
training."""

THANKS = """
cảm ơn các anh đã tìm được xe cho tôi hôm qua
Hôm qua nhà cháu bị mất con xe Wave, nhờ các chú mà nay tìm lại được rồi, cháu cảm ơn các chú nhiều lắm
Tối hôm kia con bé nhà em đi lạc ở chợ Nghèn, may có các anh công an đưa về tận nhà. Gia đình em biết ơn lắm
Em là người bị lừa mất 20 triệu tháng trước, nay công an đã lấy lại được tiền cho em. Em xin gửi lời cảm ơn chân thành
Cảm ơn đội cứu hỏa đã dập kịp đám cháy ở quán nhà tôi, không có các anh thì cháy hết cả dãy
cam on cac anh csgt hom qua da giup em thay lop xe giua duong mua
Cám ơn anh Hùng công an xã đã đem giấy tờ rơi đến tận nhà trả cho mẹ em
Nhờ các anh can ngăn kịp thời mà hai nhà không đánh nhau nữa, bà con xóm 4 xin cảm ơn
Từ hồi có đội tuần tra đêm xóm em hết trộm chó, cảm ơn các anh nhiều nha
Con trai tôi nghiện được các anh đưa đi cai, giờ nó về làm ăn đàng hoàng rồi. Ơn các anh gia đình tôi không quên
Xin cảm ơn tổ công tác đã hỗ trợ bà con chạy lũ đêm qua, nhà ai cũng an toàn cả
Em nhận lại được ví rồi ạ, còn nguyên tiền và giấy tờ. Cảm ơn bạn nhặt được và công an phường
cảm ơn nhóm đã chia sẻ giúp, tìm được mẹ em rồi, mẹ em về nhà lúc 9h tối qua
Bác sĩ bảo nếu công an không chở đi kịp thì cháu không qua khỏi. Vợ chồng em đội ơn các anh
tuyệt vời quá, các anh bắt được thằng trộm nhanh thật
Hoan hô công an Hà Tĩnh, bắt gọn cả ổ bài bạc, dân mừng lắm
Đường trước cổng trường hết xe quá tải rồi, cảm ơn các chú đã xử lý
quán karaoke hết ồn rồi ạ, cảm ơn công an xã đã nhắc nhở
Mùi hôi ở trại heo giảm hẳn từ hôm các anh xuống, bà con cảm ơn
Các anh làm căn cước cho bà nội em tại nhà, bà mừng rơi nước mắt. Cảm ơn các anh chị
cam on cong an xa da ho tro lam cccd cho bo em liet giuong
Thay mặt chi hội phụ nữ xin cảm ơn các đồng chí đã về nói chuyện phòng chống lừa đảo
Em suýt chuyển 50 triệu cho bọn lừa đảo, may mà đọc tin các anh đăng nên dừng lại. Cảm ơn các anh nhiều lắm
Hôm trước bị giật túi ở cầu Phủ, các anh bắt được hắn rồi, túi em cũng lấy lại được rồi, cảm ơn ạ
Em cảm ơn chú Lâm hôm bữa cho con em quá giang lúc nó bị lạc
cảm ơn mọi người đã quyên góp cho nhà cháu sau vụ cháy
Nhà em được xây lại rồi, cảm ơn các mạnh thường quân và công an xã đã đứng ra kêu gọi
Chồng em hết đánh em rồi từ hôm các anh gọi lên làm việc, em cảm ơn các anh
chúc mừng các chiến sĩ nhân ngày 19/8, cảm ơn các anh đã giữ bình yên cho dân
Nhân ngày truyền thống công an nhân dân, kính chúc các anh mạnh khỏe, cảm ơn các anh vất vả vì dân
cảm ơn ad nhiều nha, thông tin hữu ích lắm
dạ em cảm ơn ạ
ok em cảm ơn chú, em hiểu rồi ạ
Vâng em làm được rồi ạ, cảm ơn cán bộ đã hướng dẫn nộp hồ sơ trên mạng
em nộp phạt xong rồi, cảm ơn anh đã chỉ
Cảm ơn các chú đã tặng quà tết cho các cháu mồ côi ở xã em
cháu Minh lớp 6 nhặt được 5 triệu đem trả, đáng khen quá, cảm ơn cháu và nhà trường
Cho em gửi lời cảm ơn tới anh cảnh sát đã cứu con em bị đuối nước ở biển Thiên Cầm hôm chủ nhật
Hom truoc em bao vu dua xe o cau vuot, tu do den nay het han, cam on cac anh
Từ ngày công an về ở với xã, bọn cho vay nặng lãi hết dám bén mảng. Dân xin cảm ơn
Mẹ em 80 tuổi đi lạc hai ngày được các anh tìm thấy ở Kỳ Anh, cả nhà mang ơn
Xe tìm thấy rồi mọi người ơi, cảm ơn cả nhà đã chia sẻ
Con chó nhà em tự về rồi, cảm ơn các bác trong nhóm nha
Cảm ơn anh công an không rõ tên đã giúp em dắt xe qua đoạn ngập ở đường Phan Đình Phùng
Tui ở thôn Đông Hà, bữa trước báo cây đổ ngang đường, nửa tiếng sau các anh có mặt dọn liền. Phục các anh luôn
Vụ tranh chấp đất nhà tôi với nhà bên nhờ công an hòa giải êm rồi, cảm ơn các đồng chí
nhờ anh Tú mà em lấy lại được cái điện thoại rơi hôm đám cưới, cảm ơn anh nhiều
Khẩu súng kíp của ông nội em nộp rồi, được các anh tặng giấy khen, gia đình cảm ơn
Cảm ơn công an xã Cẩm Bình đã trả lại sổ đỏ tôi đánh rơi
trộm vào nhà hồi tháng tám, nay các anh bắt được rồi còn trả lại đủ vàng, vợ chồng tôi cảm kích vô cùng
các anh đến nhanh quá, may mà chưa ai bị thương, cảm ơn các anh nhiều
Đêm qua cháy ở chợ mà các anh dập trong 20 phút, bà con tiểu thương cảm ơn lắm
Cám ơn các cô chú đã giúp con tìm được ba
vỉa hè thông thoáng rồi, đi bộ sướng hẳn, cảm ơn các anh trật tự
Các bác tổ bảo vệ an ninh trật tự thôn mình đi tuần suốt đêm, thương các bác, cảm ơn các bác
cảm ơn các anh đã nghe em nói chuyện đêm hôm trước lúc em tuyệt vọng, giờ em ổn rồi
Hắn không còn nhắn tin dọa em nữa, cảm ơn các anh đã xử lý
da em nhan duoc tien roi a, cam on cong an nhieu lam
Em khen anh Đức ở một cửa, làm nhanh lại vui vẻ, hướng dẫn kỹ lắm
Nhờ camera của công an mà tìm ra người tông bố em rồi bỏ chạy, gia đình xin cảm ơn
""".strip().splitlines()
