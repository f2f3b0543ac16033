"""Details an officer of a commune might reveal: nicknames, initials, a child by its parent's trade, a relative of a
suspect who reported, partial plates and phones, spoken numbers, a house by its gate; and legitimate texts. Made up by
one author before the rules. The rules were fitted on SEEN; of PUT_ASIDE only numbers were looked at."""

SEEN = """
Tư Lé ở chợ Gát bán ma túy đã bị công an mời làm việc.
Công an xã đã làm việc với Bảy Cụt về việc cho vay nặng lãi.
Sới gà nhà Tám Mù bị phá lúc 2 giờ chiều.
Đối tượng có biệt danh Cò Lửa chuyên trộm chó.
Anh em nhà Chín Râu đánh nhau ở bến đò.
Đối tượng N.V.A (SN 1990, thôn Bắc Sơn) bị bắt vì trộm chó.
Công an mời ông T.Q.B lên làm việc.
Đối tượng NVT trú tại Phú Mậu đã ra đầu thú.
Chị Trần Thị H. đã nhận lại ví.
Con gái ông thợ rèn đầu làng bị bạn trai tung ảnh.
Con trai cô giáo dạy Văn nghiện game bỏ học.
Con chị bán cá ở chợ Hội có bầu với thằng trong xóm.
Con của anh xe ôm trước bệnh viện bị đuối nước hôm qua.
Con nuôi ông thầy cúng bị nhốt.
Con gái đối tượng gửi tin nên công an mới biết chỗ giấu hàng.
Nhờ tin nhắn của người nhà đối tượng nên đã thu được súng.
Một người từng chơi trong sòng cung cấp sơ đồ.
Người làm công cho chủ bãi cát gửi ảnh cho chúng tôi.
Người yêu cũ của đối tượng tố giác nên mới bắt được.
Cháu gái đối tượng nhắn tin tố cáo chú mình.
Tìm chủ xe đuôi 345 gây tai nạn ở cầu Trù.
Chiếc bán tải 4 số cuối 1234 vứt rác xuống sông.
Xe máy BKS 38-X1 …456 bỏ lại ở rú.
Ô tô đuôi biển ba bốn năm chạy quá tốc độ.
Liên hệ số không chín tám, ba trăm bốn lăm, sáu bảy tám chín.
Số đuôi là sáu tám sáu tám gọi lừa đảo.
Căn cước không bốn hai, không chín lăm, không không mười hai ba bốn bị mất.
Số nạn nhân không ba năm hai - bảy bảy - tám tám chín - mười hai.
Nhà cuối ngõ cổng sắt xanh đối diện nhà văn hóa thôn 4 chứa hàng cấm.
Facebook Nguyen Hung Ht bán pháo, bà con tránh xa.
""".strip().splitlines()

PUT_ASIDE = """
Nhắc bà con: đối tượng Hải Sẹo vừa ra tù, cảnh giác.
Vợ chồng Tý Còi mở sòng bạc trong vườn điều đã bị lập biên bản.
Chủ sòng là một người thường gọi Cu Đen.
H «lùn» tái phạm, ai biết báo công an.
Nghi can là Đức Trọc, trú ở xóm 3.
N.T.H. khai nhận bán số đề cho nhiều người.
Em L.T.M (lớp 7) bị bạn đánh trong nhà vệ sinh.
Lê Văn T. ở thôn 3 bị xử phạt 2 triệu.
Anh P.Đ.K nộp khẩu súng tự chế sáng nay.
Đứa con út nhà bán phở ở ngã tư lấy trộm xe đạp.
Cháu nội ông lái đò bị người quen giở trò.
Cháu gái con chị lao công trường mầm non được đưa đi giám định.
Cháu bé con bà bán vé số bị bỏng do bố dượng.
Cậu bé con chủ tiệm vàng bị bắt nạt ở trường.
Vợ đối tượng đã nhắn cho công an xã.
Em trai kẻ trộm chỉ chỗ giấu xe.
Cảm ơn bác đã nhắn riêng tối qua về vụ bán thuốc.
Hàng xóm sát vách quay được clip gửi trang công an.
Thông tin này do bà bán nước trước cổng quán cho biết.
Bạn nhậu của đối tượng khai hết với công an rồi, đừng chối.
Xe Wave đỏ biển đuôi 67.89 tông người bỏ chạy.
Biển số có đuôi 902, ai biết chủ xe báo lại.
Xe con Vios bạc, biển 38A ba số sau 777.
Xe tứ quý 8 màu trắng ở thôn Nam đỗ chắn đường.
Gọi o chín một hai, ba bốn năm, sáu bảy tám để nhận thưởng là lừa.
Điện thoại của bị hại: chín mốt hai, ba tư năm, sáu bảy tám.
Stk mười chín không ba tám bảy sáu năm bốn ba hai của kẻ lừa.
lien he khong tam sau hai muoi ba bon lam sau bay tam
Bà chủ quán tạp hóa duy nhất ở thôn Bắc Sơn cho vay nặng lãi.
Zalo tên «Mạnh Xe Ôm» lừa tiền đặt cọc.
""".strip().splitlines()

NOTICES_SEEN = """
Mời bà con thôn Bắc Sơn ra nhà văn hóa lúc 19h30 tối nay nghe tuyên truyền phòng cháy.
Đ/c Bí thư Đảng ủy dự lễ phát động ngày 12/11.
Thời gian cấp CCCD: sáng từ 7h30, chiều từ 13h30, các ngày trong tuần.
Xe chở rác đổi giờ, đi từ đầu làng lúc 5 giờ sáng.
Con của gia đình chính sách được giảm học phí, mang hồ sơ lên xã.
Anh em dân quân trực cầu tràn, không cho xe qua khi nước trên 30 phân.
Số điện thoại khẩn: công an 113, cứu hỏa 114, cấp cứu 115.
Kết quả tháng 10: 12 vụ va chạm, 3 vụ trộm vặt, 45 trường hợp nhắc nhở.
Bà con cẩn thận đối tượng giả danh shipper gọi báo đơn 0 đồng.
Vợ chồng có mâu thuẫn hãy gọi tổ hòa giải thôn trước khi to chuyện.
Phụ huynh đưa con đi học không dừng xe giữa cổng trường.
Trẻ em chơi gần ao hồ cần người lớn trông.
Một con bò vàng lạc vào vườn ở xóm 5, ai mất đến nhận.
Từ 1/7, xã Thạch Lạc cũ thuộc xã mới, trụ sở đặt tại UBND xã cũ.
Nhóm này không trao đổi mua bán, bà con nhắn riêng cho trang.
Đề nghị các hộ kinh doanh karaoke tắt nhạc sau 22 giờ.
Hội phụ nữ trao 10 suất quà cho trẻ em nghèo nhân dịp Tết.
Lịch cắt điện: thứ 4 từ 7h đến 11h tại thôn 1, 2, 3, 4.
Cô chú nào có súng săn cũ đem nộp không bị xử lý.
Ba năm liền xã ta không có cháy lớn, bà con giữ vững nhé.
Bảy giờ tối mai đội bóng công an xã đá giao hữu với thanh niên.
Năm nay ba xóm sáu, bảy, tám lắp đèn chiếu sáng.
Ông bà, cha mẹ nhắc con cháu không đua xe.
Đoàn Thanh niên xã phát động giữ sạch bãi biển Thiên Cầm.
Bốn nhóm đối tượng cần tiêm phòng dại: chó, mèo trên 2 tháng tuổi.
Mất xe hãy báo ngay biển số, màu xe, nơi mất cho trực ban.
Bãi tắm có dòng xoáy, cấm tắm từ cột số 4 đến cột số 7.
Đội tuyển xã dự giải chạy, xuất phát số 1 tới số 200.
Cháy rừng cấp V, cấm đốt thực bì ở rú Nài.
Vì sao phải định danh? Vì mỗi công dân có một mã riêng gồm 12 số.
""".strip().splitlines()

NOTICES_PUT_ASIDE = """
UBND xã và C.A xã phối hợp ra quân dọn vỉa hè từ 7h thứ Hai.
TP. Hà Tĩnh cũ nay là các phường Thành Sen, Trần Phú; bà con ghi đúng địa chỉ khi làm căn cước.
Biển số xe đuôi nào cũng phải định danh theo chủ xe, bà con làm trước 31/12.
Con em nhà nào thi vào trường công an thì đăng ký sơ tuyển trước ngày 15.
Chủ cơ sở thợ hàn, thợ sửa xe phải có bình chữa cháy.
Chiều nay xe chữa cháy diễn tập tại chợ Gát, bà con đừng lo.
Đợt này nhận hồ sơ gồm 3 bản photo, 2 ảnh 3x4, lệ phí 50.000 đồng.
Cảm ơn tổ bảo vệ ANTT thôn 3 đã trao lại chiếc ví cho người mất.
Nếu nhận tin nhắn của con nhờ chuyển tiền hãy gọi video kiểm tra.
Có người thân đi lao động Angola, đề nghị khai báo tạm vắng.
Học sinh dùng xe 50 phân khối phải đủ 16 tuổi.
Ai đánh rơi chìa khóa Honda gần bưu điện thì đến trực ban nhận.
Bắt 2 đối tượng trộm cắp chó trên địa bàn, tang vật gồm 6 con chó.
Quy định mới: xe tải trên 3,5 tấn cấm vào đường liên thôn từ 6h đến 18h.
Nước sông Ngàn Sâu lên báo động 2, bà con ven sông kê cao đồ đạc.
Tin đồn bắt cóc trẻ em ở trường tiểu học là sai sự thật, bà con đừng chia sẻ.
Công an xã tiếp dân sáng thứ Năm hằng tuần tại phòng số 2.
Tìm người thân cho cụ bà đi lạc, áo nâu, tóc bạc, hiện đang ở trụ sở.
Chủ tàu cá dài trên 15 mét phải bật thiết bị giám sát hành trình.
Hai bốn giờ tới có mưa to, bà con hạn chế ra đường.
Đầu năm nay xã đã vận động bà con nộp 15 khẩu súng tự chế.
Người mua bán pháo nổ sẽ bị xử phạt từ 5 đến 10 triệu.
Chúc mừng Ngày Nhà giáo Việt Nam 20/11, kính chúc thầy cô mạnh khỏe.
Công an xã Cẩm Xuyên đón nhận cờ thi đua của Bộ Công an.
Bà con dùng số tài khoản lạ chuyển tiền hãy tra ở trang của công an trước.
Camera của thôn đã lắp xong 12 mắt, ai cũng xem được ở nhà văn hóa.
V/v cấp giấy phép, đề nghị xem thông báo số 45/TB-CA.
Thầy cô, học trò trường THPT Nguyễn Du về nguồn sáng chủ nhật, CSGT phân luồng.
Cảm ơn người dân đã nhanh chân báo cháy, đám cháy đã dập xong, không ai bị thương.
Chợ Tết họp từ 23 tháng Chạp, xe để bãi sau đình.
""".strip().splitlines()
